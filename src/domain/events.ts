/**
 * Events that a gateway publishes to observers: metrics, logs, the live view and embedding programs. Subscribe with
 * `OpsBatcherHandle.on`. The gateway itself depends on no listener.
 */
import type { BatchId, FinalizedBatch, TransactionAttempt } from './batch.ts'
import type { BlockHead, ChainState, EndpointView } from './chain.ts'
import type { Cost } from './cost.ts'
import type { GatewayErrorCode } from './errors.ts'
import type { FinalityLevel } from './finality.ts'
import type { OperationId, OperationKind } from './operation.ts'
import type { Address, DurationMs, Gas, Hash, Millis, Wei, WeiPerGas } from './primitives.ts'
import type { RefusalClass } from './refusal.ts'
import type { Leader } from './seat.ts'
import type { OpStatus } from './status.ts'
import type { IgnoredTransition } from './writes.ts'

/**
 * Why the batcher does not send, although operations are ready.
 *
 * - `NoPermit`: the maximum number of batches is in flight.
 * - `BlockBudgetUsed`: the batches in flight use the gas budget of the next block.
 * - `LanesBusy`: every ready operation belongs to a lane that is already in a batch.
 * - `FeeAboveCeiling`: the base fee is at or above the maximum, and no operation that can be sent has waited too long.
 * - `ChainStalled`: no endpoint reports new blocks.
 * - `WalletUnavailable`: the wallet is not ready to sign, e.g. because of a low balance.
 * - `AccountLimited`: a pool refused a batch, because it holds too many transactions of the wallet.
 */
export type ThrottleReason =
  | 'NoPermit'
  | 'BlockBudgetUsed'
  | 'LanesBusy'
  | 'FeeAboveCeiling'
  | 'ChainStalled'
  | 'WalletUnavailable'
  | 'AccountLimited'

/**
 * Why a transaction was replaced or sent again: no inclusion in time; or a refusal because of low fees, of its size, or of its
 * gas limit.
 */
export type ResubmissionReason = 'Timeout' | 'Underpriced' | 'TooLarge' | 'GasTooLow'

/** The two fee fields of a transaction. */
type TransactionFees = Pick<TransactionAttempt, 'maxFeePerGas' | 'maxPriorityFeePerGas'>

/** What an attempt carries: the operations of the batch, or nothing (a cancel). */
type Purpose = TransactionAttempt['purpose']

/** Events of one operation. */
export type OperationEvent =
  | {
      /** An operation was stored. */
      readonly type: 'operation.accepted'
      readonly id: OperationId
      readonly kind: OperationKind
      readonly at: Millis
    }
  | {
      /** A submission was refused. The operation was not stored. */
      readonly type: 'operation.refused'
      readonly kind: OperationKind
      readonly code: GatewayErrorCode
      readonly at: Millis
    }
  | {
      /** An operation left a batch or its lane: finalized, failed or evicted. */
      readonly type: 'operation.settled'
      readonly id: OperationId
      readonly kind: OperationKind
      readonly status: OpStatus
      /** The operation's share of the included transaction; null if no transaction carried the operation. */
      readonly cost: Cost | null
      readonly receivedAt: Millis
      readonly at: Millis
    }
  | {
      /** The evidence block of a verdict at simulation was orphaned. The operation is queued again. */
      readonly type: 'operation.revived'
      readonly id: OperationId
      readonly kind: OperationKind
      /** Number of the orphaned block. */
      readonly blockNumber: number
      readonly at: Millis
    }

