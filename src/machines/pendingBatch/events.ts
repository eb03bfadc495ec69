/** The records and observer events of a pendingBatch. */
import type { BatchPlan, BatchState, TransactionAttempt } from '../../domain/batch.ts'
import type { BatchEvent } from '../../domain/events.ts'
import type { OperationId } from '../../domain/operation.ts'
import type { Hash, Millis } from '../../domain/primitives.ts'
import type { Refusal } from '../../domain/refusal.ts'
import type { StoreWrite } from '../../domain/writes.ts'
import type { Fees, TransactionsChanged } from '../protocol.ts'
import type { InclusionReport, PendingBatchContext, SimulationReport } from './context.ts'
import { isAccepted } from './replacement.ts'
import { isCancelIncluded, newestAttempt, planOf } from './rules.ts'

export function enteredWrite({ batchId, now }: PendingBatchContext, state: BatchState): StoreWrite {
  return { type: 'batch.entered', batchId, state, at: now() }
}

export function plannedWrite({ batchId }: PendingBatchContext, plan: BatchPlan, at: Millis): StoreWrite {
  return { type: 'batch.planned', batchId, plan, at }
}

export function refusedWrite(
  { batchId, now }: PendingBatchContext,
  txHash: Hash,
  refusal: Refusal,
): StoreWrite {
  return { type: 'attempt.refused', batchId, txHash, refusal, at: now() }
}

export function submittedWrite(context: PendingBatchContext, { hash }: TransactionAttempt): StoreWrite {
  return { type: 'batch.submitted', batchId: context.batchId, txHash: hash, at: context.now() }
}

export function includedWrite(context: PendingBatchContext): StoreWrite {
  return {
    type: 'batch.included',
    batchId: context.batchId,
    inclusion: context.inclusion,
    at: context.now(),
  }
}

/** The attempts that carry operations, for the levels of finality. */
export function transactionsChanged(context: PendingBatchContext, isSettled: boolean): TransactionsChanged {
  const { batchId, attempts, inclusion } = context
  return {
    type: 'transactions.changed',
    batchId,
    hashes: attempts.filter(({ purpose }) => purpose === 'batch').map(({ hash }) => hash),
    inclusion: isCancelIncluded(context) ? null : inclusion,
    isSettled,
  }
}

export function simulatedEvent(context: PendingBatchContext, report: SimulationReport): BatchEvent {
  const dropped = Object.values(report.statuses)
  return {
    type: 'batch.simulated',
    batchId: context.batchId,
    kept: context.operations.length - dropped.length,
    failed: dropped.filter(({ type }) => type === 'Failed').length,
    evicted: dropped.filter(({ type }) => type === 'Evicted').length,
    gasLimit: report.plan?.gasLimit ?? 0,
    duration: report.at - context.createdAt,
    at: report.at,
  }
}

/** The operations of an attempt's plan; none for a cancel. */
function carriedOperations(context: PendingBatchContext, txHash: Hash): readonly OperationId[] {
  const carrier = context.attempts.find(({ hash }) => hash === txHash)
  if (carrier === undefined || carrier.plan === null) return []
  return planOf(context, carrier).calls.flatMap(({ operations }) => operations)
}

export function submittedEvent(context: PendingBatchContext, sent: TransactionAttempt): BatchEvent {
  const { hash, nonce, purpose, maxFeePerGas, maxPriorityFeePerGas } = sent
  const at = context.now()
  return {
    type: 'batch.submitted',
    batchId: context.batchId,
    operations: carriedOperations(context, hash),
    txHash: hash,
    nonce,
    purpose,
    maxFeePerGas,
    maxPriorityFeePerGas,
    duration: context.submittedAt === null ? at - (context.simulationCompletedAt ?? context.createdAt) : null,
    at,
  }
}

export function refusedEvent(
  { batchId, now }: PendingBatchContext,
  txHash: Hash,
  refusal: Refusal,
): BatchEvent {
  const { class: kind, words, endpoint } = refusal
  return { type: 'transaction.refused', batchId, txHash, class: kind, words, endpoint, at: now() }
}

/**
 * The event for a replacement that a price above the market did not need.
 * @param market the fees of a first attempt now
 * @returns null when the price of the replaced attempt is below the market
 */
export function suspectedEvent(context: PendingBatchContext, market: Fees): BatchEvent | null {
  const { hash: txHash, maxFeePerGas, maxPriorityFeePerGas } = newestAttempt(context)
  const isSufficient =
    maxFeePerGas >= market.maxFeePerGas && maxPriorityFeePerGas >= market.maxPriorityFeePerGas
  if (!isSufficient || !isAccepted(context) || context.resubmissionReason !== 'Timeout') return null
  const { batchId, now } = context
  return {
    type: 'endpoint.suspected',
    batchId,
    txHash,
    maxFeePerGas,
    maxPriorityFeePerGas,
    market,
    at: now(),
  }
}

/** @param replaced false for a rebroadcast of unchanged bytes */
export function resubmittedEvent(context: PendingBatchContext, replaced: boolean): BatchEvent {
  const { hash, purpose } = newestAttempt(context)
  return {
    type: 'batch.resubmitted',
    batchId: context.batchId,
    reason: context.resubmissionReason,
    replaced,
    purpose,
    txHash: hash,
    at: context.now(),
  }
}

export function displacedEvent(
  context: PendingBatchContext,
  { consumedBy }: Pick<InclusionReport, 'consumedBy'>,
): BatchEvent {
  return {
    type: 'batch.displaced',
    batchId: context.batchId,
    nonce: newestAttempt(context).nonce,
    txHash: consumedBy === 'unknown' ? null : consumedBy,
    at: context.now(),
  }
}

/** @returns null before inclusion */
export function includedEvent(context: PendingBatchContext): BatchEvent | null {
  if (context.inclusion === null) return null
  const at = context.now()
  return {
    type: 'batch.included',
    batchId: context.batchId,
    operations: carriedOperations(context, context.inclusion.txHash),
    txHash: context.inclusion.txHash,
    blockNumber: context.inclusion.blockNumber,
    blocksWaited: context.blocksSinceSubmission,
    duration: at - (context.submittedAt ?? at),
    at,
  }
}

/** @returns null when no inclusion is known */
export function reorgedEvent({ batchId, inclusion, now }: PendingBatchContext): BatchEvent | null {
  if (inclusion === null) return null
  return { type: 'batch.reorged', batchId, txHash: inclusion.txHash, at: now() }
}
