/**
 * The changes that the store is asked to make. Actors build them; an adapter of the store port applies them.
 */
import type { BatchId, BatchPlan, FinalizedBatch, Inclusion, TransactionAttempt } from './batch.ts'
import type { OpEnvelope, OperationId } from './operation.ts'
import type { Gas, Hash, Millis } from './primitives.ts'
import type { FailureReason, OpStatus } from './status.ts'

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
  /** A new batch; its operations go to `batching`. */
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
  /** Operations left it at simulation: each gets its status at once, the evicted go back to `queued` with one more try. */
  | {
      readonly type: 'batch.dropped'
      readonly batchId: BatchId
      readonly statuses: Readonly<Record<OperationId, OpStatus>>
      readonly at: Millis
    }
  /** A transaction was signed for it. Committed before the transaction is broadcast. */
  | { readonly type: 'attempt.signed'; readonly attempt: TransactionAttempt }
  /** One of its attempts was broadcast; its kept operations go to `submitted` with that hash. */
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
   * status; the evicted go back to `queued` with one more try. Its statuses also list what was dropped before: those
   * operations have left, and are not touched.
   */
  | { readonly type: 'batch.settled'; readonly batch: FinalizedBatch }
  /** Forgets operations that ended, and batches of which no operation is left, before a time. */
  | { readonly type: 'pruned'; readonly before: Millis }
