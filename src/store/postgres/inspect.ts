/** What a PostgreSQL database holds, read without any change. */
import pg from 'pg'
import type { DurationMs, Millis } from '../../domain/primitives.ts'
import type { StoreReport } from '../report.ts'
import { type Query, queryOf, toStoreError } from './connection.ts'
import { readSpentSince } from './reads.ts'
import { SCHEMA_VERSION } from './schema.ts'
import { readServer, type ServerFacts } from './server.ts'

export interface ServerReport extends ServerFacts {
  /** Whether the server is a replica that can only be read. */
  readonly isStandby: boolean
  /** Whether a pooler is between this process and the server. */
  readonly isPooled: boolean
  /** Whether the user may create tables in the schema. */
  readonly mayCreate: boolean
  /** Name of the machine that leads; null if none does. */
  readonly leader: string | null
  /** Null for a schema without tables: it is new. */
  readonly contents: StoreReport | null
}

const TIMEOUT: DurationMs = 10_000

/**
 * @param url `postgres://user:password@host:port/database`
 * @param since begin of the time whose spending is added up
 * @throws StoreError if the database does not answer, or refuses the user
 */
export async function inspectServer(url: string, since: Millis): Promise<ServerReport> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: TIMEOUT,
    query_timeout: TIMEOUT,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    // The server refuses every change from here on.
    await client.query('SET default_transaction_read_only = on')
    return await readReport(queryOf(client), processOf(client), since)
  } catch (error) {
    throw toStoreError(error)
  } finally {
    await client.end().catch(() => {})
  }
}

/** The process id that the connection was given at its start. A pooler gives one of its own. */
function processOf(client: pg.Client): unknown {
  return 'processID' in client ? client.processID : null
}

interface Facts {
  readonly isStandby: boolean
  readonly process: number
  readonly mayCreate: boolean
  readonly hasTables: boolean
}

async function readReport(query: Query, process: unknown, since: Millis): Promise<ServerReport> {
  const server = await readServer(query)
  const { rows } = await query<Facts>(`
    SELECT pg_is_in_recovery() AS "isStandby", pg_backend_pid() AS process,
      coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS "mayCreate",
      to_regclass(quote_ident(current_schema()) || '.meta') IS NOT NULL AS "hasTables"`)
  const [facts] = rows
  if (facts === undefined) throw new TypeError('the server has not answered')
  const { hasTables, process: backend, ...found } = facts
  return {
    ...server,
    ...found,
    isPooled: process !== backend,
    leader: hasTables ? await readLeader(query) : null,
    contents: hasTables ? await readContents(query, since) : null,
  }
}

async function readLeader(query: Query): Promise<string | null> {
  const { rows } = await query<{ name: string }>(
    `SELECT name FROM heartbeat WHERE "expiresAt" > clock_timestamp()`,
  )
  return rows[0]?.name ?? null
}

async function readContents(query: Query, since: Millis): Promise<StoreReport> {
  const { rows } = await query<{ version: number; boundTo: string | null; unsettled: number }>(`
    SELECT (SELECT value::integer FROM meta WHERE key = 'schemaVersion') AS version,
      (SELECT value FROM meta WHERE key = 'identity') AS "boundTo",
      (SELECT count(*)::integer FROM operations WHERE state NOT IN ('finalized', 'failed')) AS unsettled`)
  const [row] = rows
  if (row === undefined) throw new TypeError('the server has not answered')
  return { ...row, knownVersion: SCHEMA_VERSION, spent: await readSpentSince(query, since) }
}
