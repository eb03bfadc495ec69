import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { nextNonceOf } from '../../../src/actors/recovery/nextNonce.ts'

const wallet = privateKeyToAccount(`0x${'11'.repeat(32)}`)
const other = privateKeyToAccount(`0x${'22'.repeat(32)}`)

async function signed(signer: typeof wallet, nonce: number) {
  const fees = { gas: 21_000n, maxFeePerGas: 10n, maxPriorityFeePerGas: 1n }
  const raw = await signer.signTransaction({
    type: 'eip1559',
    chainId: 31_337,
    nonce,
    to: other.address,
    ...fees,
  })
  return { nonce, raw }
}

describe('the nonce after the stored transactions', () => {
  it('follows the highest nonce of the wallet, in any order of signing', async () => {
    const newest = [await signed(wallet, 4), await signed(wallet, 6), await signed(wallet, 5)]
    expect(nextNonceOf(newest, wallet.address)).toBe(7)
  })

  it('ignores the transactions of a wallet that signed before', async () => {
    const newest = [await signed(wallet, 0), await signed(other, 500)]
    expect(nextNonceOf(newest, wallet.address)).toBe(1)
    expect(nextNonceOf(newest.slice(1), wallet.address)).toBeNull()
  })

  it('is unknown for an empty store', () => {
    expect(nextNonceOf([], wallet.address)).toBeNull()
  })
})
