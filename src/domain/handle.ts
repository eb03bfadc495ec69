/**
 * The gateway as its users see it: the HTTP server is one of them, a program that embeds it another.
 */
import type { BatchId, BatchRecord, BatchSummary, TransactionAttempt } from './batch.ts'
import type { ChainState, EndpointView } from './chain.ts'
import type { GatewayEvent, ThrottleReason } from './events.ts'
import type { OpEnvelope, Operation, OperationId, OperationKind } from './operation.ts'
import type { Address, Hash, Millis, Wei } from './primitives.ts'
import type { GatewayRequestState, OpStatus } from './status.ts'

/** What a caller gets for an operation that was taken: it is on disk. */
export interface AcceptedOperation {
  readonly id: OperationId
  readonly kind: OperationKind
  readonly state: GatewayRequestState
}

/** Everything known of an operation. */
export interface OperationDetail {
  readonly envelope: OpEnvelope
  readonly state: GatewayRequestState
  readonly status: OpStatus | null
  readonly updatedAt: Millis
  readonly batch: BatchRecord | null
  readonly attempts: readonly TransactionAttempt[]
}

export interface BatchDetail {
  readonly batch: BatchRecord
  readonly attempts: readonly TransactionAttempt[]
}

export interface ChainView {
  /** The chain monitor's state: `Connecting`, `Following` or `Stalled`. */
  readonly state: string
  readonly chainId: number
  readonly registryAddress: Address
  readonly head: {
    readonly number: number
    readonly hash: Hash
    readonly seenAt: Millis
  } | null
  readonly fees: ChainState | null
  /** In the order of preference: the first that is `Up` is asked. */
  readonly endpoints: readonly EndpointView[]
}

export interface WalletView {
  /** The wallet's state and what it does in it: `Syncing`, `Ready.Idle`, `LowFunds.Waiting` and so on. */
  readonly state: string
  readonly address: Address
  readonly balance: Wei | null
  /** The nonce that the next transaction gets; null until it is known. */
  readonly nextNonce: number | null
  readonly inFlight: readonly {
    readonly nonce: number
    readonly batchId: BatchId
    readonly hashes: readonly Hash[]
  }[]
}

/** One part of the gateway: well or not, and in what state. */
export interface PartHealth {
  readonly ok: boolean
  readonly state: string
  readonly message: string | null
}

export interface Health {
  /** The gateway's root state: `Running`, `Restarting`, `Recovering`, `Draining`, `Stopped` and so on. */
  readonly state: string
  /** True when new operations are taken and can land. */
  readonly ok: boolean
  readonly chain: PartHealth
  readonly store: PartHealth
  readonly wallet: PartHealth
  readonly batcher: {
    readonly state: string
    /** Operations ready to be batched. */
    readonly ready: number
    /** Operations that wait for an earlier nonce of their account. */
    readonly waiting: number
    readonly batches: number
    readonly throttled: ThrottleReason | null
    /** When the oldest ready operation was received. */
    readonly oldestReceivedAt: Millis | null
  }
  /** Submissions between arrival and disk. */
  readonly intake: { readonly pending: number; readonly capacity: number }
  /** Actors that died and were started again. */
  readonly supervision: {
    /** How many, since the start. */
    readonly restarts: number
    readonly lastCrash: {
      readonly actor: string
      /** What it has died of, in a line and without secrets. */
      readonly message: string
      readonly at: Millis
    } | null
  }
}

export interface OpsBatcherHandle {
  /**
   * Validates, simulates and stores an operation, then queues it. Waits for room when the intake is full.
   * @param id a fresh lower-case UUID v4; made up when absent
   * @throws RefusedError when the operation cannot succeed
   * @throws UnavailableError when the chain or store does not answer, or the gateway is stopping or restarting
   */
  submit(operation: Operation, id?: OperationId): Promise<AcceptedOperation>
  /** As `submit`, but throws `batcher_unavailable` at once when the intake is full. */
  trySubmit(operation: Operation, id?: OperationId): Promise<AcceptedOperation>
  /** @throws UnavailableError when the store does not answer */
  status(id: OperationId): Promise<{
    readonly kind: OperationKind
    readonly state: GatewayRequestState
  } | null>
  operation(id: OperationId): Promise<OperationDetail | null>
  /** Newest first. */
  batches(limit: number, before?: BatchId): Promise<readonly BatchSummary[]>
  batch(id: BatchId): Promise<BatchDetail | null>
  chain(): ChainView
  wallet(): WalletView
  health(): Promise<Health>
  /** Calls `listener` with every event from now on; returns how to stop that. A throwing listener is ignored. */
  on(listener: (event: GatewayEvent) => void): () => void
  /**
   * Resolves when the gateway has stopped. Rejects when its actors died again and again without a batch coming to its end,
   * with what the last has died of; after that it does nothing more.
   */
  readonly ended: Promise<void>
  /**
   * Stops intake, lets batches in flight finish up to the configured deadline, commits and closes. While the actors are being
   * restarted there is nobody to finish anything: then it ends as soon as no commit is under way.
   */
  stop(): Promise<void>
}
