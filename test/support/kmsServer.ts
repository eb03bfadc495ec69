/** A local HTTP server that speaks the JSON protocol of AWS KMS (GetPublicKey, Sign) over real keys on secp256k1. */
import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import secp256k1 from 'secp256k1'
import type { Hex } from '../../src/domain/primitives.ts'

/** An answer instead of the real one. */
export interface KmsFault {
  readonly status: number
  readonly type: string
  readonly message: string
}

export interface KmsServer {
  /** The variables with which the SDK finds the server. */
  readonly environment: Readonly<Record<string, string>>
  /** Names of the calls, in order. */
  readonly calls: readonly string[]
  /** Number of `Sign` calls without an answer. */
  readonly unanswered: number
  /** The highest number of `Sign` calls without an answer at one time. */
  readonly mostUnanswered: number
  /** The next calls are answered with these faults. */
  failNext(...faults: readonly KmsFault[]): void
  /** From now on each answer to `Sign` waits for this promise. */
  hold(until: () => Promise<void>): void
  /** Replaces the key pair that signs: its public key differs from the one that was given. */
  replaceKey(): void
  close(): Promise<void>
}

export const DISABLED: KmsFault = {
  status: 400,
  type: 'DisabledException',
  message: 'arn:aws:kms:local:key/1 is disabled.',
}
export const THROTTLED: KmsFault = { status: 400, type: 'ThrottlingException', message: 'Rate exceeded' }

/** @param privateKey key on secp256k1; null for an RSA key */
export async function startKmsServer(privateKey: Hex | null): Promise<KmsServer> {
  let key = Buffer.from((privateKey ?? UNUSED).slice(2), 'hex')
  const publicKey = privateKey === null ? rsaPublicKey() : spkiOf(key)
  const calls: string[] = []
  const faults: KmsFault[] = []
  let [unanswered, mostUnanswered] = [0, 0]
  let until = async () => {}

  async function answer(call: string, body: { readonly Message?: string }): Promise<object> {
    if (call === 'GetPublicKey') {
      return {
        PublicKey: publicKey.toString('base64'),
        KeySpec: privateKey === null ? 'RSA_2048' : 'ECC_SECG_P256K1',
        KeyUsage: 'SIGN_VERIFY',
      }
    }
    unanswered += 1
    mostUnanswered = Math.max(mostUnanswered, unanswered)
    await until()
    unanswered -= 1
    return { Signature: derSignature(Buffer.from(body.Message ?? '', 'base64'), key).toString('base64') }
  }

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const call = String(request.headers['x-amz-target']).replace('TrentService.', '')
    calls.push(call)
    const fault = faults.shift()
    response.setHeader('Content-Type', 'application/x-amz-json-1.1')
    if (fault !== undefined) {
      response.statusCode = fault.status
      response.end(JSON.stringify({ __type: fault.type, message: fault.message }))
      return
    }
    response.end(JSON.stringify(await answer(call, JSON.parse(Buffer.concat(chunks).toString()))))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    environment: {
      AWS_ENDPOINT_URL_KMS: `http://127.0.0.1:${port}`,
      AWS_REGION: 'local',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
    calls,
    get unanswered() {
      return unanswered
    },
    get mostUnanswered() {
      return mostUnanswered
    },
    failNext: (...next) => void faults.push(...next),
    hold(next) {
      until = next
    },
    replaceKey() {
      key = randomBytes(32)
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const UNUSED = `0x${'11'.repeat(32)}`

function rsaPublicKey(): Buffer {
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'der' })
}

function spkiOf(key: Buffer): Buffer {
  const bytes = Buffer.from(secp256k1.publicKeyCreate(key, false))
  const [x, y] = [bytes.subarray(1, 33), bytes.subarray(33)].map((part) => part.toString('base64url'))
  const jwk = { kty: 'EC', crv: 'secp256k1', x, y }
  return createPublicKey({ key: jwk as never, format: 'jwk' }).export({ type: 'spki', format: 'der' })
}

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

/** A signature with a random nonce, and as from KMS with a high s in half of the cases. */
function derSignature(digest: Buffer, key: Buffer): Buffer {
  const { signature } = secp256k1.ecdsaSign(digest, key, { data: randomBytes(32) })
  const s = BigInt(`0x${Buffer.from(signature.subarray(32)).toString('hex')}`)
  const anyS = randomBytes(1).readUInt8() < 128 ? s : ORDER - s
  const bytes = Buffer.from(anyS.toString(16).padStart(64, '0'), 'hex')
  return Buffer.from(secp256k1.signatureExport(Buffer.concat([signature.subarray(0, 32), bytes])))
}
