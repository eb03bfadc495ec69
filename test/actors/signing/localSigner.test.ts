import fc from 'fast-check'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { localSigner } from '../../../src/actors/signing/localSigner.ts'
import type { UnsignedTransaction } from '../../../src/actors/signing/signer.ts'
import { bytesHex } from '../../registry/samples.ts'

const KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'

/** Any valid key. A random key is almost never invalid. */
const anyKey = bytesHex(32)
/** Small integers, with the most different encodings, and large integers. */
const anyInteger = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.maxSafeNat())
const anyAmount = anyInteger.map(BigInt)
/** Lengths near the limits of the RLP length encodings. */
const anyData = fc
  .constantFrom(0, 1, 2, 54, 55, 56, 57, 255, 256, 257, 65_535, 65_536)
  .chain((length) => (length < 300 ? bytesHex(length) : fc.constant(`0x${'5a'.repeat(length)}` as const)))
/** RLP encodes a single byte below 128 as the byte. */
const anyByte = fc.constantFrom('0x00', '0x01', '0x7f', '0x80', '0xff')

const anyTransaction: fc.Arbitrary<UnsignedTransaction> = fc.record({
  type: fc.constant('eip1559'),
  chainId: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })),
  nonce: anyInteger,
  to: bytesHex(20),
  data: fc.oneof(anyData, anyByte),
  gas: anyAmount,
  maxFeePerGas: anyAmount,
  maxPriorityFeePerGas: fc.constantFrom(0n, 1n, 127n, 128n, 255n, 256n, 1_000_000_000n),
})

/** A tip above the maximum fee is invalid. */
function sound(transaction: UnsignedTransaction): UnsignedTransaction {
  const { maxFeePerGas, maxPriorityFeePerGas } = transaction
  return maxPriorityFeePerGas > maxFeePerGas
    ? { ...transaction, maxPriorityFeePerGas: maxFeePerGas }
    : transaction
}

describe('localSigner', () => {
  it('signs the same bytes as viem', async () => {
    await fc.assert(
      fc.asyncProperty(anyKey, anyTransaction.map(sound), async (key, transaction) => {
        const expected = await privateKeyToAccount(key).signTransaction(transaction)
        expect(await localSigner(key).signTransaction(transaction)).toBe(expected)
      }),
    )
  })

  it('omits the leading zeros of a signature, as viem does', async () => {
    const [ours, theirs] = [localSigner(KEY), privateKeyToAccount(KEY)]
    expect(ours.address).toBe(theirs.address)
    // Of three hundred signatures, two or three have an r or s with a leading zero.
    for (let nonce = 0; nonce < 300; nonce += 1) {
      const common = { type: 'eip1559', chainId: 31_337, nonce, to: ours.address, data: '0x' } as const
      const transaction = { ...common, gas: 21_000n, maxFeePerGas: 10n, maxPriorityFeePerGas: 1n }
      expect(await ours.signTransaction(transaction)).toBe(await theirs.signTransaction(transaction))
    }
  })

  it('rejects an invalid key', () => {
    expect(() => localSigner('0x00')).toThrow()
    expect(() => localSigner(`0x${'00'.repeat(32)}`)).toThrow()
    expect(() => localSigner(`0x${'ff'.repeat(32)}`)).toThrow()
  })
})
