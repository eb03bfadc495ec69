/** Operations that left a batch: each operation leaves the lane, returns to the lane, or fails. */
import type { OperationEvent } from '../../domain/events.ts'
import type { OperationId, QueuedOperation } from '../../domain/operation.ts'
import type { Millis } from '../../domain/primitives.ts'
import { type FailureReason, isCharged, type OpStatus } from '../../domain/status.ts'
import { expiredAfterBatch } from '../../policy/operationDeadline.ts'
import { noVerdict } from '../pendingBatch/rules.ts'
import { type OperationsLeft, type RecordRequested, recordRequested } from '../protocol.ts'
import type { NonceTrackerContext } from './context.ts'
import type { Failure } from './deadline.ts'
import { type LaneEffects, type Lanes, mergeEffects } from './laneState.ts'
import { removeOperation } from './lanes.ts'
import { returnEvicted } from './returnEvicted.ts'

/** An operation without a status counts as evicted. */
export function applyStatuses(
  { lanes: before, maxTries, operationDeadline, now }: NonceTrackerContext,
  { operations, statuses }: Omit<OperationsLeft, 'type'>,
): { readonly lanes: Lanes; readonly effects: LaneEffects; readonly failed: readonly Failure[] } {
  const at = now()
  let lanes = before
  const changes: LaneEffects[] = []
  const failed: Failure[] = []
  const removed = new Set<OperationId>()
  for (const operation of operations) {
    const status = statuses[operation.id] ?? noVerdict
    const failure = endOfTries(operation, status, { maxTries, acceptedBefore: at - operationDeadline })
    if (status.type === 'Evicted' && failure === null) {
      const [next, effects] = returnEvicted(lanes, operation, status, at)
      lanes = next
      changes.push(effects)
      const { expected } = effects
      if (expected !== null) failed.push([operation, { type: 'NonceTooHigh', expected }])
    } else {
      const [next, effects] = removeOperation(lanes, operation, status, at)
      lanes = next
      changes.push(effects)
      removed.add(operation.id)
      if (failure !== null) failed.push([operation, failure])
    }
  }
  const { ready, withdrawn } = mergeEffects(changes)
  // An earlier status of the batch may have readied an operation that a later status removes or makes back off.
  const isReady = ({ id }: QueuedOperation) => !removed.has(id) && !lanes.backingOff.has(id)
  return { lanes, effects: { ready: ready.filter(isReady), withdrawn }, failed }
}

interface TryLimits {
  readonly maxTries: number
  /** An operation received earlier has passed its deadline. */
  readonly acceptedBefore: Millis
}

/** Why an evicted operation is not tried again; null when it is tried again, or has a verdict. */
function endOfTries(
  { tries, receivedAt }: QueuedOperation,
  status: OpStatus,
  { maxTries, acceptedBefore }: TryLimits,
): FailureReason | null {
  if (status.type !== 'Evicted') return null
  if (isCharged(status) && tries + 1 >= maxTries) {
    return { type: 'Unknown', message: `given up: it ran out of gas in ${tries + 1} batches` }
  }
  return receivedAt < acceptedBefore ? expiredAfterBatch(status.reason) : null
}

/** The record of an operation that fails in the nonceTracker. */
export function failureOf(operation: QueuedOperation, reason: FailureReason, at: Millis): RecordRequested {
  const settled = settledEvent(operation, { type: 'Failed', reason, txHash: null }, at)
  return recordRequested({ type: 'operation.failed', id: operation.id, reason, at }, [settled])
}

/** The event of a verdict that no batch gave. */
export function settledEvent(
  { id, kind, receivedAt }: QueuedOperation,
  status: OpStatus,
  at: Millis,
): OperationEvent {
  return { type: 'operation.settled', id, kind, status, cost: null, receivedAt, at }
}
