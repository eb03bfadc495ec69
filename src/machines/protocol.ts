/**
 * The messages between actors. Every actor has a name in the system (`ACTORS`). Batches live in reused slots: a message to a
 * batch goes to the opsBatcher, with the batch id, so a late message never reaches the next batch of the slot.
 */

import type { ActorRef, AnyActorRef, Snapshot } from 'xstate'
import type { Arrival } from '../domain/arrival.ts'
import type { BatchId, Inclusion, TransactionAttempt } from '../domain/batch.ts'
import type { BlockHead, BlockRef, ChainState } from '../domain/chain.ts'
import type { GatewayErrorCode } from '../domain/errors.ts'
import type { BatchEvent, OperationEvent } from '../domain/events.ts'
import type { FinalityTags } from '../domain/finality.ts'
import type { OpEnvelope, OperationId, QueuedOperation } from '../domain/operation.ts'
import type { Address, Gas, Hash, Hex, Millis, WeiPerGas } from '../domain/primitives.ts'
import type { SettledOperation } from '../domain/recovery.ts'
import type { FailureReason, OpStatus } from '../domain/status.ts'
import type { StoreWrite } from '../domain/writes.ts'

/** The system ids of the actors below the gateway. */
export const ACTORS = {
  intake: 'intake',
  seat: 'seat',
  chainMonitor: 'chainMonitor',
  nonceTracker: 'nonceTracker',
  wallet: 'wallet',
  requestTracker: 'requestTracker',
  opsBatcher: 'opsBatcher',
  finalityTracker: 'finalityTracker',
} as const satisfies { readonly [A in Exclude<ActorName, 'gateway'>]: A }

/** The system id of the gateway, the root of the system. */
export const ROOT = 'gateway' satisfies ActorName

/** The events that each actor accepts from other actors. */
export interface Inbox {
  readonly gateway: Drain | Flushed | BatchSettled | IntakeSettled | SeatTaken | SeatLost
  readonly seat: SeatWanted
  readonly intake:
    | OperationSubmitted
    | OperationsAdmitted
    | AdmissionRefused
    | IntakeOpened
    | IntakeClosed
    | AdmissionsInterrupted
  readonly chainMonitor: never
  readonly nonceTracker:
    | OperationSubmitted
    | OperationsArrived
    | OperationsRecorded
    | RecordFailed
    | OperationsLeft
    | OperationsExpired
    | OperationsRevived
    | OperationsRequeued
    | Tick
  readonly wallet:
    | SignatureRequested
    | SignatureWithdrawn
    | NonceSettled
    | AttemptsRestored
    | FundsInsufficient
    | ConfigurationRefused
    | ChainReorged
    | BlockObserved
    | Recorded
    | RecordFailed
  readonly requestTracker: RecordRequested | FlushRequested
  readonly opsBatcher:
    | OperationsReady
    | OperationsWithdrawn
    | BatchAddressed
    | BatchTrimmed
    | BatchBroadcast
    | BatchInclusionChanged
    | AccountLimited
    | BlockObserved
    | ChainReorged
    | TagsObserved
    | ChainReachability
    | NoncesMissing
    | Tick
    | WalletAvailability
    | Drain
  readonly finalityTracker: TransactionsChanged | BlockObserved | ChainReorged | TagsObserved
}

/** The events that a batch accepts. Only its parent, the opsBatcher, sends to a batch. */
export type BatchInbox = BatchMessage | BlockObserved | ChainReorged | TagsObserved | Tick

export type ActorName = keyof Inbox

/**
 * Addresses an actor of the system. The compiler checks every event against the actor's inbox. XState's `system.get` is not
 * typed: any name and any event compile, and XState drops an event without a handler in silence.
 * @param actor the actor's name in the system
 * @returns a target for `sendTo` that accepts the events of the actor's inbox
 * @throws Error of xstate on a send to an actor that is not running
 */
export function to<A extends ActorName>(actor: A) {
  return ({ system }: { readonly system: AnyActorRef['system'] }): ActorRef<Snapshot<unknown>, Inbox[A]> =>
    system.get(actor)
}

