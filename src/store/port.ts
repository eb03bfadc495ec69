/**
 * What the gateway remembers, and what it may rely on. Any adapter must pass `test/store/conformance.ts`.
 *
 * - **Durable**: when `commit` resolves, its writes survive the crash of the process and of the machine.
 * - **Atomic**: the writes of one `commit` happen together or not at all, in their order.
 * - **Guarded**: an operation only moves as `REQUEST_TRANSITIONS` allows; a write that would move it otherwise leaves
 *   it alone and is reported in `ignored`. A terminal state is left only by `batch.revived` and
 *   `operation.revived`.
 * - **One chain**: a store belongs to one registry on one chain for ever.
 */
import type { BatchId, BatchRecord, BatchSummary, TransactionAttempt } from '../domain/batch.ts'
import type { OpEnvelope, OperationId } from '../domain/operation.ts'
import type { Address, Hash, Millis } from '../domain/primitives.ts'
import type { RecoveredState, SettledWork } from '../domain/recovery.ts'
import type { GatewayRequestState, OpStatus } from '../domain/status.ts'
import type { StoreWrite } from '../domain/writes.ts'

/** The chain and registry that a store belongs to. */
export interface StoreIdentity {
  readonly chainId: number
  readonly registryAddress: Address
  /** Hash of block 0: tells two local chains with the same id apart. */
  readonly genesisHash: Hash
}

/** Thrown by `bind` when the store holds another chain's or another registry's operations. */
export class StoreIdentityError extends Error {
  override readonly name = 'StoreIdentityError'
}

/** An operation as the store knows it. */
export interface OperationRecord {
  readonly envelope: OpEnvelope
  readonly state: GatewayRequestState
  /** The batch that it is in or was last in. */
  readonly batchId: BatchId | null
  /** Its fate, once it has one; the last eviction before that. */
  readonly status: OpStatus | null
  readonly updatedAt: Millis
}

/** An operation that a write did not move: its state did not allow it, or it had left the batch of the write. */
export interface IgnoredTransition {
  readonly id: OperationId
  readonly from: GatewayRequestState['state']
  readonly to: GatewayRequestState['state']
}

export interface RequestStore {
  /**
   * Ties an empty store to a chain, and checks one that is tied.
   * @throws StoreIdentityError when it is tied to another.
   */
  bind(identity: StoreIdentity): Promise<void>
  /**
   * Applies writes durably, atomically and in order. Rejects without effect when the store cannot, and when a write
   * contradicts what is stored: an id that is not new, an operation or batch that is not known, a broadcast of what was
   * not signed, an end that leaves an operation of the batch without a status, a revival of what was never signed. A batch
   * that has ended stays as it is until it is revived.
   */
  commit(writes: readonly StoreWrite[]): Promise<readonly IgnoredTransition[]>
  /** What `/status` asks, many times for each operation: its kind and state, without its payload. */
  status(id: OperationId): Promise<(Pick<OpEnvelope, 'kind'> & Pick<OperationRecord, 'state'>) | null>
  operation(id: OperationId): Promise<OperationRecord | null>
  /** In the order asked for; unknown ids are left out. */
  envelopes(ids: readonly OperationId[]): Promise<readonly OpEnvelope[]>
  batch(id: BatchId): Promise<BatchRecord | null>
  /**
   * Newest first.
   * @param limit most records to return
   * @param before only batches created before this one, for paging
   */
  batches(limit: number, before?: BatchId): Promise<readonly BatchSummary[]>
  /** A batch's signed transactions, cancels among them, oldest first. */
  attempts(batchId: BatchId): Promise<readonly TransactionAttempt[]>
  /**
   * What a reorg from this block on undoes: batches whose end stands on one of these blocks, in the order of their opening,
   * and operations that ended without a batch's transaction by what such a block says, in order of admission. Costs what it
   * returns.
   */
  settledSince(blockNumber: number): Promise<SettledWork>
  /**
   * For a start, before anything else is written. Batches without a signed transaction end `Failed`; every operation
   * that no signed transaction carries returns to `queued`, without another try on its count; what is left is what to
   * go on from. `at` stamps both.
   */
  recover(at: Millis): Promise<RecoveredState>
  /** Resolves when the store answers. */
  ping(): Promise<void>
  close(): Promise<void>
}
