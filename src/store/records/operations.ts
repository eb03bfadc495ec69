/** Rows of operations, and their domain records. The columns are the same in every database. */
import type { BatchId } from '../../domain/batch.ts'
import { type Cost, sumCosts } from '../../domain/cost.ts'
import type { OpEnvelope, Operation, OperationId, QueuedOperation } from '../../domain/operation.ts'
import type { Address, Hash } from '../../domain/primitives.ts'
import type { Progress } from '../../domain/progress.ts'
import {
  describeFailure,
  type GatewayRequestState,
  type OpStatus,
  type RequestStateName,
} from '../../domain/status.ts'
import type { OperationRecord } from '../port.ts'
import { decodeFinality } from './batches.ts'

/** The result of `QUEUED`, parsed. */
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
  client: string | null,
]

export function decodeQueued(tuple: QueuedTuple): QueuedOperation {
  const [id, kind, priority, leaf, nonce, claims, receivedAt, sequence, bytes, tries, client] = tuple
  const lane = leaf === null || nonce === null ? null : { leaf, nonce }
  return { id, kind, priority, lane, claims, client, receivedAt, sequence, bytes, tries }
}

/** The result of `ENVELOPE`, parsed. */
export type EnvelopeTuple = readonly [queued: QueuedTuple, operation: Operation, signer: Address | null]

export function decodeEnvelope([queued, operation, signer]: EnvelopeTuple): OpEnvelope {
  return { ...decodeQueued(queued), operation, signer }
}

/** The columns with the state of an operation. */
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
  /** JSON: `Cost` by batch id. */
  readonly costs: string
}

export function decodeOperation(row: OperationRow): OperationRecord {
  const status: OpStatus | null = row.status === null ? null : JSON.parse(row.status)
  const costs: Readonly<Record<BatchId, Cost>> = JSON.parse(row.costs)
  return {
    envelope: decodeEnvelope(JSON.parse(row.envelope)),
    state: requestState(row, status),
    batchId: row.batchId,
    status,
    cost: sumCosts(Object.values(costs)),
    updatedAt: row.updatedAt,
  }
}

export function decodeState(row: StateRow): GatewayRequestState {
  return requestState(row, row.status === null ? null : JSON.parse(row.status))
}

/** A status other than an eviction is a verdict. Only a broadcast stores a hash. */
function requestState({ state, txHash }: StateRow, status: OpStatus | null): GatewayRequestState {
  if (status?.type === 'Finalized') return { state: 'finalized', txHash: status.txHash }
  if (status?.type === 'Failed') return { state: 'failed', ...describeFailure(status.reason, status.txHash) }
  if (txHash !== null) return { state: 'submitted', txHash }
  return { state: state === 'batching' ? 'batching' : 'queued' }
}

export interface ProgressRow {
  readonly batchId: BatchId | null
  /** JSON: `Finality`. */
  readonly finality: string | null
}

/** The levels are those of the transaction that gave the verdict. A queued operation has left its batch. */
export function decodeProgress({ batchId, finality: json, ...row }: StateRow & ProgressRow): Progress {
  const { state } = row
  const finality = decodeFinality(json)
  const verdict: OpStatus | null = row.status === null ? null : JSON.parse(row.status)
  const isCarried =
    state === 'submitted' ||
    (verdict !== null && verdict.type !== 'Evicted' && verdict.txHash === finality?.txHash)
  return { state, batchId, levels: isCarried && finality !== null ? finality.levels : {} }
}

export type Statuses = Readonly<Record<OperationId, OpStatus>>

/** The operations with a final status: finalized or failed. */
export function withVerdict(statuses: Statuses, unmoved: ReadonlySet<OperationId>): readonly OperationId[] {
  return Object.entries(statuses)
    .filter(([id, { type }]) => type !== 'Evicted' && !unmoved.has(id))
    .map(([id]) => id)
}

/** The state of an operation after each status. */
export const STATE_AFTER: Readonly<Record<OpStatus['type'], RequestStateName>> = {
  Finalized: 'finalized',
  Failed: 'failed',
  Evicted: 'queued',
}
