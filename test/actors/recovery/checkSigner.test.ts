import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { checkSigner } from '../../../src/actors/recovery/checkSigner.ts'
import { StartupError } from '../../../src/domain/errors.ts'
import type { Hex } from '../../../src/domain/primitives.ts'
import type { ResumableBatch } from '../../../src/domain/recovery.ts'
import { attempt, batchRecord } from '../../machines/support/samples.ts'

const wallet = privateKeyToAccount(`0x${'11'.repeat(32)}`)
const other = privateKeyToAccount(`0x${'22'.repeat(32)}`)

const sign = (signer: typeof wallet, nonce: number): Promise<Hex> =>
  signer.signTransaction({
    type: 'eip1559',
    chainId: 31_337,
    nonce,
    to: other.address,
    data: '0xdada',
    gas: 500_000n,
    maxFeePerGas: 10n,
    maxPriorityFeePerGas: 1n,
  })

async function batchOf(...signers: readonly (typeof wallet)[]): Promise<ResumableBatch> {
  const raws = await Promise.all(signers.map((signer, nonce) => sign(signer, nonce)))
  return { record: batchRecord(), operations: [], attempts: raws.map((raw) => attempt(7, { raw })) }
}

describe('the transactions of unfinished batches', () => {
  it('may be signed by the wallet, in any spelling of the address', async () => {
    const batches = [await batchOf(wallet), await batchOf(wallet, wallet)]
    await expect(checkSigner(batches, wallet.address)).resolves.toBeUndefined()
    await expect(checkSigner(batches, `0x${wallet.address.slice(2).toLowerCase()}`)).resolves.toBeUndefined()
  })

  it('may be absent', async () => {
    await expect(checkSigner([], wallet.address)).resolves.toBeUndefined()
    await expect(checkSigner([await batchOf()], wallet.address)).resolves.toBeUndefined()
  })

  it('must not be signed by another wallet: the error names both wallets and the remedy', async () => {
    const start = checkSigner([await batchOf(wallet), await batchOf(other)], wallet.address)
    await expect(start).rejects.toThrow(StartupError)
    await expect(start).rejects.toThrow(
      `The database has unfinished transactions of wallet ${other.address}, but the key of this start belongs to ${wallet.address}. Start with the key of ${other.address} until these transactions are included.`,
    )
  })
})
