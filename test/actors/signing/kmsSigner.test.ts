import { parseTransaction, type TransactionSerializedEIP1559 } from 'viem'
import { generatePrivateKey, privateKeyToAddress } from 'viem/accounts'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type KmsOptions, openKmsSigner } from '../../../src/actors/signing/kmsSigner.ts'
import { StartupError } from '../../../src/domain/errors.ts'
import type { Hex } from '../../../src/domain/primitives.ts'
import { senderOf } from '../../../src/evm/senderOf.ts'
import { DISABLED, type KmsServer, startKmsServer, THROTTLED } from '../../support/kmsServer.ts'
import { HALF_ORDER, TRANSACTION } from './samples.ts'

const KEY_ID = 'arn:aws:kms:local:000000000000:key/1'

let server: KmsServer
let privateKey: Hex

async function start(key: Hex | null): Promise<void> {
  server = await startKmsServer(key)
  for (const [name, value] of Object.entries(server.environment)) vi.stubEnv(name, value)
}

const open = (options?: KmsOptions) => openKmsSigner(KEY_ID, options)

afterEach(async () => {
  vi.unstubAllEnvs()
  await server.close()
})

describe('a key in AWS KMS', () => {
  beforeEach(async () => {
    privateKey = generatePrivateKey()
    await start(privateKey)
  })

  it('has the address of its public key', async () => {
    expect((await open()).address).toBe(privateKeyToAddress(privateKey))
    expect(server.calls).toEqual(['GetPublicKey'])
  })

  it('signs transactions that are the ones of its address, with a low s', async () => {
    const signer = await open()
    for (let nonce = 0; nonce < 60; nonce += 1) {
      const raw = await signer.signTransaction({ ...TRANSACTION, nonce })
      expect(senderOf(raw)).toBe(signer.address)
      const { r, s, v, yParity, ...unsigned } = parseTransaction(raw as TransactionSerializedEIP1559)
      expect(BigInt(s ?? 0) <= HALF_ORDER).toBe(true)
      expect(unsigned).toEqual({ ...TRANSACTION, nonce })
    }
  })

  it('is asked again when it is throttled', async () => {
    const signer = await open()
    server.failNext(THROTTLED, THROTTLED)
    expect(senderOf(await signer.signTransaction(TRANSACTION))).toBe(signer.address)
    expect(server.calls).toEqual(['GetPublicKey', 'Sign', 'Sign', 'Sign'])
  })

  it('fails with the words of the service when it is disabled, and signs again when it is enabled', async () => {
    const signer = await open()
    server.failNext(DISABLED)
    await expect(signer.signTransaction(TRANSACTION)).rejects.toThrow(
      'AWS KMS does not sign: DisabledException: arn:aws:kms:local:key/1 is disabled.',
    )
    expect(senderOf(await signer.signTransaction(TRANSACTION))).toBe(signer.address)
  })

  it('fails when there is no answer in time', async () => {
    const limit = new AbortController()
    const signer = await open({ limit: () => limit.signal })
    server.hold(() => {
      limit.abort()
      return new Promise(() => {})
    })
    await expect(signer.signTransaction(TRANSACTION)).rejects.toThrow(/AWS KMS does not sign: .*abort/i)
  })

  it('fails when another key has signed', async () => {
    const signer = await open()
    server.replaceKey()
    await expect(signer.signTransaction(TRANSACTION)).rejects.toThrow('AWS KMS has signed with another key')
  })

  it('cannot be opened when it is disabled', async () => {
    server.failNext(DISABLED)
    const opening = open()
    await expect(opening).rejects.toBeInstanceOf(StartupError)
    await expect(opening).rejects.toThrow(
      `The key ${KEY_ID} of AWS KMS cannot be used: DisabledException: arn:aws:kms:local:key/1 is disabled.`,
    )
  })

  it('needs the SDK, and says in one line how to install it', async () => {
    const opening = open({ load: () => Promise.reject(new Error('Cannot find package')) })
    await expect(opening).rejects.toBeInstanceOf(StartupError)
    await expect(opening).rejects.toThrow(
      'AWS_KMS_KEY_ID needs the package @aws-sdk/client-kms. Install it with: npm install @aws-sdk/client-kms',
    )
  })
})

it('a key of another kind is refused', async () => {
  await start(null)
  await expect(open()).rejects.toThrow(
    `The key ${KEY_ID} of AWS KMS has the spec RSA_2048 and the usage SIGN_VERIFY. Use a key with the spec ECC_SECG_P256K1 and the usage SIGN_VERIFY.`,
  )
})
