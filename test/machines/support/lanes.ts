/** Lanes, operations and statuses for the tests of the lane rules. */
import type { QueuedOperation } from '../../../src/domain/operation.ts'
import type { OpStatus } from '../../../src/domain/status.ts'
import { type LaneEffects, type Lanes, noLanes } from '../../../src/machines/nonceTracker/laneState.ts'
import { admit, stored } from '../../../src/machines/nonceTracker/lanes.ts'
import type { Eviction } from '../../../src/machines/nonceTracker/returnEvicted.ts'
import { hash, inLane } from './samples.ts'

export const nothing = { ready: [], withdrawn: [] }
export const third = inLane(3, 'a', 3)
export const fourth = inLane(4, 'a', 4)
export const fifth = inLane(5, 'a', 5)
export const sixth = inLane(6, 'a', 6)

/** Lanes with operations that are admitted and on disk. */
export function holding(operations: readonly QueuedOperation[], chainNonce = 3): Lanes {
  return operations.reduce(
    (lanes, operation) => stored(admit(lanes, operation, chainNonce, 0), operation.id, 0)[0],
    noLanes,
  )
}

export const finalized: OpStatus = { type: 'Finalized', txHash: hash('f'), blockNumber: 1, gasUsed: 1 }
export const failed: OpStatus = { type: 'Failed', reason: { type: 'InvalidSignature' }, txHash: null }
export const tooLow = (expected: number): OpStatus => ({
  type: 'Failed',
  reason: { type: 'NonceTooLow', expected },
  txHash: null,
})
export const evicted = (
  nextNonce: number | null,
  reason: Eviction['reason'] = 'DependencyNotReady',
): Eviction => ({
  type: 'Evicted',
  reason,
  nextNonce,
})

export function ids({ ready, withdrawn }: LaneEffects) {
  return { ready: ready.map(({ id }) => id), withdrawn: withdrawn.map(({ id }) => id) }
}
