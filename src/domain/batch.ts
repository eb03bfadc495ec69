/**
 * A batch: the operations that ride in one transaction, the plan of its calls, its signed attempts and its record.
 */
import type { BlockRef } from './chain.ts'
import type { OperationId } from './operation.ts'
import type { Address, DurationMs, Gas, Hash, Hex, Millis, WeiPerGas } from './primitives.ts'
import type { OpStatus } from './status.ts'

/** A batch's id: a lower-case UUID v4. */
export type BatchId = string

/** The states of a batch. Specification, "PendingBatchFut". */
export const BATCH_STATES = [
  'Pending',
  'Simulating',
  'ReadyToSubmit',
  'Submitted',
  'Resubmitting',
  'Finalized',
  'Failed',
] as const

export type BatchState = (typeof BATCH_STATES)[number]

/** One call of the multicall. Most cover one operation; a fold of creates covers many. */
export interface PlannedCall {
  readonly target: Address
  readonly callData: Hex
  readonly operations: readonly OperationId[]
  /** What it used when it was simulated in its place. */
  readonly gas: Gas
}

/** A simulated batch, ready to be signed. */
export interface BatchPlan {
  readonly calls: readonly PlannedCall[]
  /** `aggregate3` calldata of the calls, each with `allowFailure: true`. */
  readonly callData: Hex
  /** The transaction's gas limit: measured gas, 63/64, margin, capped. */
  readonly gasLimit: Gas
}

/** A signed transaction of the wallet. It is stored before it is broadcast. */
export interface TransactionAttempt {
  readonly hash: Hash
  readonly nonce: number
  /** `cancel` is a self-transfer that consumes the nonce in the batch's place. */
  readonly purpose: 'batch' | 'cancel'
  readonly batchId: BatchId
  readonly gasLimit: Gas
  readonly maxFeePerGas: WeiPerGas
  readonly maxPriorityFeePerGas: WeiPerGas
  /** The signed bytes; a retry sends exactly these. */
  readonly raw: Hex
  readonly signedAt: Millis
}

/** Where a transaction was included. Evidence only while its block is canonical. */
export interface Inclusion extends BlockRef {
  readonly txHash: Hash
}

/** Specification, "Finalized Batch". */
export interface BatchTiming {
  readonly createdAt: Millis
  readonly simulationCompletedAt: Millis | null
  readonly submittedAt: Millis | null
  readonly finalizedAt: Millis
  readonly totalDuration: DurationMs
  readonly resubmissionCount: number
}

/** A batch that has come to its end. Specification, "Finalized Batch". */
export interface FinalizedBatch {
  readonly batchId: BatchId
  readonly txHash: Hash | null
  readonly blockNumber: number | null
  readonly gasUsed: Gas
  readonly statuses: Readonly<Record<OperationId, OpStatus>>
  readonly timing: BatchTiming
  /** Why it ended without a transaction of its own; null for a batch that landed. */
  readonly failure: string | null
}

/** What is remembered of a batch, from its first moment on. */
export interface BatchRecord {
  readonly id: BatchId
  readonly state: BatchState
  /** None for a batch that only cancels: it takes a nonce that would block those after it. */
  readonly operations: readonly OperationId[]
  /** The gas that the sizer allowed it. */
  readonly gasBudget: Gas
  /** Null until it has been simulated. */
  readonly plan: BatchPlan | null
  readonly createdAt: Millis
  readonly simulationCompletedAt: Millis | null
  readonly submittedAt: Millis | null
  readonly inclusion: Inclusion | null
  /** When it was seen there. Null as `inclusion` is, and where an older version wrote that down. */
  readonly includedAt: Millis | null
  readonly result: FinalizedBatch | null
}

/** A batch as lists show it: without its plan and its operations' fates, which are most of a record. */
export interface BatchSummary {
  readonly id: BatchId
  readonly state: BatchState
  readonly operationCount: number
  /** The gas that the sizer allowed it. */
  readonly gasBudget: Gas
  /** Of its plan; null until it has been simulated. */
  readonly gasLimit: Gas | null
  /** This and the fields from `finalizedAt` on are null until its end. */
  readonly gasUsed: Gas | null
  readonly createdAt: Millis
  readonly simulationCompletedAt: Millis | null
  readonly submittedAt: Millis | null
  readonly inclusion: Inclusion | null
  /** When it was seen there. Null as `inclusion` is, and where an older version wrote that down. */
  readonly includedAt: Millis | null
  readonly finalizedAt: Millis | null
  readonly totalDuration: DurationMs | null
  readonly resubmissionCount: number | null
  /** Null for a batch that landed, too. */
  readonly failure: string | null
}

/** What a list shows of a batch that is known in full. */
export function summarize({ operations, plan, result, ...common }: BatchRecord): BatchSummary {
  const timing = result?.timing
  return {
    ...common,
    operationCount: operations.length,
    gasLimit: plan?.gasLimit ?? null,
    gasUsed: result?.gasUsed ?? null,
    finalizedAt: timing?.finalizedAt ?? null,
    totalDuration: timing?.totalDuration ?? null,
    resubmissionCount: timing?.resubmissionCount ?? null,
    failure: result?.failure ?? null,
  }
}
