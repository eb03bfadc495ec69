/** What follows from what a pendingBatch knows: the pure part of its statechart. */
import type { BatchPlan, FinalizedBatch, TransactionAttempt } from '../../domain/batch.ts'
import type { BlockHead } from '../../domain/chain.ts'
import type { OperationEvent } from '../../domain/events.ts'
import type { OperationId, QueuedOperation } from '../../domain/operation.ts'
import type { DurationMs, Hash, Millis } from '../../domain/primitives.ts'
import type { OpStatus } from '../../domain/status.ts'
import type { Fees, SignatureRequested, TransactionRequest } from '../protocol.ts'
import type { InclusionReport, OutcomeInput, PendingBatchContext } from './context.ts'

/** Pause before an effect that failed is tried again. */
export const PAUSE_MS = 1_000

/** Blocks without a sign of inclusion after which the chain is asked all the same: a block may have been missed. */
export const BLOCKS_BETWEEN_CHECKS = 5

/** Blocks after which the same bytes are sent again: a pool may have dropped them without a word. */
const BLOCKS_BETWEEN_BROADCASTS = 2

/** The newest signed transaction: the one to send. @throws Error before the first was signed */
export function newestAttempt({ attempts }: PendingBatchContext): TransactionAttempt {
  const newest = attempts.at(-1)
  if (newest === undefined) throw new Error('the batch has no signed transaction yet')
  return newest
}

/** The plan. @throws Error before simulation */
export function planOf({ plan }: PendingBatchContext): BatchPlan {
  if (plan === null) throw new Error('the batch has no plan yet')
  return plan
}

/** What to have signed: at first the batch's transaction; when it was not included for too long, the same or a cancel. */
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
  if (isGivenUp(context, context.now())) return { purpose: 'cancel', batchId }
  const { callData, gasLimit } = planOf(context)
  return { purpose: 'batch', batchId, to: target, data: callData, gasLimit }
}

/**
 * Whether only its nonce is to be consumed now: it was replaced as often as allowed, could have landed for too long, or
 * never had anything else to do. A batch that has a cancel in the pool goes on with cancels.
 */
function isGivenUp(context: PendingBatchContext, at: Millis): boolean {
  const { attempts, gapNonce, config } = context
  if (gapNonce !== null) return true
  if (attempts.length === 0) return false
  return (
    attempts.some(({ purpose }) => purpose === 'cancel') ||
    resubmissions(context) >= config.maxResubmissions ||
    couldLandFor(context, context.submittedAt, at) >= config.cancelTimeout
  )
}

/** How often it was replaced. */
export function resubmissions({ attempts }: PendingBatchContext): number {
  return Math.max(0, attempts.length - 1)
}

/** The highest fees ever tried, on each field. A replacement must outbid both, refused attempts included. */
function highestFees({ attempts }: PendingBatchContext): Fees {
  return {
    maxFeePerGas: Math.max(...attempts.map((attempt) => attempt.maxFeePerGas)),
    maxPriorityFeePerGas: Math.max(...attempts.map((attempt) => attempt.maxPriorityFeePerGas)),
  }
}

export function outcomeInput(context: PendingBatchContext): OutcomeInput {
  const { inclusion, operations } = context
  if (inclusion === null) throw new Error('the batch is in no block yet')
  return { plan: isConsumed(context) ? null : planOf(context), operations, inclusion }
}

/** Whether what was included is a transaction that only consumes the nonce. */
function isConsumed({ attempts, inclusion }: PendingBatchContext): boolean {
  return attempts.some(({ hash, purpose }) => hash === inclusion?.txHash && purpose === 'cancel')
}

/** Whether its operations have lost their transaction to its own cancel. */
export function isCancelled(context: PendingBatchContext): boolean {
  return context.gapNonce === null && isConsumed(context)
}

export function hashesOf({ attempts }: PendingBatchContext): readonly Hash[] {
  return attempts.map(({ hash }) => hash)
}

/** Whether a block holds any of the batch's transactions. */
export function isIncludedIn(context: PendingBatchContext, head: BlockHead): boolean {
  return context.attempts.some(({ hash }) => head.transactions.includes(hash))
}

