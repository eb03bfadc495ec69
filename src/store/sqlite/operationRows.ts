/**
 * Rows of operations, and the records of the domain that they stand for.
 *
 * Operations are read by the ten thousand, and the driver's price is per value. So SQLite packs an operation's columns,
 * and a page of operations, into one JSON array, which is about twice as fast as a row of values.
 */
import type { OpEnvelope, Operation, OperationId, QueuedOperation } from '../../domain/operation.ts'
import type { Address, Hash } from '../../domain/primitives.ts'
import {
  describeFailure,
  type GatewayRequestState,
  type OpStatus,
  type RequestStateName,
} from '../../domain/status.ts'
import type { OperationRecord } from '../port.ts'

/** SQL for a row of `operations` without its payload, as `decodeQueued` reads it. */
export const QUEUED = `json_array(
  operations.id, kind, priority, leaf, nonce, json(claims), receivedAt, operations.sequence, bytes, tries
)`

/** What `QUEUED` yields once parsed. */
export type QueuedTuple = readonly [
  id: OperationId,
  kind: QueuedOperation['kind'],
  priority: QueuedOperation['priority'],
  leaf: string | null,
  nonce: number | null,
  claims: readonly string[],
  receivedAt: number,
  sequence: number,
  bytes: number,
  tries: number,
]

export function decodeQueued(tuple: QueuedTuple): QueuedOperation {
  const [id, kind, priority, leaf, nonce, claims, receivedAt, sequence, bytes, tries] = tuple
  const lane = leaf === null || nonce === null ? null : { leaf, nonce }
  return { id, kind, priority, lane, claims, receivedAt, sequence, bytes, tries }
}

/** SQL for a row of `operations` joined with `payloads`, as `decodeEnvelope` reads it. */
export const ENVELOPE = `json_array(${QUEUED}, json(operation), signer)`

/** What `ENVELOPE` yields once parsed. */
export type EnvelopeTuple = readonly [queued: QueuedTuple, operation: Operation, signer: Address | null]

export function decodeEnvelope([queued, operation, signer]: EnvelopeTuple): OpEnvelope {
  return { ...decodeQueued(queued), operation, signer }
}

/** What tells where an operation is. */
export interface StateRow {
  readonly state: RequestStateName
  readonly txHash: Hash | null
  /** JSON: `OpStatus`. */
  readonly status: string | null
}

export interface OperationRow extends StateRow {
  /** JSON: `EnvelopeTuple`. */
  readonly envelope: string
  readonly batchId: string | null
  readonly updatedAt: number
}

export function decodeOperation(row: OperationRow): OperationRecord {
  const status: OpStatus | null = row.status === null ? null : JSON.parse(row.status)
  return {
    envelope: decodeEnvelope(JSON.parse(row.envelope)),
    state: requestState(row, status),
    batchId: row.batchId,
    status,
    updatedAt: row.updatedAt,
  }
}

export function decodeState(row: StateRow): GatewayRequestState {
  return requestState(row, row.status === null ? null : JSON.parse(row.status))
}

/** Only an end stores a status other than an eviction, and only a broadcast a hash. */
function requestState({ state, txHash }: StateRow, status: OpStatus | null): GatewayRequestState {
  if (status?.type === 'Finalized') return { state: 'finalized', txHash: status.txHash }
  if (status?.type === 'Failed') return { state: 'failed', ...describeFailure(status.reason, status.txHash) }
  if (txHash !== null) return { state: 'submitted', txHash }
  return { state: state === 'batching' ? 'batching' : 'queued' }
}
