/** The attempts and the settlement of a pendingBatch. Pure. */
import type { BatchPlan, FinalizedBatch, TransactionAttempt } from '../../domain/batch.ts'
import type { Cost } from '../../domain/cost.ts'
import type { OperationEvent } from '../../domain/events.ts'
import type { OperationId, QueuedOperation } from '../../domain/operation.ts'
import type { Hash, Millis } from '../../domain/primitives.ts'
import type { OpStatus } from '../../domain/status.ts'
import { expectedGas } from '../../policy/gasLimit.ts'
import type { GasUsage } from '../../policy/gasReserve.ts'
import type { OutcomeInput, PendingBatchContext, SimulationInput } from './context.ts'

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

/** The plan of an attempt. @throws Error for a cancel */
export function planOf({ plans }: PendingBatchContext, { plan }: TransactionAttempt): BatchPlan {
  const planned = plans[plan ?? -1]
  if (planned === undefined) throw new Error('attempt carries no plan')
  return planned
}

/** The newest plan. @throws Error before simulation */
export function newestPlan({ plans }: PendingBatchContext): BatchPlan {
  const newest = plans.at(-1)
  if (newest === undefined) throw new Error('batch has no plan yet')
  return newest
}

/** The number of replacements so far. */
function replacements({ attempts }: PendingBatchContext): number {
  return Math.max(0, attempts.length - 1)
}

export function simulationInput({
  operations,
  gasCap,
  ahead,
  gasReserve,
}: PendingBatchContext): SimulationInput {
  return { operations, gasCap, ahead, gasReserve }
}

/**
 * The gas of the included plan, expected and used; null without verdicts of a plan. A plan with foreign code teaches nothing,
 * and has no measured kinds.
 */
export function gasUsage(context: PendingBatchContext): GasUsage | null {
  const { measured, gasUsed, extraReserve, statuses } = context
  const included = includedAttempt(context)
  if (included?.plan == null || gasUsed === 0) return null
  const { calls, callData } = planOf(context, included)
  const ids = calls.flatMap(({ operations }) => operations)
  return {
    kinds: measured.map(({ kind }) => kind),
    expected: expectedGas(calls, callData),
    extraReserve,
    used: gasUsed,
    isComplete: ids.every((id) => statuses[id]?.type === 'Finalized'),
  }
}

/** @throws Error before inclusion */
export function outcomeInput(context: PendingBatchContext): OutcomeInput {
  const { inclusion, operations } = context
  if (inclusion === null) throw new Error('batch is not included yet')
  const included = includedAttempt(context)
  return { plan: included?.plan == null ? null : planOf(context, included), operations, inclusion }
}

/** The included attempt; undefined before inclusion. */
function includedAttempt({ attempts, inclusion }: PendingBatchContext): TransactionAttempt | undefined {
  return attempts.find(({ hash }) => hash === inclusion?.txHash)
}

/** Whether the included attempt is a cancel. */
export function isCancelIncluded(context: PendingBatchContext): boolean {
  return includedAttempt(context)?.purpose === 'cancel'
}

export function hashesOf({ attempts }: PendingBatchContext): readonly Hash[] {
  return attempts.map(({ hash }) => hash)
}

/** The status of an operation that leaves a batch without a verdict. */
export const noVerdict: OpStatus = { type: 'Evicted', reason: 'DependencyNotReady', nextNonce: null }

/** The status of an operation of a batch that was cancelled, or never signed. */
const timedOut: OpStatus = { type: 'Evicted', reason: 'Timeout', nextNonce: null }

/** The status of an operation that the included plan leaves out. */
const noRoom: OpStatus = { type: 'Evicted', reason: 'BatchFull', nextNonce: null }

/** The settled batch as it is stored. */
export function finalizedBatch(context: PendingBatchContext, at: Millis): FinalizedBatch {
  const statuses: Record<OperationId, OpStatus> = { ...context.statuses }
  for (const { id } of context.operations) statuses[id] ??= withoutVerdict(context, id)
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
      resubmissionCount: replacements(context),
    },
    failure: context.failure,
  }
}

/** The status of an operation for which the included attempt has no verdict. */
function withoutVerdict(context: PendingBatchContext, id: OperationId): OpStatus {
  const included = includedAttempt(context)
  if (included === undefined) return context.attempts.length === 0 ? timedOut : noVerdict
  if (included.plan === null) return timedOut
  return planOf(context, included).calls.some(({ operations }) => operations.includes(id))
    ? noVerdict
    : noRoom
}

/**
 * An `operation.settled` event for each operation that leaves a batch.
 * @param shares in the cost of the included transaction
 */
export function settledEvents(
  operations: readonly QueuedOperation[],
  statuses: Readonly<Record<OperationId, OpStatus>>,
  at: Millis,
  shares: Readonly<Record<OperationId, Cost>> = {},
): readonly OperationEvent[] {
  return operations.map(({ id, kind, receivedAt }) => {
    const status = statuses[id] ?? noVerdict
    return { type: 'operation.settled', id, kind, status, cost: shares[id] ?? null, receivedAt, at }
  })
}