/** The gateway stops: no operation is admitted any more, and no batch is started. */
export interface Drain {
  readonly type: 'drain'
}

/** Asks the requestTracker for `flushed` as soon as it has nothing left to write. */
export interface FlushRequested {
  readonly type: 'flush.requested'
}

/** The requestTracker has nothing left to write. */
export interface Flushed {
  readonly type: 'flushed'
}

/** A batch is settled. */
export interface BatchSettled {
  readonly type: 'batch.settled'
}

/** The gateway is ready to lead, and waits for `seat.taken`. */
export interface SeatWanted {
  readonly type: 'seat.wanted'
}

/** This process leads. */
export interface SeatTaken {
  readonly type: 'seat.taken'
}

/** This process does not lead any more. */
export interface SeatLost {
  readonly type: 'seat.lost'
}

/** The gateway runs: the intake accepts submissions. */
export interface IntakeOpened {
  readonly type: 'intake.opened'
}

/** The gateway drains: the intake accepts no submission. Submissions in progress still get an answer. */
export interface IntakeClosed {
  readonly type: 'intake.closed'
}

/** The actors that admit operations have stopped: the intake must ask the store for its waiting operations. */
export interface AdmissionsInterrupted {
  readonly type: 'admissions.interrupted'
}

/** The intake has answered all callers after an interruption. */
export interface IntakeSettled {
  readonly type: 'intake.settled'
}

/** Whether the chain answers. The chainMonitor sends changes to the opsBatcher. */
export type ChainReachability = { readonly type: 'chain.stalled' } | { readonly type: 'chain.followed' }

/** Time passes: sent by the ticker to the actors that check deadlines. */
export interface Tick {
  readonly type: 'tick'
  readonly at: Millis
}

/** A new block of the canonical chain, with the fees that follow from recent blocks. */
export interface BlockObserved {
  readonly type: 'block.observed'
  readonly head: BlockHead
  readonly chain: ChainState
}

/** Blocks are orphaned: a block of another branch was observed. */
export interface ChainReorged {
  readonly type: 'chain.reorged'
  readonly depth: number
  /** Number of the lowest orphaned block. */
  readonly orphanedFrom: number
  readonly head: BlockHead
}

/** The newest `safe` and `finalized` blocks. Sent after each new block, and before each `chain.reorged`. */
export interface TagsObserved {
  readonly type: 'tags.observed'
  readonly tags: FinalityTags
}

/** The transactions of a batch, for their levels of finality. Sent after each change; sending it twice changes nothing. */
export interface TransactionsChanged {
  readonly type: 'transactions.changed'
  readonly batchId: BatchId
  /** Hashes of the attempts that carry operations. */
  readonly hashes: readonly Hash[]
  /** The inclusion of one of these attempts; null before. */
  readonly inclusion: Inclusion | null
  readonly isSettled: boolean
}

/** Asks the requestTracker to commit writes. */
export interface RecordRequested {
  readonly type: 'record.requested'
  readonly writes: readonly StoreWrite[]
  /** The receiver of `recorded`; null for a request without an answer. */
  readonly reply: RecordReply | null
  /** On a store failure: `reject` drops the writes and answers `record.failed`, `retry` tries until the writes are on disk. */
  readonly onFailure: 'reject' | 'retry'
  /** Public events that the commit makes true. The requestTracker publishes them after the commit. */
  readonly events?: readonly (OperationEvent | BatchEvent)[]
}

/**
 * A request that is repeated until the write is on disk, without an answer.
 * @param events public events that the commit makes true
 */
export function recordRequested(
  write: StoreWrite,
  events: readonly (OperationEvent | BatchEvent)[] = [],
): RecordRequested {
  const request = { type: 'record.requested', writes: [write], reply: null, onFailure: 'retry' } as const
  return events.length === 0 ? request : { ...request, events }
}

interface RecordReply {
  readonly to: 'nonceTracker' | 'wallet'
  readonly token: string
}

export interface Recorded {
  readonly type: 'recorded'
  readonly token: string
}

