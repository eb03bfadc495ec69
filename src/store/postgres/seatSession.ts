/**
 * Takes and keeps the seat.
 *
 * Safety rests on the fence in `seat.ts`. Taking the seat too early is wasteful, and never wrong: the former leader cannot write any
 * more. What this file decides is how soon a process takes over, by three hints in the row of the heartbeat:
 *
 * - The leader holds an advisory lock. PostgreSQL frees the lock when the process ends, and then the seat is free at once. A lock
 *   counts only if the leader reported that it holds the lock: behind a pooler in transaction mode it cannot keep one.
 * - The leader renews its time to live. A leader that is cut off or paused loses the seat after `SEAT_TTL`, by the clock of the server.
 * - A leader that stops ends its time to live itself.
 */
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import type { DurationMs } from '../../domain/primitives.ts'
import { SEAT_TTL, type SeatReport } from '../../domain/seat.ts'
import type { SeatStore } from '../port.ts'
import { type Query, queryOf, toStoreError } from './connection.ts'
import { announcePresence } from './presence.ts'
import { deposed, type HeldSeat } from './seat.ts'
import { inTransaction } from './transactions.ts'

/** The advisory lock of the leader, for each schema of the database. The first number is arbitrary. */
const LOCK = `7119, hashtext(current_schema()) & 2147483647`

/** The sessions that hold the lock. */
const LOCK_HOLDERS = `
  SELECT FROM pg_locks
  WHERE locktype = 'advisory' AND granted AND objsubid = 2
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND (classid::bigint, objid::bigint) = (7119, hashtext(current_schema()) & 2147483647)`

/** A renewal or a take that takes longer is an outage. Shorter than `SEAT_TTL`, so that another renewal fits. */
const SESSION_TIMEOUT: DurationMs = 2_000

interface SeatRow {
  readonly epoch: number
  readonly holder: string | null
  readonly name: string
  readonly takenAt: number
  readonly isExpired: boolean
  readonly hasLock: boolean
  readonly isLocked: boolean
}

export class SeatSession implements SeatStore {
  readonly #url: string
  readonly #name: string
  readonly #elapsed: () => number
  /** Differs between two openings, so that a process never mistakes the seat of another one for its own. */
  readonly #holder = randomUUID()
  #client: pg.Client | null = null
  /** The session has held the lock of a seat that is lost. */
  #mustEnd = false
  #held: HeldSeat | null = null
  /** Until then nobody else can have taken the seat without our death. On the clock `elapsed`. */
  #trustedUntil = 0

  /**
   * @param name of this machine, for other processes to report
   * @param elapsed a monotonic clock in milliseconds
   */
  constructor(url: string, name: string, elapsed: () => number = () => performance.now()) {
    this.#url = url
    this.#name = name
    this.#elapsed = elapsed
  }

