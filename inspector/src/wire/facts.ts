/** Facts: events of the gateway for observers. Samples: figures of the gateway, once a second. */
import type { Id, Millis } from './basics.ts'

/** The status of an operation in a batch: a verdict (finalized or failed) or evicted. */
export type Outcome = {
  readonly type: 'Finalized' | 'Failed' | 'Evicted'
  /** Decoded reason: `MismatchedSignatureNonce(42, 8, 7)`, `NonceTooHigh(5)`, `Timeout`. Null if finalized. */
  readonly reason: string | null
}

/** A settled batch. */
interface SettledBatch {
  readonly batchId: Id
  readonly txHash: string | null
  readonly blockNumber: number | null
  readonly gasUsed: number
  /** Status by operation id, including operations that left at simulation. */
  readonly outcomes: Readonly<Record<Id, Outcome>>
  readonly createdAt: Millis
  readonly simulationCompletedAt: Millis | null
  readonly submittedAt: Millis | null
  readonly finalizedAt: Millis
  readonly resubmissionCount: number
  /** Why the batch failed. Null for a finalized batch. */
  readonly failure: string | null
  readonly at: Millis
}

/** A viewer must ignore unknown types of facts, because a newer gateway may send them. */
export type Fact =
  | {
      readonly type: 'batch.spawned'
      readonly batchId: Id
      /** Number of the slot. The name of the actor is `slot-<n>`. */
      readonly slot: number
      /** Number of operations in the batch. */
      readonly operations: number
      readonly gasBudget: number
      readonly at: Millis
    }
  | {
      readonly type: 'batch.simulated'
      readonly batchId: Id
      readonly kept: number
      readonly failed: number
      readonly evicted: number
      readonly gasLimit: number
      /** Time since the start of the batch, in milliseconds. */
      readonly duration: number
      readonly at: Millis
    }
  | {
      readonly type: 'batch.submitted'
      readonly batchId: Id
      readonly txHash: string
      readonly nonce: number
      /** `batch`, or `cancel` for a self-transfer that only consumes the nonce. */
      readonly purpose: string
      readonly maxFeePerGas: number
      readonly maxPriorityFeePerGas: number
      /** Time since the simulation, in milliseconds. Null for a replacement. */
      readonly duration: number | null
      readonly at: Millis
    }
  | {
      readonly type: 'batch.resubmitted'
      readonly batchId: Id
      readonly reason: string
      /** False for a rebroadcast: the bytes are unchanged. */
      readonly replaced: boolean
      readonly purpose: string
      /** Hash of the latest attempt. */
      readonly txHash: string
      readonly at: Millis
    }
  | {
      /**
       * `transaction.refused`: an endpoint refused a transaction, and no endpoint accepted it. `broadcast.contradicted`: another
       * endpoint accepted it.
       */
      readonly type: 'transaction.refused' | 'broadcast.contradicted'
      readonly batchId: Id
      readonly txHash: string
      /** Class of the refusal, for example `funds`. */
      readonly class: string
      /** The words of the node. */
      readonly words: string
      readonly endpoint: string
      readonly at: Millis
    }
  | {
      /** A transaction was not included in time, although its price was at or above the market. */
      readonly type: 'endpoint.suspected'
      readonly batchId: Id
      readonly txHash: string
      readonly maxFeePerGas: number
      readonly maxPriorityFeePerGas: number
      /** Fees of a first attempt now. */
      readonly market: { readonly maxFeePerGas: number; readonly maxPriorityFeePerGas: number }
      readonly at: Millis
    }
  | {
      readonly type: 'batch.included'
      readonly batchId: Id
      readonly txHash: string
      readonly blockNumber: number
      readonly blocksWaited: number
      /** Time since the first broadcast, in milliseconds. */
      readonly duration: number
      readonly at: Millis
    }
  | {
      readonly type: 'batch.reorged'
      readonly batchId: Id
      readonly txHash: string
      readonly at: Millis
    }
  | {
      /** The block of a settled batch was orphaned: the batch is revived. */
      readonly type: 'batch.revived'
      readonly batchId: Id
      readonly operations: number
      /** Of the block that was orphaned. */
      readonly blockNumber: number
      readonly at: Millis
    }
  | {
      /** A foreign transaction consumed the nonce of the batch. */
      readonly type: 'batch.displaced'
      readonly batchId: Id
      readonly nonce: number
      readonly txHash: string | null
      readonly at: Millis
    }
  | ({ readonly type: 'batch.finalized' } & SettledBatch)
  | ({ readonly type: 'batch.failed' } & SettledBatch)
  | {
      /** An operation was refused. */
      readonly type: 'operation.refused'
      readonly kind: string
      readonly code: string
      readonly at: Millis
    }
  | {
      /** The evidence block of a verdict at simulation was orphaned: the operation is queued again. */
      readonly type: 'operation.revived'
      readonly id: Id
      readonly kind: string
      /** Of the block that was orphaned. */
      readonly blockNumber: number
      readonly at: Millis
    }
  | {
      /** An operation failed, in a batch or in the queue. Finalized operations are only counted in the samples. */
      readonly type: 'operation.failed'
      readonly id: Id
      readonly kind: string
      readonly reason: string
      readonly receivedAt: Millis
      readonly at: Millis
    }
  | ({ readonly type: 'block.observed' } & Block)
  | {
      readonly type: 'chain.reorged'
      readonly depth: number
      readonly blockNumber: number
      readonly at: Millis
    }
  | { readonly type: 'chain.stalled'; readonly message: string; readonly at: Millis }
  | { readonly type: 'chain.followed'; readonly at: Millis }
  | { readonly type: 'batcher.throttled'; readonly reason: string; readonly at: Millis }
  | {
      /** A batch that left for a predicted block is included: in that block, or in a later one. */
      readonly type: 'departure.judged'
      readonly batchId: Id
      readonly isMissed: boolean
      readonly lead: number
      readonly at: Millis
    }
  | {
      /** A foreign program uses the key of the wallet. */
      readonly type: 'wallet.foreignTransactions'
      readonly nonces: number
      readonly nextNonce: number
      readonly at: Millis
    }
  | {
      /** A batch without operations fills a nonce gap. */
      readonly type: 'wallet.healing'
      readonly batchId: Id
      readonly nonce: number
      readonly at: Millis
    }
  /** The nodes refuse the wallet's transactions for a reason that only the operator can change. */
  | { readonly type: 'wallet.stopped'; readonly reason: string; readonly at: Millis }
  | { readonly type: 'store.failing'; readonly message: string; readonly at: Millis }
  | {
      /** One effect of an actor has failed for the stall timeout without a success. */
      readonly type: 'failure.persisted'
      readonly actor: string
      /** Null for an actor that is no batch. */
      readonly batchId: Id | null
      readonly effect: string
      readonly reason: string
      readonly since: Millis
      readonly at: Millis
    }
  | {
      /** The effect of a persistent failure succeeded again. */
      readonly type: 'failure.ended'
      readonly actor: string
      readonly batchId: Id | null
      readonly effect: string
      readonly since: Millis
      readonly at: Millis
    }
  | {
      /** The state of an RPC endpoint changed. */
      readonly type: 'endpoint.changed'
      /** Host of the endpoint. */
      readonly endpoint: string
      /** `Up`, `Slow`, `Down`, `Behind` or `Foreign`. */
      readonly state: string
      /** Why the endpoint is not preferred. Null if it is `Up`. */
      readonly message: string | null
      readonly at: Millis
    }
  | {
      /** An actor crashed because of a defect. The actor restarts alone, or all actors restart from the store. */
      readonly type: 'actor.crashed'
      readonly actor: string
      readonly message: string
      /** Number of crashes of the actor since the start of the gateway. */
      readonly restarts: number
      readonly at: Millis
    }

