/** The context of the nonceTracker, and the start after a restart. */
import type { DurationMs, Now } from '../../domain/primitives.ts'
import type { SettledOperation } from '../../domain/recovery.ts'
import type { LaneEffects, Lanes } from './laneState.ts'
import type { AdmissionLimits } from './limits.ts'
import { type RestoredOperations, restore } from './reclaim.ts'

export interface NonceTrackerContext {
  readonly lanes: Lanes
  /** Effects of the start. Empty after the opsBatcher has received them. */
  readonly restored: LaneEffects
  /** Settled operations to queue again at the start. Empty afterwards. */
  readonly orphaned: readonly SettledOperation[]
  readonly nextSequence: number
  readonly limits: AdmissionLimits
  readonly laneTimeout: DurationMs
  readonly operationDeadline: DurationMs
  readonly maxTries: number
  readonly now: Now
}

export interface NonceTrackerInput extends RestoredOperations {
  /** Operations without a transaction whose evidence block a reorg orphaned while the gateway was down. */
  readonly orphaned: readonly SettledOperation[]
  readonly nextSequence: number
  readonly limits: AdmissionLimits
  /** The lane deadline: how long an operation waits for an earlier nonce, in milliseconds. */
  readonly laneTimeout: DurationMs
  /** An operation without a verdict fails at this time after its acceptance, in milliseconds. */
  readonly operationDeadline: DurationMs
  /** An operation fails after running out of gas in this many batches. */
  readonly maxTries: number
  readonly now: Now
}

export function startContext(input: NonceTrackerInput): NonceTrackerContext {
  const [lanes, restored] = restore(input, input.now())
  return {
    lanes,
    restored,
    orphaned: input.orphaned,
    nextSequence: input.nextSequence,
    limits: input.limits,
    laneTimeout: input.laneTimeout,
    operationDeadline: input.operationDeadline,
    maxTries: input.maxTries,
    now: input.now,
  }
}