/** Events of one batch. */
export type BatchEvent =
  | {
      /** A batch was started. */
      readonly type: 'batch.spawned'
      readonly batchId: BatchId
      readonly slot: number
      readonly operations: readonly OperationId[]
      readonly gasBudget: Gas
      readonly at: Millis
    }
  | {
      /** A batch was simulated and has a plan. */
      readonly type: 'batch.simulated'
      readonly batchId: BatchId
      /** Number of operations in the plan. */
      readonly kept: number
      /** Number of operations that failed at simulation. */
      readonly failed: number
      /** Number of operations evicted at simulation. */
      readonly evicted: number
      readonly gasLimit: Gas
      /** Since the start of the batch. */
      readonly duration: DurationMs
      readonly at: Millis
    }
  | {
      /** An attempt was broadcast, and accepted for the first time. */
      readonly type: 'batch.submitted'
      readonly batchId: BatchId
      /** The operations that the attempt carries; empty for a cancel. */
      readonly operations: readonly OperationId[]
      readonly txHash: Hash
      readonly nonce: number
      readonly purpose: Purpose
      readonly maxFeePerGas: WeiPerGas
      readonly maxPriorityFeePerGas: WeiPerGas
      /** Since the simulation; null for a replacement. */
      readonly duration: DurationMs | null
      readonly at: Millis
    }
  | {
      /** A transaction without inclusion was replaced or sent again. */
      readonly type: 'batch.resubmitted'
      readonly batchId: BatchId
      readonly reason: ResubmissionReason
      /**
       * True: a new attempt with higher fees. False: the attempt is rebroadcast unchanged, because the fee ceiling is
       * reached.
       */
      readonly replaced: boolean
      /** `cancel` if the new attempt only consumes the nonce. */
      readonly purpose: Purpose
      readonly txHash: Hash
      readonly at: Millis
    }
  | {
      /** An endpoint refused an attempt, and no endpoint accepted it. */
      readonly type: 'transaction.refused'
      readonly batchId: BatchId
      readonly txHash: Hash
      readonly class: RefusalClass
      /** The words of the node, in one line and without credentials. */
      readonly words: string
      readonly endpoint: string
      readonly at: Millis
    }
  | {
      /**
       * A transaction was not included in time, although its fees are at least the fees of a first attempt now. The endpoint may
       * have dropped the transaction.
       */
      readonly type: 'endpoint.suspected'
      readonly batchId: BatchId
      readonly txHash: Hash
      readonly maxFeePerGas: WeiPerGas
      readonly maxPriorityFeePerGas: WeiPerGas
      /** The fees of a first attempt now. */
      readonly market: TransactionFees
      readonly at: Millis
    }
  | {
      /** An attempt of the batch was included in a block. */
      readonly type: 'batch.included'
      readonly batchId: BatchId
      /** The operations that the included attempt carries; empty for a cancel. */
      readonly operations: readonly OperationId[]
      readonly txHash: Hash
      readonly blockNumber: number
      /** Number of blocks since the first broadcast. */
      readonly blocksWaited: number
      /** Since the first broadcast. */
      readonly duration: DurationMs
      readonly at: Millis
    }
  | {
      /** The including block of an unsettled batch was orphaned. The batch waits for inclusion again. */
      readonly type: 'batch.reorged'
      readonly batchId: BatchId
      readonly txHash: Hash
      readonly at: Millis
    }
  | {
      /** A transaction of the batch has reached a level of finality. */
      readonly type: 'batch.levelReached'
      readonly batchId: BatchId
      readonly txHash: Hash
      readonly level: FinalityLevel
      /** The block that showed it (see `LevelReached`). */
      readonly blockNumber: number
      readonly at: Millis
    }
  | {
      /** A reorg took back levels of finality of the batch. */
      readonly type: 'batch.levelsLost'
      readonly batchId: BatchId
      readonly txHash: Hash
      /** Lowest first. */
      readonly levels: readonly FinalityLevel[]
      /** Number of the orphaned block. */
      readonly blockNumber: number
      readonly at: Millis
    }
  | {
      /** A preconfirmation did not come true: the block came without the transaction. */
      readonly type: 'batch.preconfirmationFailed'
      readonly batchId: BatchId
      readonly txHash: Hash
      /** Number of the pending block that contained the transaction. */
      readonly blockNumber: number
      readonly at: Millis
    }
  | {
      /** The including block of a settled batch was orphaned. The batch is resumed. */
      readonly type: 'batch.revived'
      readonly batchId: BatchId
      /** Number of operations that lost their verdict. */
      readonly operations: number
      /** Number of the orphaned block. */
      readonly blockNumber: number
      readonly at: Millis
    }
  | {
      /** A foreign transaction consumed the batch's nonce: another program uses the wallet's key. */
      readonly type: 'batch.displaced'
      readonly batchId: BatchId
      readonly nonce: number
      /** Hash of the foreign transaction; null if the node does not know the hash any more. */
      readonly txHash: Hash | null
      readonly at: Millis
    }
  | {
      /** A batch was settled with an included transaction. */
      readonly type: 'batch.finalized'
      readonly batch: FinalizedBatch
      readonly at: Millis
    }
  | {
      /** A batch was settled without an included transaction. `batch.failure` says why. */
      readonly type: 'batch.failed'
      readonly batch: FinalizedBatch
      readonly at: Millis
    }