/** A block that the chain monitor observed. */
export interface Block {
  readonly number: number
  readonly hash: string
  readonly baseFee: number
  /** Moving average of the base fee up to the block. */
  readonly baseFeeEma: number
  readonly gasUsed: number
  readonly gasLimit: number
  /** Time of the observation. */
  readonly at: Millis
}

/** Figures of the gateway at one moment. Counters start at 0 with the gateway. */
export interface Sample {
  readonly at: Millis
  /** Ready operations: the depth of the queue. */
  readonly ready: number
  /** Operations that wait for an earlier nonce of the account. */
  readonly waiting: number
  /** Age of the oldest ready operation in milliseconds. Null for an empty queue. */
  readonly oldestAge: number | null
  /** Batches that are not settled. */
  readonly batches: number
  /** Counter: admitted operations. */
  readonly accepted: number
  /** Counter: refused operations. */
  readonly refused: number
  /** Counter: finalized operations. */
  readonly finalized: number
  /** Counter: failed operations. */
  readonly failed: number
  /** Counter: results of batches that evicted an operation. The operation is tried again. */
  readonly evicted: number
  /** Time from receipt to finality of the operations finalized in the last five minutes. Null if there are none. */
  readonly latency: { readonly p50: Millis; readonly p99: Millis } | null
  /** Null until the store has answered. */
  readonly money: Money | null
  /** Counter: commits of the store. */
  readonly commits: number
  /** Counter: RPC calls. */
  readonly chainCalls: number
  /** Counter: RPC calls without an answer. */
  readonly chainFailures: number
}

export interface Money {
  /** Cost of all transactions settled in the last hour, in wei. */
  readonly spentLastHour: string
  /** Time until the balance is spent at this rate, in milliseconds. Null if nothing was spent, or the balance is unknown. */
  readonly runway: Millis | null
}

/** An RPC endpoint as the gateway sees it. */
export interface Endpoint {
  readonly name: string
  /** `Up`, `Slow`, `Down`, `Behind` or `Foreign`. */
  readonly state: string
  /** Why the endpoint is not preferred. Null if it is `Up`. */
  readonly message: string | null
}
