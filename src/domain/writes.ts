/**
 * The changes that the store is asked to make. Actors build them; an adapter of the store port applies them.
 */
import type { BatchId, BatchPlan, FinalizedBatch, Inclusion, TransactionAttempt } from './batch.ts'
import type { BlockRef } from './chain.ts'
import type { OpEnvelope, OperationId } from './operation.ts'
import type { Gas, Hash, Millis } from './primitives.ts'
import type { FailureReason, OpStatus, RequestStateName } from './status.ts'

/** One change. */
export type StoreWrite =
  /** A new operation, state `queued`. Its id must be new. */
  | { readonly type: 'operation.accepted'; readonly envelope: OpEnvelope }
  /** An operation failed outside any batch (its lane's deadline passed). */
  | {
      readonly type: 'operation.failed'
      readonly id: OperationId
      readonly reason: FailureReason
      readonly at: Millis
    }
  /** A new batch; its operations go to `batching`. One that only cancels has none, and is never planned. */
  | {
      readonly type: 'batch.opened'
      readonly batchId: BatchId
      readonly operations: readonly OperationId[]
      readonly gasBudget: Gas
      readonly at: Millis
    }
  /** It was simulated; `Simulating` becomes `ReadyToSubmit`. */
  | {
      readonly type: 'batch.planned'
      readonly batchId: BatchId
      readonly plan: BatchPlan
      readonly at: Millis
    }
  /**
   * Operations left it at simulation: each gets its status at once, the evicted go back to `queued` (see `costsTry`). Those
   * that ended also get the block that this stands on.
   */
  | {
      readonly type: 'batch.trimmed'
      readonly batchId: BatchId
      readonly statuses: Readonly<Record<OperationId, OpStatus>>
      readonly evidenceBlock: Readonly<Record<OperationId, BlockRef>>
      readonly at: Millis
    }
  /** A transaction was signed for it. Committed before the transaction is broadcast. */
  | { readonly type: 'attempt.signed'; readonly attempt: TransactionAttempt }
  /**
   * One of its attempts was broadcast; the operations of its plan go to `submitted` with that hash. A cancel moves none:
   * it does not carry them, and they go on showing the last broadcast that did.
   */
  | {
      readonly type: 'batch.submitted'
      readonly batchId: BatchId
      readonly txHash: Hash
      readonly at: Millis
    }
  /** It was included in a block, or (null) that block was orphaned. */
  | {
      readonly type: 'batch.included'
      readonly batchId: BatchId
      readonly inclusion: Inclusion | null
      readonly at: Millis
    }
  /**
   * Its end (`Finalized`, or `Failed` when `batch.failure` is not null): every operation that is still in it gets its
   * status; the evicted go back to `queued` (see `costsTry`). Its statuses also list what was dropped before: those
   * operations have left, and are not touched. The stored inclusion stays when it is of the same transaction in the same
   * block; an end that says another, or none, has none.
   */
  | { readonly type: 'batch.settled'; readonly batch: FinalizedBatch }
  /**
   * The block that it had ended in was orphaned: it lives again, `Submitted`, without inclusion, end or result. The
   * operations of its plan that its end had finalized or failed go back to `submitted`, with the hash of the newest
   * attempt that carries them. Those that it had evicted are elsewhere by now, and are not touched; nor is what failed
   * before its end. No effect on a batch that has not ended.
   */
  | { readonly type: 'batch.revived'; readonly batchId: BatchId; readonly at: Millis }
  /** The block that its end at simulation stood on was orphaned: it is `queued` again. No effect on one without such an end. */
  | { readonly type: 'operation.revived'; readonly id: OperationId; readonly at: Millis }
  /** Forgets operations that ended, and batches of which no operation is left, before a time. */
  | { readonly type: 'pruned'; readonly before: Millis }

/**
 * An operation that a write did not move: `REQUEST_TRANSITIONS` does not allow the transition, or the operation is no
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
