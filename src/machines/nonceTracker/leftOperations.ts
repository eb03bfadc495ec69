/** Operations that left a batch: each operation leaves the lane, returns to the lane, or fails. */
import type { OperationEvent } from '../../domain/events.ts'
import type { OperationId, QueuedOperation } from '../../domain/operation.ts'
import type { Millis } from '../../domain/primitives.ts'
import { type FailureReason, isCharged } from '../../domain/status.ts'
import { noVerdict } from '../pendingBatch/rules.ts'
import { type OperationsLeft, type RecordRequested, recordRequested } from '../protocol.ts'
import type { NonceTrackerContext } from './context.ts'
import { type LaneEffects, type Lanes, mergeEffects } from './laneState.ts'
import { removeOperation } from './lanes.ts'
import { returnEvicted } from './returnEvicted.ts'

/** An operation that fails without a verdict of the batch. */
type Failure = readonly [operation: QueuedOperation, reason: FailureReason]

/** An operation without a status counts as evicted. */
export function applyStatuses(
  { lanes: before, maxTries, now }: NonceTrackerContext,
  { operations, statuses }: Omit<OperationsLeft, 'type'>,
): { readonly lanes: Lanes; readonly effects: LaneEffects; readonly failed: readonly Failure[] } {
  const at = now()
  let lanes = before
  const changes: LaneEffects[] = []
  const failed: Failure[] = []
  const removed = new Set<OperationId>()
  for (const operation of operations) {
    const status = statuses[operation.id] ?? noVerdict
    const tries = operation.tries + 1
    if (status.type === 'Evicted' && !(isCharged(status) && tries >= maxTries)) {
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
      if (status.type === 'Evicted') failed.push([operation, outOfTries(tries)])
    }
  }
  const { ready, withdrawn } = mergeEffects(changes)
  // An earlier status of the batch may have readied an operation that a later status removes or makes back off.
  const isReady = ({ id }: QueuedOperation) => !removed.has(id) && !lanes.backingOff.has(id)
  return { lanes, effects: { ready: ready.filter(isReady), withdrawn }, failed }
}

function outOfTries(tries: number): FailureReason {
  return { type: 'Unknown', message: `given up: it ran out of gas in ${tries} batches` }
}

/** The record of an operation that fails in the nonceTracker. */
export function failureOf(operation: QueuedOperation, reason: FailureReason, at: Millis): RecordRequested {
  const { id, kind, receivedAt } = operation
  const settled: OperationEvent = {
    type: 'operation.settled',
    id,
    kind,
    status: { type: 'Failed', reason, txHash: null },
    receivedAt,
    at,
  }
  return recordRequested({ type: 'operation.failed', id, reason, at }, [settled])
}
