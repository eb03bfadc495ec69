/**
 * The `RequestStore` on PostgreSQL. One process holds the seat and writes; commits run one after the other. Reads use other
 * connections, and wait for the commits that were called before.
 */

import type pg from 'pg'
import type { StoreWrite } from '../../domain/writes.ts'
import type { AdmissionStore, RequestStore, SeatStore } from '../port.ts'
import { StoreError } from '../port.ts'
import { createAdmissions } from './admissions.ts'
import { openPool, type Query, queryOf, toStartError, toStoreError } from './connection.ts'
import {
  readAttempts,
  readBatch,
  readBatches,
  readEnvelopes,
  readOperation,
  readProgress,
  readSpentSince,
  readStatus,
} from './reads.ts'
import { readSettledSince, recover } from './recovery.ts'
import { bindIdentity, prepareSchema } from './schema.ts'
import { SeatSession } from './seatSession.ts'
import { readServer, type ServerFacts } from './server.ts'
import { commitOnce, inPoolTransaction, isDeposed } from './transactions.ts'
import { applyWrites, hasPrunable } from './writes.ts'

export interface PostgresOptions {
  /** Name of this machine, for the other processes. */
  readonly name: string
  /** Called with what the server says of itself, before the tables are created. */
  readonly onServer?: (server: ServerFacts) => void
}

/** A store that several processes share. */
export interface SharedStore {
  readonly store: RequestStore
  readonly seat: SeatStore
  readonly admissions: AdmissionStore
}

/** Arrivals wait for no commit: another process makes the commits. */
const NOTHING = Promise.resolve()

/** A recovery of a long queue computes for seconds between two statements. */
const RECOVERY_PAUSE = 60_000

/**
 * Opens a store in a database. The first `bind` or `take` creates the tables. Every process may read; `commit` and `recover` need the seat.
 * @param url `postgres://user:password@host:port/database`
 */
export function openPostgresStore(url: string, { name, onServer = () => {} }: PostgresOptions): SharedStore {
  const pool = openPool(url)
  const seat = new SeatSession(url, name)
  let isClosed = false
  /** The commits called so far. */
  let commits: Promise<unknown> = Promise.resolve()

  /** Runs after all commits that were called before. */
  async function after<T>(before: Promise<unknown>, call: () => Promise<T>): Promise<T> {
    if (isClosed) throw new StoreError('closed', 'the store is closed')
    await before.catch(() => {})
    try {
      return await call()
    } catch (error) {
      if (isDeposed(error)) seat.lose()
      throw toStoreError(error)
    }
  }
  const read = <T>(run: (query: Query) => Promise<T>): Promise<T> => after(commits, () => run(queryOf(pool)))
  const commit = <T>(
    highest: number,
    run: (query: Query) => Promise<T>,
    longestPause?: number,
  ): Promise<T> => {
    const result = after(commits, () => commitOnce(pool, seat.held, highest, run, longestPause))
    commits = result.catch(() => {})
    return result
  }

  let preparation: Promise<void> | null = null
  /** Creates the tables, once. */
  const prepared = () => {
    preparation ??= prepare(pool, onServer).catch((error: unknown) => {
      preparation = null
      throw error
    })
    return preparation
  }

  const store: RequestStore = {
    bind: (identity) =>
      after(commits, async () => {
        await prepared()
        await inPoolTransaction(pool, (query) => bindIdentity(query, identity))
      }),
    commit: (writes) => commit(highestOf(writes), (query) => applyWrites(query, writes)),
    status: (id) => read((query) => readStatus(query, id)),
    progress: (id) => read((query) => readProgress(query, id)),
    operation: (id) => read((query) => readOperation(query, id)),
    envelopes: (ids) => read((query) => readEnvelopes(query, ids)),
    batch: (id) => read((query) => readBatch(query, id)),
    batches: (limit, before) => read((query) => readBatches(query, limit, before)),
    attempts: (batchId) => read((query) => readAttempts(query, batchId)),
    spentSince: (at) => read((query) => readSpentSince(query, at)),
    settledSince: (blockNumber) => read((query) => readSettledSince(query, blockNumber)),
    recover: (at) => commit(0, (query) => recover(query, at), RECOVERY_PAUSE),
    hasPrunable: (before) => read((query) => hasPrunable(query, before)),
    ping: () =>
      read(async (query) => {
        const { rows } = await query<{ standby: boolean }>('SELECT pg_is_in_recovery() AS standby')
        if (rows[0]?.standby) throw new StoreError('unavailable', 'the database is a read-only replica')
      }),
    async close() {
      if (isClosed) return
      isClosed = true
      await commits
      await seat.close()
      await pool.end()
    },
  }
  const take = () =>
    after(commits, async () => {
      await prepared()
      return seat.take()
    })
  const admissions = createAdmissions(pool, (call) => after(NOTHING, call))
  return { store, admissions, seat: { take, renew: () => seat.renew(), isTrusted: () => seat.isTrusted() } }
}

/** @throws StoreError `refused` if waiting does not help */
async function prepare(pool: pg.Pool, onServer: (server: ServerFacts) => void): Promise<void> {
  try {
    onServer(await readServer(queryOf(pool)))
    await inPoolTransaction(pool, prepareSchema)
  } catch (error) {
    throw toStartError(error)
  }
}

function highestOf(writes: readonly StoreWrite[]): number {
  return writes.reduce(
    (highest, write) =>
      write.type === 'operation.accepted' ? Math.max(highest, write.envelope.sequence) : highest,
    0,
  )
}
