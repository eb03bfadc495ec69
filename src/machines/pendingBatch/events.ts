/** The records and observer events of a pendingBatch. */
import type { BatchPlan, TransactionAttempt } from '../../domain/batch.ts'
import type { BatchEvent } from '../../domain/events.ts'
import type { StoreWrite } from '../../domain/writes.ts'
import type { InclusionReport, PendingBatchContext, SimulationReport } from './context.ts'
import { newestAttempt } from './rules.ts'

export function plannedWrite(context: PendingBatchContext, plan: BatchPlan): StoreWrite {
  const at = context.simulationCompletedAt ?? context.createdAt
  return { type: 'batch.planned', batchId: context.batchId, plan, at }
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

export function submittedEvent(context: PendingBatchContext, sent: TransactionAttempt): BatchEvent {
  const { hash, nonce, purpose, maxFeePerGas, maxPriorityFeePerGas } = sent
  const at = context.now()
  return {
    type: 'batch.submitted',
    batchId: context.batchId,
    txHash: hash,
    nonce,
    purpose,
    maxFeePerGas,
    maxPriorityFeePerGas,
    duration: context.submittedAt === null ? at - (context.simulationCompletedAt ?? context.createdAt) : null,
    at,
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
