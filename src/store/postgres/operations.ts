/** Operations: inserting, reading and moving their rows. */
import type { BlockRef } from '../../domain/chain.ts'
import type { OpEnvelope, OperationId, QueuedOperation } from '../../domain/operation.ts'
import type { Hash, Millis } from '../../domain/primitives.ts'
import {
  isCharged,
  isTerminal,
  type OpStatus,
  REQUEST_TRANSITIONS,
  type RequestStateName,
} from '../../domain/status.ts'
import type { IgnoredTransition } from '../../domain/writes.ts'
import { StoreError } from '../port.ts'
import type { BatchNumber, StoredBatch } from '../records/batches.ts'
import { decodeQueued, type QueuedTuple } from '../records/operations.ts'
import { isTaken, type Query } from './connection.ts'

/** SQL for a row of `operations` without the payload; `decodeQueued` reads the result. */
export const QUEUED = `json_build_array(
  operations.id, kind, priority, leaf, nonce, claims::json, "receivedAt", operations.sequence, bytes, tries, client
)`

/** SQL for a row of `operations` joined with `payloads`; `decodeEnvelope` reads the result. */
export const ENVELOPE = `json_build_array(${QUEUED}, operation::json, signer)`

/**
 * Inserts new operations. They take their lane positions and their claims.
 * @throws a unique violation for an id that is stored, or a position or claim that another operation holds
 */
export async function insert(query: Query, envelopes: readonly OpEnvelope[]): Promise<void> {
  if (envelopes.length === 0) return
  const rows = envelopes.map(({ lane, claims, operation, ...columns }) => ({
    ...columns,
    leaf: lane?.leaf ?? null,
    nonce: lane?.nonce ?? null,
    claims: JSON.stringify(claims),
    operation: JSON.stringify(operation),
  }))
  const given = [JSON.stringify(rows)]
  const { count } = await query(
    `INSERT INTO operations (sequence, id, kind, priority, leaf, nonce, claims, client, "receivedAt", bytes, tries, state, "updatedAt")
     SELECT sequence, id, kind, priority, leaf, nonce, claims, client, "receivedAt", bytes, tries, 'queued', "receivedAt"
     FROM jsonb_to_recordset($1::jsonb) AS given (
       sequence bigint, id text, kind text, priority bigint, leaf text, nonce bigint, claims text, client text,
       "receivedAt" bigint, bytes bigint, tries bigint
     )`,
    given,
  )
  if (count !== envelopes.length) throw new Error(`${count} of ${envelopes.length} operations were inserted`)
  await query(
    `INSERT INTO payloads (sequence, operation, signer)
     SELECT sequence, operation, signer
     FROM jsonb_to_recordset($1::jsonb) AS given (sequence bigint, operation text, signer text)`,
    given,
  )
  await takeClaims(query, envelopes)
}

/** In one order in every process, so that two processes do not wait for each other. */
async function takeClaims(query: Query, envelopes: readonly OpEnvelope[]): Promise<void> {
  const claims = envelopes.flatMap(({ id, claims }) => claims.map((claim) => ({ claim, operation: id })))
  if (claims.length === 0) return
  await query(
    `INSERT INTO claims (claim, operation)
     SELECT claim, operation FROM jsonb_to_recordset($1::jsonb) AS given (claim text, operation text) ORDER BY claim`,
    [JSON.stringify(claims)],
  )
}

/** The operation that holds the position or a claim of another; null for none. */
export async function readHolder(
  query: Query,
  { lane, claims }: Pick<OpEnvelope, 'lane' | 'claims'>,
): Promise<OperationId | null> {
  const { rows } = await query<{ id: OperationId }>(
    `SELECT id FROM operations WHERE holds AND leaf = $1 AND nonce = $2
     UNION ALL SELECT operation FROM claims WHERE claim = ANY ($3::text[]) LIMIT 1`,
    [lane?.leaf ?? null, lane?.nonce ?? null, claims],
  )
  return rows[0]?.id ?? null
}

/** Frees the positions and claims of operations with a verdict. */
async function free(query: Query, ids: readonly OperationId[]): Promise<void> {
  if (ids.length === 0) return
  await query('UPDATE operations SET holds = false WHERE id = ANY ($1::text[])', [ids])
  await query('DELETE FROM claims WHERE operation = ANY ($1::text[])', [ids])
}

/**
 * Operations that lost their verdict take back what is still free. Another operation may hold a position meanwhile; then the two
 * share it, and the chain decides.
 */
