import { parseTransaction, serializeTransaction, type TransactionSerializedEIP1559 } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { embeddedSigner } from '../../../src/actors/signing/embeddedSigner.ts'
import { openSigner } from '../../../src/actors/signing/openSigner.ts'
import type { Signer } from '../../../src/actors/signing/signer.ts'
import { TRANSACTION } from './samples.ts'

const KEY = `0x${'5d'.repeat(32)}` as const
const account = privateKeyToAccount(KEY)
const other = privateKeyToAccount(`0x${'6e'.repeat(32)}`)
const WRONG = 'the signer has signed another transaction, or with another key'

const signing = (signTransaction: Signer['signTransaction']): Signer => ({
  address: account.address,
  signTransaction,
})

/** Another transaction that carries the valid signature of the requested one. */
const withForeignBody = signing(async (requested) => {
  const raw = (await account.signTransaction(requested)) as TransactionSerializedEIP1559
  const { r = '0x0', s = '0x0', yParity = 0 } = parseTransaction(raw)
  return serializeTransaction({ ...requested, value: 1n }, { r, s, yParity })
})

describe('a signer of the embedding program', () => {
  it('may be a local account of viem', async () => {
    const none = { walletPrivateKey: null, awsKmsKeyId: null }
    const signer = await openSigner(none, account)
    expect(signer.address).toBe(account.address)
    for (let nonce = 0; nonce < 100; nonce += 1) {
      const transaction = { ...TRANSACTION, nonce }
      expect(await signer.signTransaction(transaction)).toBe(await account.signTransaction(transaction))
    }
  })

  it.each([
    ['another nonce', signing((tx) => account.signTransaction({ ...tx, nonce: tx.nonce + 1 }))],
    ['a transfer of ether', signing((tx) => account.signTransaction({ ...tx, value: 1n }))],
    ['another key', signing((tx) => other.signTransaction(tx))],
    ['the right signature in another transaction', withForeignBody],
  ])('is refused when it signs with %s', async (_, wrong) => {
    await expect(embeddedSigner(wrong).signTransaction(TRANSACTION)).rejects.toThrow(WRONG)
  })

  it('does not block the wallet when it never answers', async () => {
    const silent = signing(() => new Promise(() => {}))
    await expect(embeddedSigner(silent, 10).signTransaction(TRANSACTION)).rejects.toThrow(
      'no signature within 0.01 s',
    )
  })
})

it('exactly one key of the wallet is needed', async () => {
  const none = { walletPrivateKey: null, awsKmsKeyId: null }
  await expect(openSigner(none)).rejects.toThrow(/exactly one key: .* 0 are given/)
  await expect(openSigner({ ...none, walletPrivateKey: KEY }, account)).rejects.toThrow(/2 are given/)
})
