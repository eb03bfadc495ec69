/** Transactions, and the commits of the leader. */
import type pg from 'pg'
import type { DurationMs } from '../../domain/primitives.ts'
import { StoreError } from '../port.ts'
import { isCollision, isLost, type Query, queryOf } from './connection.ts'
import { type HeldSeat, isCommitted, raiseCommits } from './seat.ts'

/**
 * A process that is paused inside a transaction holds the row of the seat. The server then ends the transaction after this time, so
 * that another process can take the seat.
 */
const LONGEST_PAUSE: DurationMs = 1_500

type Run<T> = (query: Query) => Promise<T>

/** Runs statements on a connection in one transaction. Rolls back when `run` fails. */
export async function inTransaction<T>(
  client: pg.ClientBase,
  run: Run<T>,
  longestPause = LONGEST_PAUSE,
): Promise<T> {
  try {
    // One message: two would cost each commit a round trip.
    await client.query(`BEGIN; SET LOCAL idle_in_transaction_session_timeout = ${longestPause}`)
    const result = await run(queryOf(client))
    await client.query('COMMIT')
    return result
  } catch (error) {
    if (!isLost(error)) await client.query('ROLLBACK').catch(() => {})
    throw error
  }
}

/** As `inTransaction`, on a connection of the pool. After a failure the connection is replaced: its state is not known. */
export async function inPoolTransaction<T>(
  pool: pg.Pool,
  run: Run<T>,
  longestPause?: DurationMs,
): Promise<T> {
  const client = await pool.connect()
  let hasFailed = true
  try {
    const result = await inTransaction(client, run, longestPause)
    hasFailed = false
    return result
  } finally {
    client.release(hasFailed)
  }
}

/** Most runs of a transaction that collides with others. */
const MOST_RUNS = 5

/** Runs a transaction again when the server has ended it in favour of another one. */
export async function repeated<T>(transaction: () => Promise<T>): Promise<T> {
  for (let run = 1; ; run += 1) {
    try {
      return await transaction()
    } catch (error) {
      if (!isCollision(error) || run === MOST_RUNS) throw error
    }
  }
}

/**
 * Runs a commit of the leader. If the answer of COMMIT is lost, the row of the seat tells whether it took place.
 * @param highest number of the newest operation in the commit; 0 for none
 * @throws StoreError `deposed` if this process does not lead any more
 */
export async function commitOnce<T>(
  pool: pg.Pool,
  seat: HeldSeat,
  highest: number,
  run: Run<T>,
  longestPause?: DurationMs,
): Promise<T> {
  let result: { readonly value: T } | null = null
  try {
    const value = await repeated(() =>
      inPoolTransaction(
        pool,
        async (query) => {
          result = null
          await raiseCommits(query, seat, highest)
          result = { value: await run(query) }
          return result.value
        },
        longestPause,
      ),
    )
    seat.commits += 1
    return value
  } catch (error) {
    if (result === null || !isLost(error)) throw error
    const { value } = result as { readonly value: T }
    if (!(await inPoolTransaction(pool, (query) => isCommitted(query, seat)))) throw error
    seat.commits += 1
    return value
  }
}

/** Whether an error says that this process does not lead any more. */
export function isDeposed(error: unknown): boolean {
  return error instanceof StoreError && error.failure === 'deposed'
}
