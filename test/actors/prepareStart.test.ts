/** What must be true of the chain, the database and unfinished transactions before the gateway goes on. */
import { join } from 'node:path'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { checkSigner, prepareStart } from '../../src/actors/prepareStart.ts'
import { StartupError } from '../../src/domain/errors.ts'
import type { Hex } from '../../src/domain/primitives.ts'
import type { ResumableBatch } from '../../src/domain/recovery.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqliteStore.ts'
import { attempt, batchRecord } from '../machines/support/samples.ts'
import { startTestChain } from '../support/chain.ts'
import { upTo } from '../support/ledger.ts'
import { readerOf } from '../support/reader.ts'
import { temporaryFolder } from '../support/service.ts'

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

describe('the database', () => {
  it('belongs to its chain, however often the node of that is started from its state file', async () => {
    const store = openSqliteStore(':memory:')
    const folder = await temporaryFolder()
    const stateFile = join(folder.path, 'chain.json')
    for (const run of upTo(6)) {
      // anvil leaves the first block that it made for itself in the file, beside those of before. Another gas limit makes
      // it another block, as another second does.
      const chain = await startTestChain({ stateFile, gasLimit: 60_000_000 + run })
      const { chainId, registryAddress, multicallAddress } = chain
      await prepareStart(readerOf(chain), store, chainId, { registryAddress, multicallAddress })
      await chain.stop()
    }
    await store.close()
    await folder.remove()
  })
})

describe('the transactions of unfinished batches', () => {
  it('may be the wallet’s, however its address is written', async () => {
    const batches = [await batchOf(wallet), await batchOf(wallet, wallet)]
    await expect(checkSigner(batches, wallet.address)).resolves.toBeUndefined()
    await expect(checkSigner(batches, `0x${wallet.address.slice(2).toLowerCase()}`)).resolves.toBeUndefined()
  })

  it('may be none', async () => {
    await expect(checkSigner([], wallet.address)).resolves.toBeUndefined()
    await expect(checkSigner([await batchOf()], wallet.address)).resolves.toBeUndefined()
  })

  it('must not be another wallet’s: the start names both, and what to do', async () => {
    const start = checkSigner([await batchOf(wallet), await batchOf(other)], wallet.address)
    await expect(start).rejects.toThrow(StartupError)
    await expect(start).rejects.toThrow(
      `The database has unfinished transactions of wallet ${other.address}, but WALLET_PRIVATE_KEY is that of ${wallet.address}. Start with the former key until they have landed.`,
    )
  })
})
