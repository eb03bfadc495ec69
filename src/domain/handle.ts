/**
 * The handle of a gateway, returned by `createGateway`. The HTTP server and embedding programs use the handle.
 * Specification, "Handle Type".
 */
import type { BatchId, BatchRecord, BatchSummary, TransactionAttempt } from './batch.ts'
import type { ChainState, EndpointView } from './chain.ts'
import type { Cost, Runway } from './cost.ts'
import type { GatewayEvent, ThrottleReason } from './events.ts'
import type { FinalityLevel } from './finality.ts'
import type { OpEnvelope, Operation, OperationId, OperationKind } from './operation.ts'
import type { Address, DurationMs, Hash, Millis, Wei } from './primitives.ts'
import type { Leader } from './seat.ts'
import type { GatewayRequestState, OpStatus } from './status.ts'

/** Answer to an accepted submission. The operation is on disk. */
export interface AcceptedOperation {
  readonly id: OperationId
  readonly kind: OperationKind
  readonly state: GatewayRequestState
}

/** All stored data of one operation. */
export interface OperationDetail {
  readonly envelope: OpEnvelope
  readonly state: GatewayRequestState
  /** The latest result of a batch for the operation; null before the first. */
  readonly status: OpStatus | null
  /** Sum of the operation's shares in all settled transactions that carried it; null before the first. */
  readonly cost: Cost | null
  readonly updatedAt: Millis
  /** The batch of the operation, in flight or settled; null before the first batch. */
  readonly batch: BatchRecord | null
  /** Signed attempts of that batch, oldest first. */
  readonly attempts: readonly TransactionAttempt[]
}

/** A batch and the signed attempts, oldest first. */
export interface BatchDetail {
  readonly batch: BatchRecord
  readonly attempts: readonly TransactionAttempt[]
}

/** The present state of the chain, as the gateway sees it. */
export interface ChainView {
  /** State of the chain monitor: `Connecting`, `Following` or `Stalled`. */
  readonly state: string
  /** Null until an endpoint has answered. */
  readonly chainId: number | null
  /** Name of the registry with the version of the deployed contract, e.g. `WorldIDRegistry V2`. */
  readonly registry: string
  readonly registryAddress: Address
  /** The newest block; null before the first. */
  readonly head: {
    readonly number: number
    readonly hash: Hash
    readonly seenAt: Millis
  } | null
  /** Base fee, its trend, its pressure on the size of batches, and the block gas limit; null before the first block. */
  readonly fees: ChainState | null
  /** All endpoints in order of preference. The first `Up` endpoint serves the reads. */
  readonly endpoints: readonly EndpointView[]
}

/** The present state of the wallet, as the gateway sees it. */
export interface WalletView {
  /** State of the wallet, with its activity: `Syncing`, `Ready.Idle`, `LowFunds.Waiting` and so on. */
  readonly state: string
  readonly address: Address
  /** Balance in wei; null until the first read. */
  readonly balance: Wei | null
  /** Nonce of the next transaction; null until the first read. */
  readonly nextNonce: number | null
  /** Nonces with signed attempts and without a settlement, lowest first. */
  readonly inFlight: readonly {
    readonly nonce: number
    readonly batchId: BatchId
    /** Hashes of all attempts for the nonce. Any of them may still be included. */
    readonly hashes: readonly Hash[]
  }[]
}

/** Health of one part of the gateway. */
export interface PartHealth {
  readonly ok: boolean
  readonly state: string
  /** Why the part is not ok; null while it is. */
  readonly message: string | null
}

/** One effect that keeps failing. */
export interface PersistentFailure {
  readonly actor: string
  /** The batch of the effect; null for the effect of another actor. */
  readonly batchId: BatchId | null
  /** Name of the effect. */
  readonly effect: string
  /** The error in one line, without secrets. */
  readonly reason: string
  /** Time of the first failure. */
  readonly since: Millis
}

/** Health of the gateway and its parts. */
export interface SeatHealth {
  readonly isLeading: boolean
  /** The process that leads; null while none is known. */
  readonly leader: Leader | null
  /** Why the store did not answer the last question about the seat; null if it answered. */
  readonly failure: string | null
}

export interface Health {
  /** State of the gateway: `Starting`, `Standby`, `Running`, `Restarting`, `Recovering`, `Draining`, `Stopped` and so on. */
  readonly state: string
  /** True if the gateway runs or stands by, and every part is ok. */
  readonly ok: boolean
  readonly chain: PartHealth
  readonly store: PartHealth
  readonly wallet: PartHealth
  /** Who leads the processes that share the store; null for a store that belongs to this process alone. */
  readonly seat: SeatHealth | null
  readonly batcher: {
    readonly state: string
    /** Number of operations in the ready queue. */
    readonly ready: number
    /** Number of operations behind a missing earlier nonce of the account. */
    readonly waiting: number
    /** Number of batches in flight. */
    readonly batches: number
    /** Why ready operations are not sent; null if the batcher is not throttled. */
    readonly throttled: ThrottleReason | null
    /** Arrival of the oldest operation that is ready or waiting; null if there is none. */
    readonly oldestReceivedAt: Millis | null
  }
  /** Submissions between arrival and commit, and their maximum. */
  readonly intake: { readonly pending: number; readonly capacity: number }
  /** Effects that have failed for the stall timeout without a success, the oldest first. Any of them makes `ok` false. */
  readonly failures: readonly PersistentFailure[]
  /** Restarts after crashes of actors. */
  readonly supervision: {
    /** Number of restarts since the gateway was started. */
    readonly restarts: number
    /** The latest crash; null if there was none. */
    readonly lastCrash: {
      readonly actor: string
      /** Message of the error in one line, without secrets. */
      readonly message: string
      readonly at: Millis
    } | null
  }
}

