/**
 * The store port: what an adapter must do. An adapter is correct when `test/store/conformance.ts` passes.
 *
 * - **Durable**: when `commit` resolves, its writes survive a crash of the process and of the machine.
 * - **Atomic**: a commit applies all writes in order, or no write.
 * - **Guarded**: an operation moves only along `REQUEST_TRANSITIONS`, and a batch moves only its own operations. Any
 *   other write about an operation leaves the operation unchanged and is reported as an `IgnoredTransition`. Only
 *   `batch.revived` and `operation.revived` move an operation out of a final state.
 * - **One chain**: a store has exactly one registry and chain, forever.
 * - **In order**: calls take effect in the order of calling.
 *
 * Every method rejects with a `StoreError` when the store cannot carry it out. A rejected call has changed nothing,
 * unless the store was closed during the call (failure `closed`).
 */

import type { Arrival } from '../domain/arrival.ts'
import type { BatchId, BatchRecord, BatchSummary, TransactionAttempt } from '../domain/batch.ts'
import type { Cost } from '../domain/cost.ts'
import { StartupError } from '../domain/errors.ts'
import type { OpEnvelope, OperationId, QueuedOperation } from '../domain/operation.ts'
import type { Address, Hash, Millis, Wei } from '../domain/primitives.ts'
import type { Progress } from '../domain/progress.ts'
import type { RecoveredState, SettledWork } from '../domain/recovery.ts'
import type { SeatReport } from '../domain/seat.ts'
import type { GatewayRequestState, OpStatus } from '../domain/status.ts'
import type { IgnoredTransition, StoreWrite } from '../domain/writes.ts'

/** The chain and the registry of a store. */
export interface StoreIdentity {
  readonly chainId: number
  readonly registryAddress: Address
  /** Hash of block 0. Distinguishes local chains with equal ids. */
  readonly genesisHash: Hash
}

/** An operation as it is stored. */
export interface OperationRecord {
  readonly envelope: OpEnvelope
  readonly state: GatewayRequestState
  /** The current or last batch of the operation; null before the first. */
  readonly batchId: BatchId | null
  /** The verdict; before a verdict, the last eviction; null before both. */
  readonly status: OpStatus | null
  /** Sum of the shares in all included transactions that carried the operation; null before the first settlement. */
  readonly cost: Cost | null
  readonly updatedAt: Millis
}

export interface RequestStore {
  /**
   * Binds an empty store to a chain and registry. If the store is bound already, compares the two identities without
   * regard to upper and lower case.
   * @throws StoreIdentityError for a store bound to another chain or registry
   */
  bind(identity: StoreIdentity): Promise<void>
  /**
   * Applies writes durably, atomically and in order.
   *
   * A write contradicts the store when it: adds an operation or batch with an id that is stored already; names an
   * unknown operation or batch; submits or refuses an attempt that was not signed for the batch; submits a batch
   * without a plan; settles a batch without a status for one of its operations; revives a batch without a signed
   * attempt, or operations that no signed transaction carried.
   *
   * A settled batch does not change until its revival. A late write about a settled batch is not a contradiction.
   *
   * @returns the operations that a write did not move, in the order of the writes
   * @throws StoreError `closed` when the store ended during the call: the writes may be stored or not
   * @throws StoreError `conflict` when a write contradicts the store; no later try can succeed
   */
  commit(writes: readonly StoreWrite[]): Promise<readonly IgnoredTransition[]>
  /**
   * Kind and state of an operation, without the payload. `/status` reads them many times per operation.
   * @returns null for an unknown id
   */
  status(id: OperationId): Promise<(Pick<OpEnvelope, 'kind'> & Pick<OperationRecord, 'state'>) | null>
  /** State, batch and levels of finality of an operation, for requests that wait. @returns null for an unknown id */
  progress(id: OperationId): Promise<Progress | null>
  /** @returns null for an unknown id */
  operation(id: OperationId): Promise<OperationRecord | null>
  /** @returns the envelopes in the order of the ids, without unknown ids */
  envelopes(ids: readonly OperationId[]): Promise<readonly OpEnvelope[]>
  /** @returns null for an unknown id */
  batch(id: BatchId): Promise<BatchRecord | null>
  /**
   * Lists batches, newest first.
   * @param limit most records to return
   * @param before return only batches opened before this batch, for paging; none if this id is unknown
   */
  batches(limit: number, before?: BatchId): Promise<readonly BatchSummary[]>
  /** @returns the signed transactions of a batch, cancels included, oldest first */
  attempts(batchId: BatchId): Promise<readonly TransactionAttempt[]>
  /** The cost of the transactions of all batches settled after a time, cancels included. */
  spentSince(at: Millis): Promise<Wei>
  /**
   * The work that a reorg from a block on would undo. The cost grows with the result, not with the store.
   * @returns settled batches with inclusion in this block or later, in order of opening; and operations with a verdict
   *   whose evidence block is this block or later, in order of admission
   */
  settledSince(blockNumber: number): Promise<SettledWork>
  /**
   * Prepares a start. Call `recover` before the first commit of a process. A batch without a signed transaction is
   * dissolved: it fails. Every operation in a batch that no signed transaction carries returns to `queued`; its tries
   * do not change.
   * @param at time stamp of these changes
   * @returns the work to resume
   */
  recover(at: Millis): Promise<RecoveredState>
  /** Whether a write `pruned` with this time would delete records. One write deletes a limited number of records. */
  hasPrunable(before: Millis): Promise<boolean>
  /** Resolves when the store answers and can still write to its file. */
  ping(): Promise<void>
  /** Closes the store after the calls made before. Later calls fail with `closed`; a second `close` succeeds. */
  close(): Promise<void>
}