/** The nonceTracker has admitted operations, and they are on disk. */
export interface OperationsAdmitted {
  readonly type: 'operations.admitted'
  readonly ids: readonly OperationId[]
}

/** Why an operation is not admitted. */
export interface Refusal {
  readonly code: Extract<
    GatewayErrorCode,
    | 'duplicate_request_in_flight'
    | 'mismatched_signature_nonce'
    | 'rate_limit_exceeded'
    | 'batcher_unavailable'
    | 'store_unavailable'
  >
  readonly message: string
  /** The operation in flight that the refused operation duplicates. */
  readonly duplicateOf?: OperationId
}

/** The nonceTracker does not admit an operation. */
export interface AdmissionRefused {
  readonly type: 'admission.refused'
  readonly id: OperationId
  readonly refusal: Refusal
}

/** The operations of one commit are on disk, in order of admission. */
export interface OperationsRecorded {
  readonly type: 'operations.recorded'
  readonly ids: readonly OperationId[]
}

export interface RecordFailed {
  readonly type: 'record.failed'
  readonly token: string
  readonly message: string
  /** An operation that another process has stored holds the same position or claim. */
  readonly isDuplicate?: true
}

/** Operations that processes without the lead have stored. */
export interface OperationsArrived {
  readonly type: 'operations.arrived'
  readonly arrivals: readonly Arrival[]
}

/** A caller submits an operation that has passed the pre-flight. */
export interface OperationSubmitted {
  readonly type: 'operation.submitted'
  readonly envelope: Omit<OpEnvelope, 'sequence'>
  /** The lane's nonce on chain as pre-flight saw it; null for an operation without a lane. */
  readonly chainNonce: number | null
  /** The verdict of an operation that needs no transaction: it is stored with it. Absent for every other operation. */
  readonly status?: Extract<OpStatus, { type: 'Finalized' }>
}

/** Operations that are ready: all earlier nonces of their lanes are ready or in a batch. */
export interface OperationsReady {
  readonly type: 'operations.ready'
  readonly operations: readonly QueuedOperation[]
}

/** Operations that are not ready any more: an earlier operation of the lane failed or was evicted. */
export interface OperationsWithdrawn {
  readonly type: 'operations.withdrawn'
  readonly operations: readonly QueuedOperation[]
}

/** Operations left a batch. An operation without a status is evicted. */
export interface OperationsLeft {
  readonly type: 'operations.left'
  readonly operations: readonly QueuedOperation[]
  readonly statuses: Readonly<Record<OperationId, OpStatus>>
}

/** Ready operations passed their deadline: the opsBatcher has removed them from its queue, and they fail. */
export interface OperationsExpired {
  readonly type: 'operations.expired'
  readonly operations: readonly QueuedOperation[]
  readonly reason: FailureReason
}

/** A reorg orphaned the block of a settled batch: its operations are in the batch again, with their positions and claims. */
export interface OperationsRevived {
  readonly type: 'operations.revived'
  readonly operations: readonly QueuedOperation[]
}

/** A reorg orphaned the evidence block of operations that were settled without a transaction: they return to their lanes. */
export interface OperationsRequeued {
  readonly type: 'operations.requeued'
  readonly settled: readonly SettledOperation[]
}

/** Simulation removed operations from a batch. `evidenceBlock` names the block that each verdict depends on. */
export interface BatchTrimmed {
  readonly type: 'batch.trimmed'
  readonly batchId: BatchId
  readonly operations: readonly QueuedOperation[]
  readonly statuses: Readonly<Record<OperationId, OpStatus>>
  readonly evidenceBlock: Readonly<Record<OperationId, BlockRef>>
}

/** An endpoint has accepted an attempt of a batch for the first time. */
export interface BatchBroadcast {
  readonly type: 'batch.broadcast'
  readonly batchId: BatchId
  readonly gasLimit: Gas
}

/** A batch is included, or its block is orphaned. A batch holds its permit until inclusion. */
export interface BatchInclusionChanged {
  readonly type: 'batch.inclusionChanged'
  readonly batchId: BatchId
  readonly isIncluded: boolean
  /** Number of the including block; null while the batch is not included. */
  readonly blockNumber: number | null
}

