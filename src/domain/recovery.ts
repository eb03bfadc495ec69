/** Work that a start resumes: unsettled operations and batches, and settled work that a reorg may still undo. */
import type { BatchId, BatchRecord, Inclusion, TransactionAttempt } from './batch.ts'
import type { BlockHead, BlockRef } from './chain.ts'
import type { Finality } from './finality.ts'
import type { QueuedOperation } from './operation.ts'

/** An unsettled batch with at least one signed attempt. */
export interface ResumableBatch {
  readonly record: BatchRecord
  /** Operations of the plan that are still in the batch, in the order of the plan. */
  readonly operations: readonly QueuedOperation[]
  /** Oldest first. */
  readonly attempts: readonly TransactionAttempt[]
}

/** A batch whose transaction has reached a level of finality, and not the last one. */
export interface ClimbingBatch {
  readonly batchId: BatchId
  readonly finality: Finality
  readonly inclusion: Inclusion | null
  readonly isSettled: boolean
}

/** A batch settled by an included attempt: its own transaction, or a cancel. */
export interface SettledBatch {
  readonly batchId: BatchId
  readonly inclusion: Inclusion
  /** Operations that the batch finalized or failed, in the order of the plan. `batch.revived` would take them back. */
  readonly operations: readonly QueuedOperation[]
}

/** An operation settled without a transaction of ours: by a simulation, or by a foreign transaction. */
export interface SettledOperation {
  readonly operation: QueuedOperation
  /** The block that the verdict depends on. */
  readonly evidenceBlock: BlockRef
}

/** Work settled in recent blocks, oldest first. A reorg may undo it. */
export interface SettledWork {
  readonly batches: readonly SettledBatch[]
  readonly operations: readonly SettledOperation[]
}

/** Unsettled work, read from the store at a start. */
export interface RecoveredState {
  /** Queued operations, in order of admission. */
  readonly queued: readonly QueuedOperation[]
  readonly batches: readonly ResumableBatch[]
  /** Batches whose transactions have not reached the last level of finality, oldest first. Also settled batches. */
  readonly climbing: readonly ClimbingBatch[]
  /** The highest stored `sequence` plus one; 1 for an empty store. */
  readonly nextSequence: number
  /** The last signed attempts of all batches, settled batches included, newest first. At most as many as batches in flight. */
  readonly newestAttempts: readonly Pick<TransactionAttempt, 'nonce' | 'raw'>[]
}

/** Settled work after a check against the chain, and the newest block of the branch of that check. */
export interface CheckedWork {
  readonly settled: SettledWork
  /** Operations whose evidence block was orphaned. Orphaned batches are already revived in the store. */
  readonly orphaned: readonly SettledOperation[]
  /** Start block of the chain monitor: a different branch then shows as a reorg. Null before the check. */
  readonly head: BlockHead | null
}

/** Everything that a start resumes. */
export interface StartingPoint extends Omit<RecoveredState, 'newestAttempts'>, CheckedWork {
  /** One more than the highest nonce that the wallet is known to have signed; null if no transaction of the wallet is stored. */
  readonly nextNonce: number | null
}