/**
 * The seat of a store that several processes share. A store that belongs to one process has none.
 *
 * Only the leader may call `commit` and `recover` of the store. The fence of its commits keeps a former leader from writing.
 */
export interface SeatStore {
  /** Takes the seat if it is free: its leader has ended, stopped, or not renewed it for `SEAT_TTL`. */
  take(): Promise<SeatReport>
  /** Keeps the seat for another `SEAT_TTL`. @throws StoreError `deposed` if another process leads now */
  renew(): Promise<void>
  /** True while no other process can lead. What a process remembers of the store counts only then. */
  isTrusted(): boolean
}

/**
 * The entrance of a shared store for processes that do not lead. A process stores an operation, and the leader finds it there.
 *
 * Of several operations in flight, one holds a lane position or a claim. The store decides which, also between processes.
 */
export interface AdmissionStore {
  /**
   * Stores a new operation. When it resolves, the operation is durable.
   * @throws StoreError `duplicate` when an operation in flight holds the lane position or a claim
   */
  admit(arrival: Arrival): Promise<void>
  /** The operation in flight that holds the lane position or a claim of an operation; null for none. */
  holder(operation: Pick<QueuedOperation, 'lane' | 'claims'>): Promise<OperationId | null>
  /** Operations that are stored and not known to the leader, in order of arrival. A limited number. */
  arrivals(): Promise<readonly Arrival[]>
  /** Ids of the operations in flight of a lane before a nonce, in order. */
  predecessors(leaf: string, nonce: number): Promise<readonly OperationId[]>
  /** Number of operations without a verdict of one account. */
  waitingOf(leaf: string): Promise<number>
  /** Number of operations without a verdict by client. */
  waitingByClient(): Promise<ReadonlyMap<QueuedOperation['client'], number>>
}

/** Thrown by `bind` when the store holds operations of another chain or registry. */
export class StoreIdentityError extends StartupError {
  override readonly name = 'StoreIdentityError'
}

/** Failures of a store, and whether a later call can succeed. */
export const STORE_FAILURES = {
  /** Another process has the database open. */
  locked: { retryable: true },
  /** The disk is full. */
  full: { retryable: true },
  /** A package that the database needs is not installed. */
  uninstalled: { retryable: false },
  /** The database cannot be opened, read or written. */
  unavailable: { retryable: true },
  /** The server refuses the user, or can only be read. Found at a start. */
  refused: { retryable: false },
  /** The database is damaged, or the file is not a database. */
  corrupt: { retryable: false },
  /** A newer version, or another program, wrote the database. */
  schema: { retryable: false },
  /** A write contradicts the store, for example a batch that is not stored. */
  conflict: { retryable: false },
  /** An operation in flight holds the lane position, or a claim. */
  duplicate: { retryable: false },
  /** The store is closed. */
  closed: { retryable: false },
  /** Another process leads. Nothing was written. */
  deposed: { retryable: false },
} as const satisfies Record<string, { readonly retryable: boolean }>

export type StoreFailure = keyof typeof STORE_FAILURES

/** The error of every method of a store. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly failure: StoreFailure

  /** @param options may carry the driver's error as `cause` */
  constructor(failure: StoreFailure, message: string, options?: ErrorOptions) {
    super(message, options)
    this.failure = failure
  }

  /** True when a later call with equal arguments can succeed. */
  get retryable(): boolean {
    return STORE_FAILURES[this.failure].retryable
  }
}
