/**
 * The embedded `RequestStore`: one SQLite file, no service to install.
 *
 * SQLite answers at once, in the thread that calls it; the promises are the port's. A commit takes as long as the disk takes
 * to synchronise, which is why its caller should gather many writes into one, and why the gateway opens it in a thread of
 * its own (`storeThread.ts`).
 */
import type { RequestStore } from '../port.ts'
import { Database } from './database.ts'
import { bindIdentity } from './meta.ts'
import { createReads } from './reads.ts'
import { createRecovery } from './recovery.ts'
import { createSettledSince } from './revival.ts'
import { prepareSchema } from './schema.ts'
import { createWrites } from './writes.ts'

/**
 * Opens the store in a file. Every call of it that fails rejects with a `StoreError`.
 * @param path the database file; made when it does not exist, and so is its folder. `:memory:` keeps nothing.
 * @throws StoreError when the file cannot be opened, another process has it open, or it is not this program's
 */
export function openSqliteStore(path: string): RequestStore {
  const database = new Database(path)
  try {
    prepareSchema(database)
    return createStore(database)
  } catch (error) {
    database.close()
    throw error
  }
}

function createStore(database: Database): RequestStore {
  const reads = createReads(database)
  const applyWrite = createWrites(database)
  const recover = createRecovery(database, reads)
  const settledSince = createSettledSince(database)
  return {
    bind: async (identity) => bindIdentity(database, identity),
    commit: async (writes) => database.transaction(() => writes.flatMap((write) => applyWrite(write))),
    status: async (id) => reads.status(id),
    operation: async (id) => reads.operation(id),
    envelopes: async (ids) => reads.envelopes(ids),
    batch: async (id) => reads.batch(id),
    batches: async (limit, before) => reads.batches(limit, before),
    attempts: async (batchId) => reads.attempts(batchId),
    settledSince: async (blockNumber) => settledSince(blockNumber),
    recover: async (at) => recover(at),
    ping: async () => reads.ping(),
    close: async () => database.close(),
  }
}