/**
 * Whether another transaction has taken its nonce for good. Which one it was is proof; where the node cannot say, two looks
 * at different heads have to agree, since a missing receipt alone is no evidence.
 */
export function isLost({ lostAt }: PendingBatchContext, report: InclusionReport): boolean {
  if (report.consumedBy !== 'unknown') return report.consumedBy !== null
  return lostAt !== null && report.blockNumber > lostAt
}

/** Whether a look found the batch where it was found before. */
export function isSameInclusion({ inclusion }: PendingBatchContext, report: InclusionReport): boolean {
  return inclusion !== null && report.inclusion?.blockHash === inclusion.blockHash
}

/** Whether enough blocks stand on the one that it is in. */
export function isDeepEnough({ inclusion, headNumber, config }: PendingBatchContext): boolean {
  return inclusion !== null && headNumber - inclusion.blockNumber >= config.confirmations
}

/**
 * Time to bid more: its nonce is the next, it could have landed for as long as the timeout, and a block went by without
 * it. A fee does not help a transaction that waits behind another one, nor when no block comes.
 */
export function isOverdue(context: PendingBatchContext, at: Millis): boolean {
  const { lastOffer, headNumber, config } = context
  return (
    lastOffer !== null &&
    headNumber > lastOffer.headNumber &&
    couldLandFor(context, lastOffer.at, at) >= config.resubmitTimeout
  )
}

/** For how long something sent could have landed: since then, or since its nonce's turn came. */
function couldLandFor({ headSince }: PendingBatchContext, sentAt: Millis | null, at: Millis): DurationMs {
  return headSince === null || sentAt === null ? 0 : at - Math.max(headSince, sentAt)
}

/** Time to look for a receipt although no block was seen to hold one. */
export function isCheckDue({ blocksSinceCheck }: PendingBatchContext): boolean {
  return blocksSinceCheck + 1 >= BLOCKS_BETWEEN_CHECKS
}

/** Time to send the same bytes again, in case that a pool has dropped them. */
export function isRebroadcastDue({ blocksSinceBroadcast }: PendingBatchContext): boolean {
  return blocksSinceBroadcast + 1 >= BLOCKS_BETWEEN_BROADCASTS
}

/** Whether its newest transaction was never given to a node. */
export function isUnsent(context: PendingBatchContext): boolean {
  return context.lastBroadcast?.hash !== newestAttempt(context).hash
}

/** Time to offer the same bytes again: the node did not take them, and the pause is over. */
export function isRetryDue({ lastBroadcast }: PendingBatchContext, at: Millis): boolean {
  return lastBroadcast?.accepted === false && at - lastBroadcast.at >= PAUSE_MS
}

/** What a batch that ended early says of an operation that it has no verdict on. */
export const unjudged: OpStatus = { type: 'Evicted', reason: 'DependencyNotReady', nextNonce: null }

/** The same, of a batch that was cancelled because it did not land in time. */
const timedOut: OpStatus = { type: 'Evicted', reason: 'Timeout', nextNonce: null }

/** The batch's end as it is recorded. */
export function finalizedBatch(context: PendingBatchContext, at: Millis): FinalizedBatch {
  const statuses: Record<OperationId, OpStatus> = { ...context.statuses }
  for (const { id } of context.operations) statuses[id] ??= isCancelled(context) ? timedOut : unjudged
  return {
    batchId: context.batchId,
    txHash: context.inclusion?.txHash ?? null,
    blockNumber: context.inclusion?.blockNumber ?? null,
    gasUsed: context.gasUsed,
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

/** What observers are told of operations that left a batch. */
export function settledEvents(
  operations: readonly QueuedOperation[],
  statuses: Readonly<Record<OperationId, OpStatus>>,
  at: Millis,
): readonly OperationEvent[] {
  return operations.map(({ id, kind, receivedAt }) => {
    const status = statuses[id] ?? unjudged
    return { type: 'operation.settled', id, kind, status, receivedAt, at }
  })
}
