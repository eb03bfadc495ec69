/** The failing effects of a batch. */
import type { SystemEvent } from '../../domain/events.ts'
import { effectFailed, effectSucceeded, type FailureChange } from '../failingEffects.ts'
import type { PendingBatchContext } from './context.ts'

export type BatchEffect = 'loadBatch' | 'simulateBatch' | 'broadcast' | 'readInclusion' | 'readOutcome'

export type FailureEvent = Extract<SystemEvent, { type: 'failure.persisted' | 'failure.ended' }>

/** @param reason null after a success */
export function changeOf(
  context: PendingBatchContext,
  effect: BatchEffect,
  reason: string | null,
): FailureChange {
  const run = { actor: 'pendingBatch', batchId: context.batchId, effect, at: context.now() }
  return reason === null
    ? effectSucceeded(context.failing, run)
    : effectFailed(context.failing, run, reason, context.config.stallTimeout)
}
