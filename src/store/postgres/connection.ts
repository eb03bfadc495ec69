/** The connections to PostgreSQL. Statements have no names: they work through a pooler in transaction mode. */
import pg from 'pg'
import type { DurationMs } from '../../domain/primitives.ts'
import { StoreError, type StoreFailure } from '../port.ts'

/** Runs a statement. @returns its rows; `count` is the number of rows that it changed or returned */
export type Query = <Row extends object>(
  text: string,
  values?: readonly unknown[],
) => Promise<{ readonly rows: readonly Row[]; readonly count: number }>

/** A connection that does not come about within this time is an outage. */
const CONNECT_TIMEOUT: DurationMs = 5_000
/** A statement never takes so long. A paused server counts as an outage. */
const STATEMENT_TIMEOUT: DurationMs = 15_000
/** Reads at the same time, in addition to the commit. */
const READ_CONNECTIONS = 8

/** Times and numbers of the store are safe integers. The driver gives 64-bit integers as text by default. */
export const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format),
} as pg.CustomTypesConfig

/** @param url `postgres://user:password@host:port/database` */
export function openPool(url: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: READ_CONNECTIONS + 1,
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    query_timeout: STATEMENT_TIMEOUT,
    keepAlive: true,
    types,
  })
  // A connection that breaks is replaced at its next use. Its error without a listener would end the process.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

export function queryOf(client: pg.Pool | pg.ClientBase): Query {
  return async <Row extends object>(text: string, values: readonly unknown[] = []) => {
    const { rows, rowCount } = await client.query<Row & pg.QueryResultRow>(text, [...values])
    return { rows, count: rowCount ?? 0 }
  }
}

/** Wrong password, missing database or schema, missing rights, read-only server. In operation they end by themselves, e.g. after a failover. */
const REFUSED = /^(28|3D|3F|42501|25006)/

/** The constraints that only one operation in flight may meet. */
const HELD_ONCE: ReadonlySet<string | undefined> = new Set(['operations_position', 'claims_pkey'])

/** True if another operation in flight holds the lane position or a claim. */
export function isTaken(error: unknown): boolean {
  return error instanceof pg.DatabaseError && codeOf(error) === '23505' && HELD_ONCE.has(error.constraint)
}

/** True if the server ended a transaction because of others. The same transaction can succeed at once. */
export function isCollision(error: unknown): boolean {
  return error instanceof pg.DatabaseError && /^40(001|P01)$/.test(codeOf(error))
}

/** Classes of SQLSTATE. PostgreSQL documentation, appendix A. */
const FAILURE_BY_CODE: readonly (readonly [RegExp, StoreFailure])[] = [
  [/^23/, 'conflict'],
  [/^53100$/, 'full'],
  [REFUSED, 'unavailable'],
  [/^42/, 'schema'],
  [/^XX00[12]$/, 'corrupt'],
]

/** An error at the start that waiting does not end, as a `StoreError` that says so; any other error unchanged. */
export function toStartError(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError) || !REFUSED.test(codeOf(error))) return error
  return new StoreError('refused', error.message, { cause: error })
}

/** The errors of the driver for a lost connection that have no code. */
const LOST =
  /^(Connection terminated|Query read timeout|timeout e|Client has encountered|The server does not|read E)/

/** Wraps an error of the driver in a `StoreError`. Any other error is returned unchanged. */
export function toStoreError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const failure = isLost(error) ? 'unavailable' : failureOf(error)
  return failure === null ? error : new StoreError(failure, error.message || codeOf(error), { cause: error })
}

/** The failure that an error of the server stands for; null for any other error. */
function failureOf(error: Error): StoreFailure | null {
  if (!(error instanceof pg.DatabaseError)) return null
  if (isTaken(error)) return 'duplicate'
  return FAILURE_BY_CODE.find(([pattern]) => pattern.test(codeOf(error)))?.[1] ?? 'unavailable'
}

/** True if an error says nothing about the result of a statement: the connection broke before its answer. */
export function isLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error instanceof pg.DatabaseError) return /^(08|57P0[1-3])/.test(codeOf(error))
  return 'syscall' in error || /^E[A-Z]+$/.test(codeOf(error)) || LOST.test(error.message)
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}
