/** What a pendingBatch knows, and what follows from that: the pure part of its statechart. */
import type {
  BatchId,
  BatchPlan,
  BatchRecord,
  FinalizedBatch,
  Inclusion,
  TransactionAttempt,
} from '../domain/batch.ts'
import type { BlockHead } from '../domain/chain.ts'
import type { TransactionConfig } from '../domain/config.ts'
import type { OperationEvent, ResubmissionReason } from '../domain/events.ts'
import type { OperationId, OperationKind, QueuedOperation } from '../domain/operation.ts'
import type { Gas, Hash, Millis, Now } from '../domain/primitives.ts'
import type { OpStatus } from '../domain/status.ts'
import type { Fees, TransactionRequest } from './protocol.ts'

/** What operations of a kind used together; the sizer learns from it. */
export interface MeasuredGas {
  readonly kind: OperationKind
  readonly operations: number
  readonly gas: Gas
}

export interface SimulationReport {
  /** Null when nothing is worth sending. */
  readonly plan: BatchPlan | null
  /** The fates of the operations that are not in the plan. */
  readonly statuses: Readonly<Record<OperationId, OpStatus>>
  readonly measured: readonly MeasuredGas[]
  readonly at: Millis
}

export interface SimulationInput {
  /** In the order in which they must run. */
  readonly operations: readonly QueuedOperation[]
  /** Most gas of the transaction. */
  readonly gasCap: Gas
}

/** What the node said to a signed transaction. */
export type BroadcastOutcome = 'accepted' | 'nonceConsumed' | 'underpriced'

/** Whether any of a batch's transactions is in a block. */
export interface InclusionReport {
  readonly inclusion: Inclusion | null
  /** Whether a canonical block at the configured depth has consumed the nonce, by whatever transaction. */
  readonly nonceConsumed: boolean
  /** The block in whose view this was read. */
  readonly blockNumber: number
}

export interface OutcomeInput {
  readonly plan: BatchPlan
  readonly operations: readonly QueuedOperation[]
  readonly inclusion: Inclusion
}

export type OutcomeReport =
  | {
      readonly type: 'settled'
      readonly statuses: Readonly<Record<OperationId, OpStatus>>
      readonly gasUsed: Gas
    }
  /** The receipt is gone or in another block: what was seen is no evidence any more. */
  | { readonly type: 'orphaned' }

export interface PendingBatchInput {
  readonly batchId: BatchId
  readonly operations: readonly QueuedOperation[]
  /** Most gas of its transaction, whatever was planned. */
  readonly gasCap: Gas
  readonly config: TransactionConfig
  /** The multicall contract. */
  readonly target: TransactionRequest['to']
  readonly createdAt: Millis
  readonly now: Now
  /** What the store knows of a batch that was signed before a restart; null for a new one. */
  readonly resumed: { readonly record: BatchRecord; readonly attempts: readonly TransactionAttempt[] } | null
}

export interface PendingBatchOutput {
  readonly batch: FinalizedBatch
  readonly operations: readonly QueuedOperation[]
  readonly measured: readonly MeasuredGas[]
}

export interface PendingBatchContext {
  readonly batchId: BatchId
  /** Those that are still in it: what simulation dropped has left. */
  readonly operations: readonly QueuedOperation[]
  /** Most gas of its transaction, whatever was planned. */
  readonly gasCap: Gas
  readonly config: TransactionConfig
  readonly target: TransactionRequest['to']
  readonly now: Now
  readonly plan: BatchPlan | null
  readonly statuses: Readonly<Record<OperationId, OpStatus>>
  readonly measured: readonly MeasuredGas[]
  /** Every transaction signed for it, oldest first. Any of them may be the one that lands. */
  readonly attempts: readonly TransactionAttempt[]
  readonly inclusion: Inclusion | null
  readonly gasUsed: Gas
  /** Number of the newest block that was seen. */
  readonly headNumber: number
  readonly resubmissions: number
  /** Why it was last sent again. */
  readonly resubmissionReason: ResubmissionReason
  /** When it was last given to a node, and whether the node took it. */
  readonly lastBroadcast: { readonly at: Millis; readonly accepted: boolean } | null
  readonly blocksSinceBroadcast: number
  /** A block with one of its hashes was seen, and has not been looked into yet. */
  readonly isSeen: boolean
  readonly blocksSinceSubmission: number
  /** Newest block at which the nonce was consumed and none of the hashes was found; null when that was not seen. */
  readonly lostAt: number | null
  readonly createdAt: Millis
  readonly simulationCompletedAt: Millis | null
  readonly submittedAt: Millis | null
  readonly pausedAt: Millis
  readonly failure: string | null
}

