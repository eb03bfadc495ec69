/** What a start goes on from: what the store remembers of work that had not come to its end. */
import type { BatchRecord, TransactionAttempt } from './batch.ts'
import type { QueuedOperation } from './operation.ts'

/** A batch that has signed transactions and no end yet. */
export interface ResumableBatch {
  readonly record: BatchRecord
  /** The operations of its plan, in the plan's order. */
  readonly operations: readonly QueuedOperation[]
  /** Oldest first. */
  readonly attempts: readonly TransactionAttempt[]
}

/** What a start goes on from. */
export interface RecoveredState {
  /** In order of admission. */
  readonly queued: readonly QueuedOperation[]
  readonly batches: readonly ResumableBatch[]
  /** One more than the highest `sequence` ever stored; 1 for an empty store. */
  readonly nextSequence: number
}
