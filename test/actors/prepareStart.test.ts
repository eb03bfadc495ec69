import { join } from 'node:path'
import { describe, it } from 'vitest'
import { prepareStart } from '../../src/actors/prepareStart.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqliteStore.ts'
import { startTestChain } from '../support/chain.ts'
import { upTo } from '../support/ledger.ts'
import { readerOf } from '../support/reader.ts'
import { versionAt } from '../support/registry.ts'
import { pinned, runActor } from '../support/runActor.ts'
import { temporaryFolder } from '../support/service.ts'

describe('the database', () => {
  it('still belongs to its chain after several starts of anvil from a state file', async () => {
    const store = openSqliteStore(':memory:')
    const folder = await temporaryFolder()
    const stateFile = join(folder.path, 'chain.json')
    for (const run of upTo(6)) {
      // anvil adds a new block 0 to the state file at each start. A different gas limit makes a different block, even within
      // the same second.
      const chain = await startTestChain({ stateFile, gasLimit: 60_000_000 + run })
      const endpoints = { ...pinned(readerOf(chain)), chainId: chain.chainId, connect: async () => {} }
      await runActor(
        prepareStart({ endpoints, store, config: chain, version: versionAt(chain.registryAddress) }),
        undefined,
      )
      await chain.stop()
    }
    await store.close()
    await folder.remove()
  })
})
