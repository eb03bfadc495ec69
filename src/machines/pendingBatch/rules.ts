/** The rules of a pendingBatch: the next attempt, and the settlement of the batch. Pure. */
import type { BatchPlan, FinalizedBatch, TransactionAttempt } from '../../domain/batch.ts'
import type { OperationEvent } from '../../domain/events.ts'
import type { OperationId, QueuedOperation } from '../../domain/operation.ts'
import type { DurationMs, Hash, Millis } from '../../domain/primitives.ts'
import type { OpStatus } from '../../domain/status.ts'
import type { Fees, SignatureRequested, TransactionRequest } from '../protocol.ts'
import type { OutcomeInput, PendingBatchContext } from './context.ts'

/** Pause after a failed effect, in milliseconds. */
export const PAUSE_MS = 1_000

/** Number of blocks before a check for the receipt, even without a seen hash: a block may have been missed. */
export const BLOCKS_BETWEEN_CHECKS = 5

/** Number of blocks before a rebroadcast of the newest attempt: pools drop transactions without notice. */
export const BLOCKS_BETWEEN_BROADCASTS = 2

/** The newest attempt. @throws Error before the first signature */
export function newestAttempt({ attempts }: PendingBatchContext): TransactionAttempt {
  const newest = attempts.at(-1)
  if (newest === undefined) throw new Error('batch has no signed transaction yet')
  return newest
}

/** @throws Error before simulation */
export function planOf({ plan }: PendingBatchContext): BatchPlan {
  if (plan === null) throw new Error('batch has no plan yet')
  return plan
}

/** The signature to request: for the batch's transaction at first, then for a replacement or a cancel. */
export function signatureRequest(context: PendingBatchContext): SignatureRequested {
  const { attempts, gapNonce } = context
  return {
    type: 'signature.requested',
    request: transactionRequest(context),
    nonce: attempts.length > 0 ? newestAttempt(context).nonce : gapNonce,
    highest: attempts.length > 0 ? highestFees(context) : null,
  }
}

function transactionRequest(context: PendingBatchContext): TransactionRequest {
  const { batchId, target } = context
  if (isCancelDue(context, context.now())) return { purpose: 'cancel', batchId }
  const { callData, gasLimit } = planOf(context)
  return { purpose: 'batch', batchId, to: target, data: callData, gasLimit }
}

/**
 * Whether the next attempt is a cancel: the batch only fills a gap, has used all its replacements, was includable for the
 * cancel timeout, or has a cancel in the pool already. After a cancel only cancels follow.
 */
function isCancelDue(context: PendingBatchContext, at: Millis): boolean {
  const { attempts, gapNonce, config } = context
  if (gapNonce !== null) return true
  if (attempts.length === 0) return false
  return (
    attempts.some(({ purpose }) => purpose === 'cancel') ||
    resubmissions(context) >= config.maxResubmissions ||
    includableFor(context, context.submittedAt, at) >= config.cancelTimeout
  )
}

/** The number of replacements so far. */
export function resubmissions({ attempts }: PendingBatchContext): number {
  return Math.max(0, attempts.length - 1)
}

/** The highest value of each fee in all attempts, refused attempts included. A replacement must exceed both. */
function highestFees({ attempts }: PendingBatchContext): Fees {
  return {
    maxFeePerGas: Math.max(...attempts.map((attempt) => attempt.maxFeePerGas)),
    maxPriorityFeePerGas: Math.max(...attempts.map((attempt) => attempt.maxPriorityFeePerGas)),
  }
}

/** @throws Error before inclusion */
export function outcomeInput(context: PendingBatchContext): OutcomeInput {
  const { inclusion, operations } = context
  if (inclusion === null) throw new Error('batch is not included yet')
  return { plan: isCancelIncluded(context) ? null : planOf(context), operations, inclusion }
}

/** Whether the included attempt is a cancel. */
export function isCancelIncluded({ attempts, inclusion }: PendingBatchContext): boolean {
  return attempts.some(({ hash, purpose }) => hash === inclusion?.txHash && purpose === 'cancel')
}

export function hashesOf({ attempts }: PendingBatchContext): readonly Hash[] {
  return attempts.map(({ hash }) => hash)
}

/** For how long an attempt could have been included: since the broadcast, or since the chain accepts the nonce next. */
export function includableFor(
  { nextNonceSince }: PendingBatchContext,
  sentAt: Millis | null,
  at: Millis,
): DurationMs {
  return nextNonceSince === null || sentAt === null ? 0 : at - Math.max(nextNonceSince, sentAt)
}

/** The status of an operation that leaves a batch without a verdict. */
export const noVerdict: OpStatus = { type: 'Evicted', reason: 'DependencyNotReady', nextNonce: null }

/** The status of an operation of a cancelled batch. */
const timedOut: OpStatus = { type: 'Evicted', reason: 'Timeout', nextNonce: null }

/** The settled batch as it is stored. */
export function finalizedBatch(context: PendingBatchContext, at: Millis): FinalizedBatch {
  const statuses: Record<OperationId, OpStatus> = { ...context.statuses }
  for (const { id } of context.operations) statuses[id] ??= isCancelIncluded(context) ? timedOut : noVerdict
  return {
    batchId: context.batchId,
    txHash: context.inclusion?.txHash ?? null,
    blockNumber: context.inclusion?.blockNumber ?? null,
    gasUsed: context.gasUsed,
    ...(context.cost !== null && { cost: context.cost }),
    statuses,
    timing: {
      createdAt: context.createdAt,
      simulationCompletedAt: context.simulationCompletedAt,
      submittedAt: context.submittedAt,
      finalizedAt: at,
      totalDuration: at - context.createdAt,
      resubmissionCount: resubmissions(context),
    },
    failure: context.failure,
  }
}

/** An `operation.settled` event for each operation that leaves a batch. */
export function settledEvents(
  operations: readonly QueuedOperation[],
  statuses: Readonly<Record<OperationId, OpStatus>>,
  at: Millis,
): readonly OperationEvent[] {
  return operations.map(({ id, kind, receivedAt }) => {
    const status = statuses[id] ?? noVerdict
    return { type: 'operation.settled', id, kind, status, receivedAt, at }
  })
}