/** A pool refuses further transactions of the wallet: a batch was refused with the class `accountLimit`. */
export interface AccountLimited {
  readonly type: 'account.limited'
  readonly batchId: BatchId
}

/** The transaction to sign for a batch: its contract calls, or a cancel (a self-transfer at the batch's nonce). */
export type TransactionRequest =
  | {
      readonly purpose: 'batch'
      readonly batchId: BatchId
      /** Position of the plan in the plans of the batch. */
      readonly plan: number
      readonly to: Address
      readonly data: Hex
      readonly gasLimit: Gas
    }
  | { readonly purpose: 'cancel'; readonly batchId: BatchId; readonly gasLimit: Gas }

/**
 * How the fees of an attempt follow from the highest fees tried at its nonce.
 *
 * - `raise`: higher, as pools require of a replacement, and at least the market's fees.
 * - `market`: the highest tried, or the market's fees if these are higher.
 * - `keep`: the highest tried.
 *
 * A first attempt has the market's fees in every case.
 */
export type Pricing = 'raise' | 'market' | 'keep'

/** A batch requests a signed attempt from the wallet. */
export interface SignatureRequested {
  readonly type: 'signature.requested'
  readonly request: TransactionRequest
  /** The nonce of the attempt to replace, or of the gap to fill; null for the next free nonce. */
  readonly nonce: number | null
  /** The highest fees of all attempts at the nonce, refused attempts included; null before the first attempt. */
  readonly highest: Fees | null
  readonly pricing: Pricing
}

/**
 * A batch gives up its request for a first attempt. The wallet answers `signature.refused` if the request still waits. If it
 * is being signed, `transaction.signed` follows as usual.
 */
export interface SignatureWithdrawn {
  readonly type: 'signature.withdrawn'
  readonly batchId: BatchId
}

/** A batch is revived: the wallet tracks its attempts again. */
export interface AttemptsRestored {
  readonly type: 'attempts.restored'
  readonly attempts: readonly TransactionAttempt[]
}

/** The wallet has found gaps in its nonces. Transactions with later nonces cannot be included before the gaps are filled. */
export interface NoncesMissing {
  readonly type: 'nonces.missing'
  readonly nonces: readonly number[]
}

export interface Fees {
  readonly maxFeePerGas: WeiPerGas
  readonly maxPriorityFeePerGas: WeiPerGas
}

/** A transaction nonce is consumed in a canonical block, at the configured depth. */
export interface NonceSettled {
  readonly type: 'nonce.settled'
  readonly nonce: number
}

/** Every endpoint refused an attempt, and one for insufficient funds. The wallet signs nothing until its balance rises. */
export interface FundsInsufficient {
  readonly type: 'funds.insufficient'
  readonly batchId: BatchId
  /** The words of the node. */
  readonly words: string
}

/** Every endpoint refused an attempt, and one for a reason that only the operator can change. The wallet stops. */
export interface ConfigurationRefused {
  readonly type: 'configuration.refused'
  readonly batchId: BatchId
  /** The words of the node. */
  readonly words: string
}

/** Whether the wallet's funds suffice. */
export type WalletAvailability =
  | { readonly type: 'wallet.available' }
  | { readonly type: 'wallet.unavailable' }

/** The messages to one batch. */
export type BatchMessage =
  | {
      readonly type: 'transaction.signed'
      readonly attempt: TransactionAttempt
      /** The fees of a first attempt at the time of signing. */
      readonly market: Fees
    }
  /** The wallet signs no attempt: the fee cap leaves no room, funds are low, or the nonce is consumed. Rebroadcast. */
  | { readonly type: 'signature.refused' }
  /** The chain accepts this batch's nonce next. All later nonces wait for this batch. */
  | { readonly type: 'nonce.next' }

/** A message to a batch, by batch id. The opsBatcher forwards the message to the batch's slot. */
export interface BatchAddressed {
  readonly type: 'batch.addressed'
  readonly batchId: BatchId
  readonly message: BatchMessage
}
