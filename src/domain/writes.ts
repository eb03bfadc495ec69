/**
 * Changes of the store. An actor builds a write, `requestTracker` commits the write, and a store adapter applies the
 * write.
 */
import type {
  BatchId,
  BatchPlan,
  BatchState,
  FinalizedBatch,
  Inclusion,
  TransactionAttempt,
} from './batch.ts'
import type { BlockRef } from './chain.ts'
import type { Finality } from './finality.ts'
import type { OpEnvelope, OperationId } from './operation.ts'
import type { Gas, Hash, Millis } from './primitives.ts'
import type { Refusal } from './refusal.ts'
import type { FailureReason, OpStatus, RequestStateName } from './status.ts'

/** One change. */
export type StoreWrite =
  /** A new operation with the state `queued`. The id must be new, or that of an arrival, which only gets its sequence number. */
  | {
      readonly type: 'operation.accepted'
      readonly envelope: OpEnvelope
      /** True for an operation that another process has stored. */
      readonly hasArrived?: true
    }
  /** An operation that needs no transaction. No effect on an operation that is not `queued`. */
  | {
      readonly type: 'operation.finalized'
      readonly id: OperationId
      readonly status: Extract<OpStatus, { readonly type: 'Finalized' }>
      readonly at: Millis
    }
  /** An operation failed outside any batch, e.g. at the lane deadline. */
  | {
      readonly type: 'operation.failed'
      readonly id: OperationId
      readonly reason: FailureReason
      readonly at: Millis
    }
  /** A new batch in the state `Pending`. Its operations go to `batching`. A batch that only fills a gap has no operations and no plan. */
  | {
      readonly type: 'batch.opened'
      readonly batchId: BatchId
      readonly operations: readonly OperationId[]
      readonly gasBudget: Gas
      readonly at: Millis
    }
  /** A batch entered a state: the stored state is the state of the actor. */
  | {
      readonly type: 'batch.entered'
      readonly batchId: BatchId
      readonly state: BatchState
      readonly at: Millis
    }
  /**
   * The batch has a plan, or one more plan after a refusal of the plan before. Attempts name a plan by its position in the
   * order of these writes.
   */
  | {
      readonly type: 'batch.planned'
      readonly batchId: BatchId
      readonly plan: BatchPlan
      readonly at: Millis
    }
  /**
   * Operations left the batch at simulation. Each gets its status: an evicted operation goes back to `queued` (see
   * `isCharged`), and a verdict is stored with its evidence block.
   */
  | {
      readonly type: 'batch.trimmed'
      readonly batchId: BatchId
      readonly statuses: Readonly<Record<OperationId, OpStatus>>
      readonly evidenceBlock: Readonly<Record<OperationId, BlockRef>>
      readonly at: Millis
    }
  /** A transaction was signed for the batch. The commit precedes the broadcast. */
  | { readonly type: 'attempt.signed'; readonly attempt: TransactionAttempt }
  /** No endpoint accepted an attempt of the batch. The last refusal is kept. */
  | {
      readonly type: 'attempt.refused'
      readonly batchId: BatchId
      readonly txHash: Hash
      readonly refusal: Refusal
      readonly at: Millis
    }
  /**
   * An attempt was broadcast: the operations of its plan go to `submitted` with the hash of the attempt. A cancel moves
   * no operations: the state of an operation keeps the hash of the last attempt of the plan.
   */
  | {
      readonly type: 'batch.submitted'
      readonly batchId: BatchId
      readonly txHash: Hash
      readonly at: Millis
    }
  /** An attempt was included in a block; null: that block was orphaned. */
  | {
      readonly type: 'batch.included'
      readonly batchId: BatchId
      readonly inclusion: Inclusion | null
      readonly at: Millis
    }
  /**
   * The levels of finality of the batch's transaction changed; null: no level holds. Also changes a settled batch. No effect
   * on an unknown batch: the last level may come after the batch was pruned.
   */
  | {
      readonly type: 'batch.finalityChanged'
      readonly batchId: BatchId
      readonly finality: Finality | null
    }
  /**
   * The batch is settled: `Failed` if `batch.failure` is not null, else `Finalized`. Every operation still in the batch
   * gets its status, and an evicted operation goes back to `queued` (see `isCharged`). The statuses also list the
   * operations evicted or failed at simulation: the write does not change them. The stored inclusion stays only if it
   * has the transaction and the block of the result.
   */
  | { readonly type: 'batch.settled'; readonly batch: FinalizedBatch }
  /**
   * The including block of a settled batch was orphaned: the batch is `Pending` again, without inclusion, finality and result.
   * The operations finalized or failed by the batch go back to `submitted`, with the hash of the newest attempt of the
   * plan. No change for evicted operations and for operations with a verdict at simulation. No effect on an unsettled
   * batch.
   */
  | { readonly type: 'batch.revived'; readonly batchId: BatchId; readonly at: Millis }
  /**
   * The evidence block of a verdict at simulation was orphaned: the operation is `queued` again. No effect on an operation
   * without such a verdict.
   */
  | { readonly type: 'operation.revived'; readonly id: OperationId; readonly at: Millis }
  /** Deletes operations that were settled before a time, and batches without remaining operations. */
  | { readonly type: 'pruned'; readonly before: Millis }

/**
 * An operation left unchanged by a write: `REQUEST_TRANSITIONS` does not allow the transition, or the operation is no
 * longer in the batch of the write.
 */
export interface IgnoredTransition {
  /** The operation. */
  readonly id: OperationId
  /** The batch of the write; null for a write outside any batch. */
  readonly batchId: BatchId | null
  readonly from: RequestStateName
  readonly to: RequestStateName
}
