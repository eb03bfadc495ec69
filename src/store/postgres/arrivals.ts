/**
 * Operations that a process stored without being the leader. They wait for their sequence numbers: until then the number in the row
 * is negative. The leader looks for negative numbers, and never for numbers above a known one: rows become visible in another order
 * than they get their numbers.
 */
import type { Arrival } from '../../domain/arrival.ts'
import type { OpEnvelope, OperationId, QueuedOperation } from '../../domain/operation.ts'
import { decodeEnvelope, type EnvelopeTuple } from '../records/operations.ts'
import type { Query } from './connection.ts'
import { ENVELOPE, insert } from './operations.ts'

/** Most arrivals per look. The next look finds the others. */
const PAGE = 1_000

/** Stores arrivals. Call it in a transaction. @throws a unique violation as `insert` */
export async function storeArrivals(query: Query, arrivals: readonly Arrival[]): Promise<void> {
  const { rows } = await query<{ sequence: number }>(
    `SELECT -nextval('arrivals') AS sequence FROM generate_series(1, $1)`,
    [arrivals.length],
  )
  const numbered = arrivals.map(({ envelope, chainNonce, status }, index) => {
    const sequence = rows[index]?.sequence
    if (sequence === undefined) throw new TypeError('the sequence of the arrivals gave too few numbers')
    return { envelope: { ...envelope, sequence }, sequence, chainNonce, status: status ?? null }
  })
  await insert(
    query,
    numbered.map(({ envelope }) => envelope),
  )
  await query(
    `UPDATE operations SET "chainNonce" = given."chainNonce", status = given.status,
       state = CASE WHEN given.status IS NULL THEN state ELSE 'finalized' END, holds = given.status IS NULL
     FROM jsonb_to_recordset($1::jsonb) AS given (sequence bigint, "chainNonce" bigint, status text)
     WHERE operations.sequence = given.sequence`,
    [JSON.stringify(numbered.map(({ envelope: _, ...columns }) => columns))],
  )
}

/** Whether an operation is stored. */
export async function isStored(query: Query, id: OperationId): Promise<boolean> {
  const { count } = await query('SELECT FROM operations WHERE id = $1', [id])
  return count > 0
}

/** In order of arrival. */
export async function readArrivals(query: Query): Promise<readonly Arrival[]> {
  const { rows } = await query<{ envelope: EnvelopeTuple; chainNonce: number | null }>(
    `SELECT ${ENVELOPE} AS envelope, "chainNonce" FROM operations JOIN payloads USING (sequence)
     WHERE sequence < 0 AND state = 'queued' ORDER BY sequence DESC LIMIT ${PAGE}`,
  )
  return rows.map(({ envelope, chainNonce }) => {
    const { sequence: _, ...rest } = decodeEnvelope(envelope)
    return { envelope: rest, chainNonce }
  })
}

/** Gives arrivals the numbers that the leader has chosen. Call it in a commit of the leader. */
export async function numberAs(
  query: Query,
  envelopes: readonly Pick<OpEnvelope, 'id' | 'sequence'>[],
): Promise<void> {
  if (envelopes.length === 0) return
  await query(
    `UPDATE operations SET sequence = given.sequence
     FROM jsonb_to_recordset($1::jsonb) AS given (id text, sequence bigint)
     WHERE operations.id = given.id AND operations.sequence < 0`,
    [JSON.stringify(envelopes.map(({ id, sequence }) => ({ id, sequence })))],
  )
}

/** Gives all arrivals a number at a start of the leader. @returns the next free number */
export async function numberArrivals(query: Query): Promise<number> {
  const { rows } = await query<{ highest: number }>(
    `WITH numbered AS (
       UPDATE operations SET sequence = "highestSequence" + place FROM seat, (
         SELECT sequence AS arrival, row_number() OVER (ORDER BY sequence DESC) AS place FROM operations WHERE sequence < 0
       ) AS arrived
       WHERE operations.sequence = arrival RETURNING 1
     )
     UPDATE seat SET "highestSequence" = "highestSequence" + (SELECT count(*) FROM numbered)
     RETURNING "highestSequence" AS highest`,
  )
  return (rows[0]?.highest ?? 0) + 1
}

export async function readPredecessors(
  query: Query,
  leaf: string,
  nonce: number,
): Promise<readonly OperationId[]> {
  const { rows } = await query<{ id: OperationId }>(
    'SELECT id FROM operations WHERE holds AND leaf = $1 AND nonce < $2 ORDER BY nonce',
    [leaf, nonce],
  )
  return rows.map(({ id }) => id)
}

export async function countOf(query: Query, leaf: string): Promise<number> {
  const { rows } = await query<{ count: number }>(
    'SELECT count(*) AS count FROM operations WHERE holds AND leaf = $1',
    [leaf],
  )
  return rows[0]?.count ?? 0
}

/** By client, and without those in batches: they are few. */
export async function countByClient(query: Query): Promise<ReadonlyMap<QueuedOperation['client'], number>> {
  const { rows } = await query<{ client: string | null; count: number }>(
    `SELECT client, count(*) AS count FROM operations WHERE state = 'queued' GROUP BY client`,
  )
  return new Map(rows.map(({ client, count }) => [client, count]))
}