/** Events of the chain. */
export type ChainEvent =
  | {
      readonly type: 'block.observed'
      readonly head: BlockHead
      readonly chain: ChainState
    }
  | {
      readonly type: 'chain.reorged'
      /** Number of orphaned heights. */
      readonly depth: number
      /** Number of the lowest orphaned block. */
      readonly orphanedFrom: number
      /** Number of the new head. */
      readonly blockNumber: number
      readonly at: Millis
    }
  | {
      /** No endpoint has answered for `stallTimeout`. */
      readonly type: 'chain.stalled'
      readonly message: string
      readonly at: Millis
    }
  | {
      /** The chain answers again after a stall. */
      readonly type: 'chain.followed'
      readonly at: Millis
    }

/** Events of batcher, wallet, store, actors and endpoints. */
export type SystemEvent =
  | {
      /** The batcher does not send for a new reason. */
      readonly type: 'batcher.throttled'
      readonly reason: ThrottleReason
      readonly at: Millis
    }
  | {
      /** A batch that left for a predicted block is included: in that block, or in a later one. */
      readonly type: 'departure.judged'
      readonly batchId: BatchId
      readonly isMissed: boolean
      /** Time from the departure of the next batch to its block. */
      readonly lead: DurationMs
      readonly at: Millis
    }
  | {
      /** The wallet's account was read from the chain. */
      readonly type: 'wallet.observed'
      readonly balance: Wei
      readonly nextNonce: number
      /** Number of unsettled nonces. */
      readonly inFlight: number
      readonly at: Millis
    }
  | {
      /** Foreign transactions consumed nonces of the wallet: another program uses the wallet's key. */
      readonly type: 'wallet.foreignTransactions'
      /** Number of consumed nonces. */
      readonly nonces: number
      readonly nextNonce: number
      readonly at: Millis
    }
  | {
      /** The balance is too low to send. Published once for each balance. */
      readonly type: 'wallet.low'
      readonly address: Address
      readonly balance: Wei
      readonly minBalance: Wei
      /** The words of the node that refused a transaction for insufficient funds; null without a refusal. */
      readonly reason: string | null
      readonly at: Millis
    }
  | {
      /** The nodes refuse the wallet's transactions for a reason that only the operator can change. The wallet signs nothing. */
      readonly type: 'wallet.stopped'
      readonly address: Address
      /** The words of the node. */
      readonly reason: string
      readonly at: Millis
    }
  | {
      /** A gap: the chain waits for a nonce without an attempt. A self-transfer fills the gap. */
      readonly type: 'wallet.healing'
      readonly batchId: BatchId
      readonly nonce: number
      readonly at: Millis
    }
  | {
      readonly type: 'store.committed'
      /** Number of changes in the commit. */
      readonly writes: number
      readonly duration: DurationMs
      readonly at: Millis
    }
  | {
      /** A commit failed. It is retried. */
      readonly type: 'store.failing'
      readonly message: string
      readonly at: Millis
    }
  | ({
      /** The store ignored a change of an operation. The state or the batch of the operation forbids the transition. */
      readonly type: 'transition.ignored'
      readonly at: Millis
    } & IgnoredTransition)
  | {
      /** An error stopped an actor. After a pause, the actor or all actors restart. */
      readonly type: 'actor.crashed'
      /** Name of the actor; `opsBatcher` for a batch. */
      readonly actor: string
      /** Message of the error in one line, without secrets. */
      readonly message: string
      /** Stack of the error without secrets; null if unknown. */
      readonly stack: string | null
      /** Number of crashes of this actor since the gateway was started. */
      readonly restarts: number
      readonly at: Millis
    }
  | {
      /** One effect of an actor has failed for the stall timeout without a success. Published once for each failure. */
      readonly type: 'failure.persisted'
      readonly actor: string
      /** Null for an actor that is no batch. */
      readonly batchId: BatchId | null
      /** Name of the effect. */
      readonly effect: string
      /** The last error in one line. */
      readonly reason: string
      /** Time of the first failure. */
      readonly since: Millis
      readonly at: Millis
    }
  | {
      /** The effect of a persistent failure succeeded again. */
      readonly type: 'failure.ended'
      readonly actor: string
      readonly batchId: BatchId | null
      readonly effect: string
      readonly since: Millis
      readonly at: Millis
    }
  | {
      /** One endpoint accepted an attempt, and another refused it by a rule that holds for the whole chain. */
      readonly type: 'broadcast.contradicted'
      readonly batchId: BatchId
      readonly txHash: Hash
      readonly class: RefusalClass
      /** The words of the endpoint that refused. */
      readonly words: string
      readonly endpoint: string
      readonly at: Millis
    }
  | {
      /** The health of an RPC endpoint changed. */
      readonly type: 'endpoint.changed'
      /** Name of the endpoint: host and port. */
      readonly endpoint: string
      readonly state: EndpointView['state']
      /** Why the endpoint is not preferred; null if it is `Up`. */
      readonly message: string | null
      readonly at: Millis
    }
  | {
      /** The contract has another version than before: at the start, or because it was upgraded. */
      readonly type: 'registry.versionChanged'
      /** Names of the versions. */
      readonly from: string
      readonly to: string
      readonly at: Millis
    }
  | {
      /** The check of the contract's version failed while the gateway runs. It is repeated. */
      readonly type: 'registry.checkFailed'
      readonly message: string
      readonly at: Millis
    }
  | {
      /** The system clock was set while the gateway ran. Deadlines and timestamps do not follow the step. */
      readonly type: 'clock.stepped'
      /** Positive if the system clock went forward. */
      readonly by: DurationMs
      readonly at: Millis
    }
  | {
      /** A step of the start failed because the chain or the database did not answer. It is repeated after a pause. */
      readonly type: 'start.delayed'
      /** The error in one line, without secrets. */
      readonly message: string
      readonly pause: DurationMs
      readonly at: Millis
    }
  | {
      /** This process leads from now on. */
      readonly type: 'seat.taken'
      readonly leader: Leader
      readonly at: Millis
    }
  | {
      /** Another process leads. This process stands by. */
      readonly type: 'seat.observed'
      readonly leader: Leader
      readonly at: Millis
    }
  | {
      /** This process does not lead any more. */
      readonly type: 'seat.lost'
      readonly reason: string
      readonly at: Millis
    }
  | {
      /** The seat could not be taken or renewed, because the store failed. Published for the first failure in a row. */
      readonly type: 'seat.failing'
      readonly message: string
      readonly at: Millis
    }
  | {
      /** A read of the store failed. */
      readonly type: 'store.readFailed'
      readonly message: string
      /** True for the first failure with this message. */
      readonly isNew: boolean
      readonly at: Millis
    }
  | {
      /** An RPC call ended. */
      readonly type: 'rpc.called'
      readonly endpoint: string
      readonly method: string
      /** `error`: the endpoint answered with a JSON-RPC error. `unavailable`: no answer. */
      readonly outcome: 'ok' | 'error' | 'unavailable'
      readonly duration: DurationMs
    }

export type GatewayEvent = OperationEvent | BatchEvent | ChainEvent | SystemEvent