  /** The seat, for the fence of a commit. @throws StoreError `deposed` if this process does not lead */
  get held(): HeldSeat {
    if (this.#held === null) throw deposed()
    return this.#held
  }

  /** Another process leads. The next call on the session ends it first, so that the lock becomes free for that process. */
  lose(): void {
    this.#held = null
    this.#trustedUntil = 0
    // Not now: a session that ends while it connects never settles the call that connects it.
    this.#mustEnd = true
  }

  isTrusted(): boolean {
    return this.#held !== null && this.#elapsed() < this.#trustedUntil
  }

  async take(): Promise<SeatReport> {
    return this.#run(async (client) => {
      const start = this.#elapsed()
      const query = queryOf(client)
      const seen = await readRow(query)
      if (!this.#isFree(seen)) return reportOf(seen, false)
      const epoch = await inTransaction(client, (inside) =>
        takeRow(inside, seen.epoch, this.#holder, this.#name),
      )
      if (epoch === null) return reportOf(await readRow(query), false)
      this.#held = { epoch, holder: this.#holder, commits: 0 }
      this.#trustedUntil = start + SEAT_TTL
      await renewRow(query, this.#held)
      return reportOf(await readRow(query), true)
    })
  }

  async renew(): Promise<void> {
    const held = this.held
    const start = this.#elapsed()
    const isRenewed = await this.#run((client) => renewRow(queryOf(client), held))
    if (this.#held !== held) throw deposed()
    if (!isRenewed) {
      this.lose()
      throw deposed()
    }
    this.#trustedUntil = start + SEAT_TTL
  }

  /** Gives the seat to the next process at once. Call it after the last commit. */
  async close(): Promise<void> {
    const held = this.#held
    this.#held = null
    this.#trustedUntil = 0
    if (held !== null) await this.#run((client) => releaseRow(queryOf(client), held)).catch(() => {})
    await this.#disconnect()
  }

  /** The row of a former seat of ours is free, too: e.g. the server has lost the commits after it. */
  #isFree({ epoch, holder, isExpired, hasLock, isLocked }: SeatRow): boolean {
    return epoch === 0 || isExpired || holder === this.#holder || (hasLock && !isLocked)
  }

  /** Runs on the one connection of the session, which holds the lock. A failed connection is not used again. */
  async #run<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    try {
      if (this.#mustEnd) await this.#disconnect()
      return await work(await this.#connect())
    } catch (error) {
      await this.#disconnect()
      throw toStoreError(error)
    }
  }

  async #connect(): Promise<pg.Client> {
    if (this.#client !== null) return this.#client
    const client = new pg.Client({
      connectionString: this.#url,
      connectionTimeoutMillis: SESSION_TIMEOUT,
      query_timeout: SESSION_TIMEOUT,
      keepAlive: true,
    })
    this.#client = client
    // The next call reports the failure.
    client.on('error', () => {})
    await client.connect()
    await announcePresence(queryOf(client))
    return client
  }

  async #disconnect(): Promise<void> {
    const client = this.#client
    this.#client = null
    this.#mustEnd = false
    // A server that does not answer must not keep the process waiting.
    if (client !== null) await Promise.race([client.end().catch(() => {}), delayed(SESSION_TIMEOUT)])
  }
}

function delayed(time: DurationMs): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, time).unref())
}

async function readRow(query: Query): Promise<SeatRow> {
  const { rows } = await query<SeatRow>(
    `SELECT epoch::float8, holder, name, "takenAt"::float8, "expiresAt" <= clock_timestamp() AS "isExpired",
       "hasLock", EXISTS (${LOCK_HOLDERS}) AS "isLocked"
     FROM seat CROSS JOIN heartbeat`,
  )
  const [row] = rows
  if (row === undefined) throw new TypeError('the row of the seat is missing')
  return row
}

/** Takes the seat as it was seen. @returns null if another process took the seat in between */
async function takeRow(query: Query, seen: number, holder: string, name: string): Promise<number | null> {
  const { rows } = await query<{ epoch: number }>(
    'UPDATE seat SET epoch = epoch + 1, commits = 0, holder = $1 WHERE epoch = $2 RETURNING epoch::float8',
    [holder, seen],
  )
  const epoch = rows[0]?.epoch ?? null
  if (epoch === null) return null
  await query(
    `UPDATE heartbeat SET name = $1, "takenAt" = floor(extract(epoch FROM clock_timestamp()) * 1000), "hasLock" = false,
       "expiresAt" = clock_timestamp() + interval '${SEAT_TTL} ms'`,
    [name],
  )
  return epoch
}

/** Renews the time to live, and takes the lock if this session does not hold it. @returns false if the seat is lost */
async function renewRow(query: Query, { epoch, holder }: HeldSeat): Promise<boolean> {
  const { count } = await query(
    `UPDATE heartbeat SET "expiresAt" = clock_timestamp() + interval '${SEAT_TTL} ms',
       "hasLock" = CASE WHEN EXISTS (${LOCK_HOLDERS} AND pid = pg_backend_pid()) THEN true ELSE pg_try_advisory_lock(${LOCK}) END
     WHERE EXISTS (SELECT FROM seat WHERE epoch = $1 AND holder = $2)`,
    [epoch, holder],
  )
  return count > 0
}

async function releaseRow(query: Query, { epoch, holder }: HeldSeat): Promise<void> {
  await query(
    `UPDATE heartbeat SET "expiresAt" = clock_timestamp()
     WHERE EXISTS (SELECT FROM seat WHERE epoch = $1 AND holder = $2)`,
    [epoch, holder],
  )
}

function reportOf({ epoch, name, takenAt }: SeatRow, isOurs: boolean): SeatReport {
  return { isOurs, name, epoch, since: takenAt }
}
