/** Operations that fail at their deadline outside a batch. Pure. */
import type { OperationId, QueuedOperation } from '../../domain/operation.ts'
import type { Millis } from '../../domain/primitives.ts'
import type { FailureReason } from '../../domain/status.ts'
import { expiredInLane } from '../../policy/operationDeadline.ts'
import { type LaneEffects, type Lanes, mergeEffects } from './laneState.ts'
import { removeOperation } from './lanes.ts'

/** An operation that fails without a verdict of a batch. */
export type Failure = readonly [operation: QueuedOperation, reason: FailureReason]

/**
 * The operations that wait behind a missing nonce since before their deadline. The opsBatcher checks the ready operations.
 * @param acceptedBefore an operation received earlier has passed its deadline
 */
export function expiredWaiting({ lanes, gapped }: Lanes, acceptedBefore: Millis): readonly Failure[] {
  return [...gapped.keys()].flatMap((leaf) => {
    const { members = [], next = 0 } = lanes.get(leaf) ?? {}
    return members
      .filter(({ phase, operation }) => phase === 'waiting' && operation.receivedAt < acceptedBefore)
      .map(({ operation }): Failure => [operation, expiredInLane(next)])
  })
}

/** Removes failed operations. Later operations of their lanes are withdrawn. */
export function removeFailed(
  state: Lanes,
  failures: readonly Failure[],
  at: Millis,
): readonly [Lanes, LaneEffects] {
  let lanes = state
  const changes: LaneEffects[] = []
  for (const [operation] of failures) {
    const [next, effects] = removeOperation(lanes, operation, null, at)
    lanes = next
    changes.push(effects)
  }
  const { ready, withdrawn } = mergeEffects(changes)
  const removed = new Set<OperationId>(failures.map(([{ id }]) => id))
  const isLeft = ({ id }: QueuedOperation) => !removed.has(id)
  return [lanes, { ready: ready.filter(isLeft), withdrawn: withdrawn.filter(isLeft) }]
}
