/** Tells whether gateways use a schema: each holds a shared lock on a connection of its own, and a copy needs the lock alone. */
import { StoreError } from '../port.ts'
import type { Query } from './connection.ts'

/** The first number is arbitrary. */
const LOCK = `7120, hashtext(current_schema()) & 2147483647`

/** Called by a gateway, on each new connection that it keeps. @throws StoreError `locked` while the schema is copied */
export async function announcePresence(query: Query): Promise<void> {
  const { rows } = await query<{ isFree: boolean }>(`SELECT pg_try_advisory_lock_shared(${LOCK}) AS "isFree"`)
  if (rows[0]?.isFree !== true) throw new StoreError('locked', 'the database is being copied')
}

/** Keeps gateways away until the connection ends. @throws StoreError `locked` while a gateway uses the schema */
export async function keepGatewaysAway(query: Query): Promise<void> {
  const { rows } = await query<{ isFree: boolean }>(`SELECT pg_try_advisory_lock(${LOCK}) AS "isFree"`)
  if (rows[0]?.isFree !== true) throw new StoreError('locked', 'a gateway uses the database')
}