export async function holdAgain(query: Query, ids: readonly OperationId[]): Promise<void> {
  for (const id of ids) {
    await query('SAVEPOINT position')
    await query('UPDATE operations SET holds = true WHERE id = $1', [id]).then(
      () => query('RELEASE SAVEPOINT position'),
      (error: unknown) => {
        if (!isTaken(error)) throw error
        return query('ROLLBACK TO SAVEPOINT position')
      },
    )
  }
  await query(
    `INSERT INTO claims (claim, operation)
     SELECT jsonb_array_elements_text(claims::jsonb) AS claim, id FROM operations WHERE id = ANY ($1::text[]) ORDER BY claim
     ON CONFLICT DO NOTHING`,
    [ids],
  )
}

/** Reads operations by id without their payloads, in the order of the ids, without unknown ids. */
export async function readOperations(
  query: Query,
  ids: readonly OperationId[],
): Promise<readonly QueuedOperation[]> {
  if (ids.length === 0) return []
  const { rows } = await query<{ queued: QueuedTuple }>(
    `SELECT ${QUEUED} AS queued FROM unnest($1::text[]) WITH ORDINALITY AS wanted (id, place)
     JOIN operations ON operations.id = wanted.id ORDER BY place`,
    [ids],
  )
  return rows.map(({ queued }) => decodeQueued(queued))
}

/** How one operation moves. */
export interface Move {
  readonly id: OperationId
  readonly to: RequestStateName
  /** The new status; absent to keep the old status. */
  readonly status?: OpStatus
  /** The block that a verdict depends on, when the verdict does not come from a transaction of ours. */
  readonly evidenceBlock?: BlockRef | undefined
}

/** What all moves of a write have in common. */
interface Moves {
  readonly at: Millis
  /** The batch that the operations join. */
  readonly joins?: StoredBatch
  /** The batch that moves the operations. An operation no longer in this batch is not moved. */
  readonly within?: StoredBatch
  /** The transaction to show while the operations are `submitted`. */
  readonly txHash?: Hash
}

/**
 * Moves each operation whose state allows the move.
 * @returns the operations left unmoved, in the order of the moves
 * @throws StoreError for an unknown operation
 */
export async function move(
  query: Query,
  moves: readonly Move[],
  { at, joins, within, txHash }: Moves,
): Promise<readonly IgnoredTransition[]> {
  if (moves.length === 0) return []
  const { rows } = await query<Present>(
    'SELECT sequence, id, state, batch FROM operations WHERE id = ANY ($1)',
    [moves.map(({ id }) => id)],
  )
  const present = new Map(rows.map((row) => [row.id, row]))
  const ignored: IgnoredTransition[] = []
  const changes: Change[] = []
  for (const { id, to, status, evidenceBlock } of moves) {
    const operation = present.get(id)
    if (operation === undefined) throw new StoreError('conflict', `operation ${id} is not stored`)
    const hasLeft = within !== undefined && (operation.batch !== within.number || !isInBatch(operation.state))
    if (hasLeft || !REQUEST_TRANSITIONS[operation.state].includes(to)) {
      ignored.push({ id, batchId: (joins ?? within)?.id ?? null, from: operation.state, to })
      continue
    }
    changes.push({
      id,
      sequence: operation.sequence,
      state: to,
      status: status === undefined ? null : JSON.stringify(status),
      evidence: evidenceBlock === undefined ? null : JSON.stringify(evidenceBlock),
      evidenceIn: evidenceBlock?.blockNumber ?? null,
      charged: status !== undefined && isCharged(status) ? 1 : 0,
    })
  }
  if (changes.length > 0) {
    await query(
      `UPDATE operations SET state = given.state, batch = coalesce($2, batch), "txHash" = $3, "evidenceBlock" = given.evidence,
         "evidenceIn" = given."evidenceIn", status = coalesce(given.status, operations.status),
         tries = tries + given.charged, "updatedAt" = $4
       FROM jsonb_to_recordset($1::jsonb) AS given (
         sequence bigint, state text, status text, evidence text, "evidenceIn" bigint, charged bigint
       )
       WHERE operations.sequence = given.sequence`,
      [JSON.stringify(changes), joins?.number ?? null, txHash ?? null, at],
    )
    await free(
      query,
      changes.filter(({ state }) => isTerminal(state)).map(({ id }) => id),
    )
  }
  return ignored
}

interface Change {
  readonly id: OperationId
  readonly sequence: number
  readonly state: RequestStateName
  readonly status: string | null
  readonly evidence: string | null
  readonly evidenceIn: number | null
  /** 1 for a charged eviction. */
  readonly charged: number
}

interface Present {
  readonly sequence: number
  readonly id: OperationId
  readonly state: RequestStateName
  readonly batch: BatchNumber | null
}

/** True while an operation is in a batch. In other states, the row names the last batch. */
function isInBatch(state: RequestStateName): boolean {
  return state === 'batching' || state === 'submitted'
}