/** Pause before an effect that failed is tried again. */
export const PAUSE_MS = 1_000

/** Blocks without a sign of inclusion after which the chain is asked all the same: a block may have been missed. */
export const BLOCKS_BETWEEN_CHECKS = 5

export function startContext(input: PendingBatchInput): PendingBatchContext {
  const { resumed } = input
  return {
    batchId: input.batchId,
    operations: input.operations,
    gasCap: input.gasCap,
    config: input.config,
    target: input.target,
    now: input.now,
    plan: resumed?.record.plan ?? null,
    statuses: {},
    measured: [],
    attempts: resumed?.attempts ?? [],
    inclusion: null,
    gasUsed: 0,
    headNumber: 0,
    resubmissions: Math.max(0, (resumed?.attempts.length ?? 0) - 1),
    resubmissionReason: 'Timeout',
    lastBroadcast: null,
    blocksSinceBroadcast: 0,
    isSeen: false,
    blocksSinceSubmission: 0,
    lostAt: null,
    createdAt: input.createdAt,
    simulationCompletedAt: resumed?.record.simulationCompletedAt ?? null,
    submittedAt: resumed?.record.submittedAt ?? null,
    pausedAt: 0,
    failure: null,
  }
}

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

export function transactionRequest(context: PendingBatchContext): TransactionRequest {
  const { callData, gasLimit } = planOf(context)
  return { batchId: context.batchId, to: context.target, data: callData, gasLimit }
}

/** The highest fees ever tried, on each field. A replacement must outbid both, refused attempts included. */
export function highestFees({ attempts }: PendingBatchContext): Fees {
  return {
    maxFeePerGas: Math.max(...attempts.map((attempt) => attempt.maxFeePerGas)),
    maxPriorityFeePerGas: Math.max(...attempts.map((attempt) => attempt.maxPriorityFeePerGas)),
  }
}

export function outcomeInput(context: PendingBatchContext): OutcomeInput {
  if (context.inclusion === null) throw new Error('the batch is in no block yet')
  return { plan: planOf(context), operations: context.operations, inclusion: context.inclusion }
}

export function hashesOf({ attempts }: PendingBatchContext): readonly Hash[] {
  return attempts.map(({ hash }) => hash)
}

/** Whether a block holds any of the batch's transactions. */
export function isIncludedIn(context: PendingBatchContext, head: BlockHead): boolean {
  return context.attempts.some(({ hash }) => head.transactions.includes(hash))
}

/** Whether a look found the batch where it was found before. */
export function isSameInclusion({ inclusion }: PendingBatchContext, report: InclusionReport): boolean {
  return inclusion !== null && report.inclusion?.blockHash === inclusion.blockHash
}

/** Whether enough blocks stand on the one that it is in. */
export function isDeepEnough({ inclusion, headNumber, config }: PendingBatchContext): boolean {
  return inclusion !== null && headNumber - inclusion.blockNumber >= config.confirmations
}

/** Time to bid more: a block has passed since the last broadcast, and the timeout too. */
export function isOverdue(
  { lastBroadcast, blocksSinceBroadcast, config }: PendingBatchContext,
  at: Millis,
): boolean {
  return (
    lastBroadcast?.accepted === true &&
    blocksSinceBroadcast > 0 &&
    at - lastBroadcast.at >= config.resubmitTimeout
  )
}

/** Time to send the same bytes again: the node did not take them, and the pause is over. */
export function isUnsent({ lastBroadcast }: PendingBatchContext, at: Millis): boolean {
  return lastBroadcast?.accepted === false && at - lastBroadcast.at >= PAUSE_MS
}

/** What a batch that ended early says of an operation that it has no verdict on. */
export const unjudged: OpStatus = { type: 'Evicted', reason: 'DependencyNotReady', nextNonce: null }

/** The batch's end as it is recorded. */
export function finalizedBatch(context: PendingBatchContext, at: Millis): FinalizedBatch {
  const statuses: Record<OperationId, OpStatus> = { ...context.statuses }
  for (const { id } of context.operations) statuses[id] ??= unjudged
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
      resubmissionCount: context.resubmissions,
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
