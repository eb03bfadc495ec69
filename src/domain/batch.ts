/** A batch: the operations of one transaction, with plan, signed attempts and stored record. */
import type { BlockRef } from './chain.ts'
import { type DividedCost, totalCost } from './cost.ts'
import type { Finality } from './finality.ts'
import type { OperationId } from './operation.ts'
import type { Address, DurationMs, Gas, Hash, Hex, Millis, Wei, WeiPerGas } from './primitives.ts'
import type { Refusal } from './refusal.ts'
import type { OpStatus } from './status.ts'

/** Id of a batch: a lower-case UUID v4. */
export type BatchId = string

/** States of a batch, in the usual order. Specification, "PendingBatchFut", `BatchState`. */
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

/** One call of the multicall: a single operation, or a fold of many creates. */
export interface PlannedCall {
  readonly target: Address
  readonly callData: Hex
  readonly operations: readonly OperationId[]
  /** Gas of the call in the simulation of the whole batch. */
  readonly gas: Gas
  /** Whether the call may run code that a user controls. Such a call is the only call of its batch. */
  readonly mayRunForeignCode?: boolean
}

/** The calls of a simulated batch, ready to be signed. */
export interface BatchPlan {
  readonly calls: readonly PlannedCall[]
  /** Calldata of Multicall3's `aggregate3`; each call has `allowFailure: true`. */
  readonly callData: Hex
  /** Gas limit of the transaction: the measured gas with a margin and the 63/64 rule (EIP-150), within the cap. */
  readonly gasLimit: Gas
}

/** A signed transaction for one nonce of the wallet. It is stored before it is broadcast. */
export interface TransactionAttempt {
  readonly hash: Hash
  readonly nonce: number
  /** `batch`: carries the batch's operations. `cancel`: a self-transfer that only consumes the nonce. */
  readonly purpose: 'batch' | 'cancel'
  /** The plan that it carries: the position in the plans of the batch. Null for a cancel. */
  readonly plan: number | null
  readonly batchId: BatchId
  readonly gasLimit: Gas
  readonly maxFeePerGas: WeiPerGas
  readonly maxPriorityFeePerGas: WeiPerGas
  /** The signed bytes. A rebroadcast sends the same bytes. */
  readonly raw: Hex
  readonly signedAt: Millis
  /** The highest fee of a rollup on top of the gas, at the signature; zero on other chains. */
  readonly rollupFee: Wei
  /** The last refusal; null if no broadcast was refused. */
  readonly refusal: Refusal | null
}

/** The block that includes a transaction. Evidence only while the block is canonical. */
export interface Inclusion extends BlockRef {
  readonly txHash: Hash
}

/** Times of a settled batch. Specification, "Finalized Batch". */
export interface BatchTiming {
  readonly createdAt: Millis
  readonly simulationCompletedAt: Millis | null
  /** Time of the first accepted broadcast; null if there was none. */
  readonly submittedAt: Millis | null
  readonly finalizedAt: Millis
  /** From `createdAt` to `finalizedAt`, in milliseconds. */
  readonly totalDuration: DurationMs
  /** Number of replacements. */
  readonly resubmissionCount: number
}

/** Result of a settled batch. Specification, "Finalized Batch". */
export interface FinalizedBatch {
  readonly batchId: BatchId
  /** Hash of the included transaction; null if no attempt of the batch was included. */
  readonly txHash: Hash | null
  readonly blockNumber: number | null
  readonly gasUsed: Gas
  /** Absent without an included transaction, and in records of older versions. */
  readonly cost?: DividedCost
  /** Status of every operation of the batch, by operation id. */
  readonly statuses: Readonly<Record<OperationId, OpStatus>>
  readonly timing: BatchTiming
  /** Why the batch failed; null if its transaction was included. */
  readonly failure: string | null
}

/** The stored record of a batch, from its creation on. */
export interface BatchRecord {
  readonly id: BatchId
  readonly state: BatchState
  /** Empty for a batch that only fills a nonce gap with a cancel. */
  readonly operations: readonly OperationId[]
  /** Gas budget from `AdaptiveSizer`. */
  readonly gasBudget: Gas
  /**
   * Oldest first; empty until the simulation has succeeded. A later plan has fewer operations or more gas, after a refusal of
   * the plan before.
   */
  readonly plans: readonly BatchPlan[]
  readonly createdAt: Millis
  readonly simulationCompletedAt: Millis | null
  readonly submittedAt: Millis | null
  readonly inclusion: Inclusion | null
  /** Time when the gateway saw the inclusion. Null without an inclusion, and in records of older versions. */
  readonly includedAt: Millis | null
  /** The levels of finality of its transaction; null before the first. A cancel has none. */
  readonly finality: Finality | null
  /** Null until the batch is settled. */
  readonly result: FinalizedBatch | null
}

/** A batch as an entry of a list: without plan and statuses, the largest parts of a record. */
export interface BatchSummary {
  readonly id: BatchId
  readonly state: BatchState
  readonly operationCount: number
  /** Gas budget from `AdaptiveSizer`. */
  readonly gasBudget: Gas
  /** Gas limit of the newest plan; null until the simulation has succeeded. */
  readonly gasLimit: Gas | null
  /** Null until the batch is settled, like the fields from `finalizedAt` on. */
  readonly gasUsed: Gas | null
  /** Cost of the included transaction in wei. Null also in records of older versions. */
  readonly totalCost: Wei | null
  readonly createdAt: Millis
  readonly simulationCompletedAt: Millis | null
  readonly submittedAt: Millis | null
  readonly inclusion: Inclusion | null
  /** Time when the gateway saw the inclusion. Null without an inclusion, and in records of older versions. */
  readonly includedAt: Millis | null
  /** The levels of finality of its transaction; null before the first. A cancel has none. */
  readonly finality: Finality | null
  readonly finalizedAt: Millis | null
  readonly totalDuration: DurationMs | null
  readonly resubmissionCount: number | null
  /** Number of operations by result. Null until the batch is settled. */
  readonly outcomes: OutcomeCounts | null
  /** Why the batch failed; null if its transaction was included. */
  readonly failure: string | null
}

/** Number of operations of a batch by result. */
export type OutcomeCounts = Readonly<Record<OpStatus['type'], number>>

export function countOutcomes(types: Iterable<OpStatus['type']>): OutcomeCounts {
  const counts = { Finalized: 0, Failed: 0, Evicted: 0 }
  for (const type of types) counts[type] += 1
  return counts
}

/** The summary of a full record. */
export function summarize({ operations, plans, result, ...common }: BatchRecord): BatchSummary {
  const timing = result?.timing
  return {
    ...common,
    operationCount: operations.length,
    gasLimit: plans.at(-1)?.gasLimit ?? null,
    gasUsed: result?.gasUsed ?? null,
    totalCost: result?.cost === undefined ? null : totalCost(result.cost),
    finalizedAt: timing?.finalizedAt ?? null,
    totalDuration: timing?.totalDuration ?? null,
    resubmissionCount: timing?.resubmissionCount ?? null,
    outcomes: result === null ? null : countOutcomes(Object.values(result.statuses).map(({ type }) => type)),
    failure: result?.failure ?? null,
  }
}