/**
 * A running gateway.
 *
 * @example
 * const gateway = await createGateway({ rpcUrl, registryAddress, privateKey })
 * const { id } = await gateway.submit(operation)
 * gateway.on((event) => {
 *   if (event.type === 'operation.settled' && event.id === id) console.log(event.status)
 * })
 */
export interface OpsBatcherHandle<O extends Operation = Operation> {
  /**
   * Validates, simulates, stores and queues an operation. A full intake delays the call until there is room.
   *
   * Resolves after the commit: after the commit the gateway guarantees exactly one verdict, also across restarts.
   * @param operation the signed operation
   * @param id a new lower-case UUID v4; default: a random one
   * @param client the client that sent the operation, for example its address: the queue is shared fairly between clients;
   *   default: null, the embedding program itself
   * @throws RefusedError if the operation cannot succeed
   * @throws UnavailableError if a limit is reached, the chain or the store does not answer, or the gateway is stopping or restarting
   */
  submit(operation: O, id?: OperationId, client?: string | null): Promise<AcceptedOperation>

  /**
   * Like `submit`, but does not wait for room.
   * @throws RefusedError if the operation cannot succeed
   * @throws UnavailableError as for `submit`, and with the code `batcher_unavailable` if the intake is full
   */
  trySubmit(operation: O, id?: OperationId, client?: string | null): Promise<AcceptedOperation>

  /**
   * The state of an operation; null if the id is unknown, or the operation is older than the configured retention.
   * @throws UnavailableError if the store does not answer
   */
  status(id: OperationId): Promise<{
    readonly kind: OperationKind
    readonly state: GatewayRequestState
  } | null>

  /**
   * An operation with its batch and attempts; null if the id is unknown.
   * @throws UnavailableError if the store does not answer
   */
  operation(id: OperationId): Promise<OperationDetail | null>

  /**
   * Waits until an operation has reached a level of finality or a higher one, or cannot reach it any more: it is unknown or
   * failed, or a transaction of another account has executed it.
   * @param limit the wait ends after this time at the latest
   * @param endsWithVerdict true: a verdict ends the wait, also below the level
   * @param signal cancels the wait
   * @throws UnavailableError `batcher_unavailable` if too many calls wait
   */
  reaches(
    id: OperationId,
    until: FinalityLevel,
    limit: DurationMs,
    options?: { readonly endsWithVerdict?: boolean; readonly signal?: AbortSignal },
  ): Promise<void>

  /**
   * Batches, newest first.
   * @param limit maximum number of batches
   * @param before id of a batch: only older batches; default: from the newest batch on
   * @throws UnavailableError if the store does not answer
   */
  batches(limit: number, before?: BatchId): Promise<readonly BatchSummary[]>

  /**
   * A batch with its attempts; null if the id is unknown.
   * @throws UnavailableError if the store does not answer
   */
  batch(id: BatchId): Promise<BatchDetail | null>

  /**
   * The answer of a view of the registry (`views` of its definition). It may come from memory.
   * @param path of the view, e.g. `/is-valid-root`
   * @param query the parsed parameters
   * @throws UnavailableError if the chain does not answer
   * @throws RangeError if the registry has no such view
   */
  readView(path: string, query: Readonly<Record<string, unknown>>): Promise<unknown>

  /** Head, fees and endpoints of the chain. */
  chain(): ChainView

  /** Balance and nonces of the wallet. */
  wallet(): WalletView

  /**
   * How long the balance of the wallet lasts at the spending of the last hour, also before a restart. Null when nothing was spent,
   * or the balance is not known yet.
   * @throws UnavailableError if the store does not answer
   */
  runway(): Promise<Runway | null>

  /** Health of the gateway. An outage of the store or the chain is part of the answer, not an error. */
  health(): Promise<Health>

  /**
   * Calls a listener with every event from now on. An error of the listener is ignored. Events about a verdict are published
   * after the verdict is on disk: a listener can read it with `status` and `batch`.
   * @returns a function that removes the listener
   */
  on(listener: (event: GatewayEvent) => void): () => void

  /** True while operations are admitted. */
  isAdmitting(): boolean

  /**
   * Resolves when operations are admitted for the first time. Rejects if the start fails: the configuration is wrong. While
   * the chain or the database does not answer, the start is repeated.
   */
  readonly started: Promise<void>

  /**
   * Resolves when the gateway has stopped after `stop`. Rejects if the gateway fails: the start failed, or its actors
   * crashed repeatedly while no batch was settled. The error is the error of the start or of the last crash.
   * Call `stop` then, too: it closes the database.
   */
  readonly ended: Promise<void>

  /**
   * Stops the gateway: closes the intake, waits for the batches in flight until the configured deadline, commits, and closes
   * the store. Every step has a deadline, and a step that fails does not keep the next step from running. Never rejects
   * because of a crash.
   * @throws ClosingError if the actors or the store could not be closed
   *
   * During a restart after a crash no batch can go on: the gateway stops after the current commit. The next start
   * resumes all unsettled work.
   */
  stop(): Promise<void>
}
