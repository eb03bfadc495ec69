/** What work is gone on from: what had not come to its end at a start, and ends that a reorg may undo. */
import type { BatchId, BatchRecord, Inclusion, TransactionAttempt } from './batch.ts'
import type { BlockHead, BlockRef } from './chain.ts'
import type { QueuedOperation } from './operation.ts'

/** A batch that has signed transactions and no end yet. */
export interface ResumableBatch {
  readonly record: BatchRecord
  /** The operations of its plan that are in it still, in the plan's order. */
  readonly operations: readonly QueuedOperation[]
  /** Oldest first. */
  readonly attempts: readonly TransactionAttempt[]
}

/** A batch that has ended in a block: with its own transaction, or with the cancel of one. */
export interface SettledBatch {
  readonly batchId: BatchId
  readonly inclusion: Inclusion
  /** Those that its end finalized or failed, and `batch.revived` would take back, in the plan's order. */
  readonly operations: readonly QueuedOperation[]
}

/**
 * An operation that came to its end before it was sent: what the state of a block said of it, or somebody else's transaction
 * in that block.
 */
export interface SettledOperation {
  readonly operation: QueuedOperation
  readonly evidenceBlock: BlockRef
}

/** Ends of the last blocks, oldest first: a reorg may undo them. */
export interface SettledWork {
  readonly batches: readonly SettledBatch[]
  readonly operations: readonly SettledOperation[]
}

/** What a start goes on from. */
export interface RecoveredState {
  /** In order of admission. */
  readonly queued: readonly QueuedOperation[]
  readonly batches: readonly ResumableBatch[]
  /** One more than the highest `sequence` ever stored; 1 for an empty store. */
  readonly nextSequence: number
}

/** Ends that stood when they were checked, and the newest block of the branch that they were held against. */
export interface CheckedWork {
  readonly settled: SettledWork
  /** Operations that did not stand. Batches that did not live again already. */
  readonly orphaned: readonly SettledOperation[]
  /** Watching begins with it: when the chain turns out to be on another branch, that is a reorg. Null before the check. */
  readonly head: BlockHead | null
}

/** The same, with the ends that a reorg may still undo. */
export interface StartingPoint extends RecoveredState, CheckedWork {}
