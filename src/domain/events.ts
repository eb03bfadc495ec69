/**
 * What the gateway tells observers: metrics, logs, the live view and whoever embeds it. Machines `emit` these; nothing
 * in the gateway depends on anybody listening.
 */
import type { BatchId, FinalizedBatch, TransactionAttempt } from './batch.ts'
import type { BlockHead, ChainState, EndpointView } from './chain.ts'
import type { ErrorCode } from './errors.ts'
import type { OperationId, OperationKind } from './operation.ts'
import type { Address, DurationMs, Gas, Hash, Millis, Wei, WeiPerGas } from './primitives.ts'
import type { OpStatus } from './status.ts'
import type { IgnoredTransition } from './writes.ts'

/** Why the batcher is not sending although operations are ready. */
export type ThrottleReason =
  | 'NoPermit'
  | 'LanesBusy'
  | 'FeeAboveCeiling'
  | 'ChainStalled'
  | 'WalletUnavailable'

/** Why a transaction was replaced or sent again. */
export type ResubmissionReason = 'Timeout' | 'Underpriced'

/** What a transaction stands for: the batch's operations, or only its nonce. */
type Purpose = TransactionAttempt['purpose']

export type OperationEvent =
  | {
      readonly type: 'operation.accepted'
      readonly id: OperationId
      readonly kind: OperationKind
      readonly at: Millis
    }
  | {
      readonly type: 'operation.refused'
      readonly kind: OperationKind
      readonly code: ErrorCode
      readonly at: Millis
    }
  | {
      readonly type: 'operation.settled'
      readonly id: OperationId
      readonly kind: OperationKind
      readonly status: OpStatus
      readonly receivedAt: Millis
      readonly at: Millis
    }
  | {
      /** The block that an operation's end at simulation stood on was orphaned: it is queued again. */
      readonly type: 'operation.revived'
      readonly id: OperationId
      readonly kind: OperationKind
      /** Number of the block that was orphaned. */
      readonly blockNumber: number
      readonly at: Millis
    }

export type BatchEvent =
  | {
      readonly type: 'batch.spawned'
      readonly batchId: BatchId
      readonly slot: number
      readonly operations: readonly OperationId[]
      readonly gasBudget: Gas
      readonly at: Millis
    }
  | {
      readonly type: 'batch.simulated'
      readonly batchId: BatchId
      readonly kept: number
      readonly failed: number
      readonly evicted: number
      readonly gasLimit: Gas
      /** Since the batch was spawned. */
      readonly duration: DurationMs
      readonly at: Millis
    }
  | {
      readonly type: 'batch.submitted'
      readonly batchId: BatchId
      readonly txHash: Hash
      readonly nonce: number
      readonly purpose: Purpose
      readonly maxFeePerGas: WeiPerGas
      readonly maxPriorityFeePerGas: WeiPerGas
      /** Since the batch was simulated; null for a replacement. */
      readonly duration: DurationMs | null
      readonly at: Millis
    }
  | {
      readonly type: 'batch.resubmitted'
      readonly batchId: BatchId
      readonly reason: ResubmissionReason
      /** False when the fee cap was met and the same bytes were sent again. */
      readonly replaced: boolean
      /** `cancel` when what replaces it only consumes its nonce. */
      readonly purpose: Purpose
      readonly txHash: Hash
      readonly at: Millis
    }
  | {
      readonly type: 'batch.included'
      readonly batchId: BatchId
      readonly txHash: Hash
      readonly blockNumber: number
      /** Blocks seen since it was submitted. */
      readonly blocksWaited: number
      /** Since the first broadcast. */
      readonly duration: DurationMs
      readonly at: Millis
    }
  | {
      readonly type: 'batch.reorged'
      readonly batchId: BatchId
      readonly txHash: Hash
      readonly at: Millis
    }
  | {
      /** The block of a batch that had ended was orphaned: it is alive again. */
      readonly type: 'batch.revived'
      readonly batchId: BatchId
      readonly operations: number
      /** Number of the block that was orphaned. */
      readonly blockNumber: number
      readonly at: Millis
    }
  | {
      /** Somebody else used the wallet's key: a transaction that is not ours consumed the batch's nonce. */
      readonly type: 'batch.displaced'
      readonly batchId: BatchId
      readonly nonce: number
      /** The other transaction; null when the node cannot say any more which it was. */
      readonly txHash: Hash | null
      readonly at: Millis
    }
  | {
      readonly type: 'batch.finalized'
      readonly batch: FinalizedBatch
      readonly at: Millis
    }
  | {
      readonly type: 'batch.failed'
      readonly batch: FinalizedBatch
      readonly at: Millis
    }

export type ChainEvent =
  | {
      readonly type: 'block.observed'
      readonly head: BlockHead
      readonly chain: ChainState
    }
  | {
      readonly type: 'chain.reorged'
      readonly depth: number
      /** Number of the lowest block that is not canonical any more. */
      readonly orphanedFrom: number
      readonly blockNumber: number
      readonly at: Millis
    }
  | {
      readonly type: 'chain.stalled'
      readonly message: string
      readonly at: Millis
    }
  | { readonly type: 'chain.followed'; readonly at: Millis }

export type SystemEvent =
  | {
      readonly type: 'batcher.throttled'
      readonly reason: ThrottleReason
      readonly at: Millis
    }
  | {
      readonly type: 'wallet.observed'
      readonly balance: Wei
      readonly nextNonce: number
      readonly inFlight: number
      readonly at: Millis
    }
  | {
      /** Somebody else used the wallet's key: it has sent transactions that are not ours. */
      readonly type: 'wallet.foreignTransactions'
      /** How many of them. */
      readonly nonces: number
      readonly nextNonce: number
      readonly at: Millis
    }
  | {
      /** The balance does not pay for what is to be sent; told once for each balance that does not. */
      readonly type: 'wallet.low'
      readonly address: Address
      readonly balance: Wei
      readonly minBalance: Wei
      readonly at: Millis
    }
  | {
      /** Nobody stands for a nonce that the chain waits for: a self-transfer fills it. */
      readonly type: 'wallet.healing'
      readonly batchId: BatchId
      readonly nonce: number
      readonly at: Millis
    }
  | {
      readonly type: 'store.committed'
      readonly writes: number
      readonly duration: DurationMs
      readonly at: Millis
    }
  | {
      readonly type: 'store.failing'
      readonly message: string
      readonly at: Millis
    }
  /** The store did not move an operation, because its state or its batch does not allow the transition. */
  | ({ readonly type: 'transition.ignored'; readonly at: Millis } & IgnoredTransition)
  /** An actor died of a defect. It is started again, or all are, after a pause. */
  | {
      readonly type: 'actor.crashed'
      /** Its id; a batch dies as the opsBatcher. */
      readonly actor: string
      /** What it has died of, in a line and without secrets. */
      readonly message: string
      /** Where, when that is known; without secrets. */
      readonly stack: string | null
      /** How often it has died since the gateway was started. */
      readonly restarts: number
      readonly at: Millis
    }
  | {
      /** An endpoint of the chain is asked from now on, or is not asked any more. */
      readonly type: 'endpoint.changed'
      /** Its host. */
      readonly endpoint: string
      readonly state: EndpointView['state']
      /** Why it is not asked; null when it is. */
      readonly message: string | null
      readonly at: Millis
    }
  | {
      readonly type: 'rpc.called'
      readonly endpoint: string
      readonly method: string
      readonly outcome: 'ok' | 'error' | 'unavailable'
      readonly duration: DurationMs
    }

export type GatewayEvent = OperationEvent | BatchEvent | ChainEvent | SystemEvent
