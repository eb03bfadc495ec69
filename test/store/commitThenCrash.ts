/**
 * A process that commits and crashes. Arguments: the database file; when to crash (`after a commit`, `within a
 * commit` or `never`); and `threaded` for a store in a worker thread.
 */
import type { StoreWrite } from '../../src/domain/writes.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqliteStore.ts'
import { openThreadedStore } from '../../src/store/sqlite/threadedStore.ts'
import { accepted, SUBMITTED_BATCH } from './fixtures.ts'

const [path = '', when = '', where = ''] = process.argv.slice(2)
const crash = () => process.kill(process.pid, 'SIGKILL')

/** A write that crashes the process when the store reads the type. */
const crashing: StoreWrite = {
  get type(): 'pruned' {
    crash()
    return 'pruned'
  },
  before: 0,
}

const store = where === 'threaded' ? await openThreadedStore(path) : openSqliteStore(path)
await store.commit(SUBMITTED_BATCH)
if (when === 'within a commit') await store.commit([accepted(3), crashing])
if (when !== 'never') crash()
