/**
 * A process of its own, that is killed where it hurts most. Arguments: the database file, when to die, and `threaded` when
 * the store is to live in a thread of its own.
 */
import type { StoreWrite } from '../../src/domain/writes.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqliteStore.ts'
import { openThreadedStore } from '../../src/store/sqlite/storeThread.ts'
import { accepted, ON_ITS_WAY } from './fixtures.ts'

const [path = '', when = '', where = ''] = process.argv.slice(2)
const die = () => process.kill(process.pid, 'SIGKILL')

/** A write at which the process dies. */
const deadly: StoreWrite = {
  get type(): 'pruned' {
    die()
    return 'pruned'
  },
  before: 0,
}

const store = where === 'threaded' ? await openThreadedStore(path) : openSqliteStore(path)
await store.commit(ON_ITS_WAY)
if (when === 'within a commit') await store.commit([accepted(3), deadly])
if (when !== 'never') die()
