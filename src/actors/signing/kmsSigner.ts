/**
 * Signs with a key in AWS KMS, which never leaves the service. The SDK reads region and credentials from the environment of
 * the process, and repeats a throttled call.
 */
import { createPublicKey } from 'node:crypto'
import type { KMSClient } from '@aws-sdk/client-kms'
import { getAddress } from 'viem'
import { StartupError } from '../../domain/errors.ts'
import type { DurationMs } from '../../domain/primitives.ts'
import { addressOf } from '../../evm/addressOf.ts'
import { fromDer } from '../../evm/derSignature.ts'
import { type RecoverableSignature, secp256k1 } from '../../evm/secp256k1.ts'
import type { Signer } from './signer.ts'
import { encodeTransaction } from './transactionEncoding.ts'

type Sdk = typeof import('@aws-sdk/client-kms')

export interface KmsOptions {
  /** Imports the SDK: only a gateway with such a key needs the package. */
  readonly load?: () => Promise<Sdk>
  /** A signal for each call that aborts when the answer takes too long. */
  readonly limit?: () => AbortSignal
}

/** Maximum wait for one answer, with the repetitions of a throttled call. The wallet waits for a slow answer. */
const ANSWER_TIMEOUT: DurationMs = 30_000

/**
 * Opens a key: reads its public key.
 * @param keyId id, alias or ARN
 * @throws StartupError if the package is missing, if KMS does not give the public key, or if the key is of another kind
 */
export async function openKmsSigner(keyId: string, options: KmsOptions = {}): Promise<Signer> {
  const { load = () => import('@aws-sdk/client-kms') } = options
  const { limit = () => AbortSignal.timeout(ANSWER_TIMEOUT) } = options
  const sdk = await load().catch((cause: unknown) => {
    const advice = 'Install it with: npm install @aws-sdk/client-kms'
    throw new StartupError(`AWS_KMS_KEY_ID needs the package @aws-sdk/client-kms. ${advice}`, { cause })
  })
  const key = { keyId, sdk, limit }
  try {
    const client = new sdk.KMSClient()
    const publicKey = await readPublicKey(client, key)
    return kmsSigner(client, key, publicKey)
  } catch (cause) {
    if (cause instanceof StartupError) throw cause
    throw new StartupError(`The key ${keyId} of AWS KMS cannot be used: ${wordsOf(cause)}`, { cause })
  }
}

interface Key {
  readonly keyId: string
  readonly sdk: Sdk
  readonly limit: () => AbortSignal
}

function kmsSigner(client: KMSClient, { keyId, sdk, limit }: Key, publicKey: Uint8Array): Signer {
  return {
    address: getAddress(addressOf(publicKey)),
    async signTransaction(transaction) {
      const { digest, withSignature } = encodeTransaction(transaction)
      const command = new sdk.SignCommand({
        KeyId: keyId,
        Message: digest,
        MessageType: 'DIGEST',
        SigningAlgorithm: 'ECDSA_SHA_256',
      })
      const { Signature: der } = await client
        .send(command, { abortSignal: limit() })
        .catch((cause: unknown) => {
          throw new Error(`AWS KMS does not sign: ${wordsOf(cause)}`, { cause })
        })
      return withSignature(recoverable(digest, fromDer(der ?? new Uint8Array()), publicKey))
    },
  }
}

async function readPublicKey(client: KMSClient, { keyId, sdk, limit }: Key): Promise<Uint8Array> {
  const command = new sdk.GetPublicKeyCommand({ KeyId: keyId })
  const answer = await client.send(command, { abortSignal: limit() })
  const { PublicKey: spki, KeySpec: spec, KeyUsage: usage } = answer
  if (spec !== 'ECC_SECG_P256K1' || usage !== 'SIGN_VERIFY') {
    const wanted = 'a key with the spec ECC_SECG_P256K1 and the usage SIGN_VERIFY'
    throw new StartupError(
      `The key ${keyId} of AWS KMS has the spec ${spec} and the usage ${usage}. Use ${wanted}.`,
    )
  }
  const { x = '', y = '' } = createPublicKey({
    key: Buffer.from(spki ?? []),
    format: 'der',
    type: 'spki',
  }).export({ format: 'jwk' })
  return Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])
}

/** KMS does not tell which of the two possible keys has signed: the one that recovers the public key. */
function recoverable(digest: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): RecoverableSignature {
  const recoveryId = [0, 1].find((id) =>
    Buffer.from(publicKey).equals(secp256k1.recover(digest, signature, id)),
  )
  if (recoveryId === undefined) throw new Error('AWS KMS has signed with another key')
  return { signature, recoveryId }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
