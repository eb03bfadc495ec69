/**
 * Operations: inserting, reading and moving their rows. No other code changes the state of an operation, except a start
 * (`recovery.ts`).
 *
 * A start reads tens of thousands of operations, and the driver's cost is per value. Therefore SQLite packs the columns
 * of an operation, and a page of operations, into one JSON array.
 */
import type { BatchId } from '../../domain/batch.ts'
import type { BlockRef } from '../../domain/chain.ts'
import type { OpEnvelope, OperationId, QueuedOperation } from '../../domain/operation.ts'
import type { Address, Hash, Millis } from '../../domain/primitives.ts'
import { isCharged, type OpStatus, REQUEST_TRANSITIONS, type RequestStateName } from '../../domain/status.ts'
import type { IgnoredTransition } from '../../domain/writes.ts'
import { StoreError } from '../port.ts'
import type { BatchNumber, StoredBatch } from '../records/batches.ts'
import { decodeQueued, type QueuedTuple } from '../records/operations.ts'
import type { Database } from './database.ts'

/** SQL for a row of `operations` without the payload; `decodeQueued` reads the result. */
export const QUEUED = `json_array(
  operations.id, kind, priority, leaf, nonce, json(claims), receivedAt, operations.sequence, bytes, tries, client
)`

/** SQL for a row of `operations` joined with `payloads`; `decodeEnvelope` reads the result. */
export const ENVELOPE = `json_array(${QUEUED}, json(operation), signer)`

/** The JSON path of the share of an operation in the transaction of a batch. */
export function costPath(batchId: BatchId): string {
  return `$."${batchId}"`
}

/** Reads operations by id without their payloads, in the order of the ids, without unknown ids. */
export type ReadOperations = (ids: readonly OperationId[]) => readonly QueuedOperation[]

export function createReadOperations(database: Database): ReadOperations {
  const select = database.prepare<{ ids: string }, { page: string }>(`
    SELECT json_group_array(${QUEUED} ORDER BY wanted.key) AS page
    FROM json_each(:ids) AS wanted JOIN operations ON operations.id = wanted.value`)
  return (ids) => parsePage(select.first({ ids: JSON.stringify(ids) })?.page)
}

/** Parses a JSON array of `QUEUED` results. */
export function parsePage(page = '[]'): readonly QueuedOperation[] {
  const tuples: readonly QueuedTuple[] = JSON.parse(page)
  return tuples.map(decodeQueued)
}

/** Inserts a new operation. Throws a `StoreError` for an id already stored. */
export function createAccept(database: Database): (envelope: OpEnvelope) => void {
  const insertOperation = database.prepare<
    Omit<OpEnvelope, 'lane' | 'claims' | 'operation' | 'signer' | 'isSettled'> & {
      leaf: string | null
      nonce: number | null
      claims: string
    }
  >(`
    INSERT INTO operations (sequence, id, kind, priority, leaf, nonce, claims, client, receivedAt, bytes, tries, state, updatedAt)
    VALUES (:sequence, :id, :kind, :priority, :leaf, :nonce, :claims, :client, :receivedAt, :bytes, :tries, 'queued', :receivedAt)`)
  const insertPayload = database.prepare<{
    sequence: number
    operation: string
    signer: Address | null
  }>('INSERT INTO payloads (sequence, operation, signer) VALUES (:sequence, :operation, :signer)')

  return ({ lane, claims, operation, signer, ...columns }) => {
    insertOperation.run({
      ...columns,
      leaf: lane?.leaf ?? null,
      nonce: lane?.nonce ?? null,
      claims: JSON.stringify(claims),
    })
    insertPayload.run({ sequence: columns.sequence, operation: JSON.stringify(operation), signer })
  }
}

interface Move {
  readonly to: RequestStateName
  readonly at: Millis
  /** The batch that the operation joins. */
  readonly joins?: StoredBatch
  /** The batch that moves the operation. An operation no longer in this batch is not moved. */
  readonly within?: StoredBatch
  /** The transaction to show while the operation is `submitted`. */
  readonly txHash?: Hash
  /** The new status; absent to keep the old status. */
  readonly status?: OpStatus
  /** The block that a verdict depends on, when the verdict does not come from a transaction of ours. */
  readonly evidenceBlock?: BlockRef
}

/** Moves each operation whose state allows the move, in the order of the ids; returns the operations left unmoved. */
export type MoveOperations = (ids: readonly OperationId[], move: Move) => readonly IgnoredTransition[]

/** The moves throw a `StoreError` for an unknown operation. */
export function createMoves(database: Database): MoveOperations {
  const select = database.prepare<
    { id: OperationId },
    { sequence: number; state: RequestStateName; batch: BatchNumber | null }
  >('SELECT sequence, state, batch FROM operations WHERE id = :id')
  const update = database.prepare<{
    sequence: number
    state: RequestStateName
    batch: BatchNumber | null
    txHash: Hash | null
    status: string | null
    evidenceBlock: string | null
    charged: number
    updatedAt: Millis
  }>(`
    UPDATE operations SET state = :state, batch = coalesce(:batch, batch), txHash = :txHash, evidenceBlock = :evidenceBlock,
      status = coalesce(:status, status), tries = tries + :charged, updatedAt = :updatedAt
    WHERE sequence = :sequence`)

  return (ids, { to, at, joins, within, txHash, status, evidenceBlock }) => {
    const change = {
      state: to,
      batch: joins?.number ?? null,
      txHash: txHash ?? null,
      status: status === undefined ? null : JSON.stringify(status),
      evidenceBlock: evidenceBlock === undefined ? null : JSON.stringify(evidenceBlock),
      charged: status !== undefined && isCharged(status) ? 1 : 0,
      updatedAt: at,
    }
    return ids.flatMap((id) => {
      const operation = select.first({ id })
      if (operation === undefined) throw new StoreError('conflict', `operation ${id} is not stored`)
      const hasLeft =
        within !== undefined && (operation.batch !== within.number || !isInBatch(operation.state))
      if (hasLeft || !REQUEST_TRANSITIONS[operation.state].includes(to)) {
        return [{ id, batchId: (joins ?? within)?.id ?? null, from: operation.state, to }]
      }
      update.run({ sequence: operation.sequence, ...change })
      return []
    })
  }
}

/** True while an operation is in a batch. In other states, the row names the last batch. */
function isInBatch(state: RequestStateName): boolean {
  return state === 'batching' || state === 'submitted'
}

/** Returns the operations of a revived batch from their verdicts to `submitted`. */
export type ReviveInBatch = (
  ids: readonly OperationId[],
  into: { readonly batch: BatchNumber; readonly txHash: Hash; readonly at: Millis },
) => void

export function createReviveInBatch(database: Database): ReviveInBatch {
  const update = database.prepare<{ ids: string; batch: BatchNumber; txHash: Hash; at: Millis }>(`
    UPDATE operations SET state = 'submitted', txHash = :txHash, status = NULL, updatedAt = :at
    WHERE id IN (SELECT value FROM json_each(:ids)) AND batch = :batch AND state IN ('finalized', 'failed')`)
  return (ids, into) => void update.run({ ids: JSON.stringify(ids), ...into })
}

/** Returns an operation to `queued` if its verdict depends on an evidence block. */
export function createReviveInQueue(database: Database): (id: OperationId, at: Millis) => void {
  const update = database.prepare<{ id: OperationId; at: Millis }>(`
    UPDATE operations SET state = 'queued', status = NULL, evidenceBlock = NULL, updatedAt = :at
    WHERE id = :id AND evidenceBlock IS NOT NULL`)
  return (id, at) => void update.run({ id, at })
}
