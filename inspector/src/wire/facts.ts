/** What the actors tell observers, and how the gateway is from second to second. */
import type { Id, Millis } from './basics.ts'

/** What became of an operation in a batch. */
export type Outcome = {
  readonly type: 'Finalized' | 'Failed' | 'Evicted'
  /** Decoded: `MismatchedSignatureNonce(42, 8, 7)`, `NonceTooHigh(5)`, `Timeout`; null for a finalized one. */
  readonly reason: string | null
}

/** How a batch ended. */
interface SettledBatch {
  readonly batchId: Id
  readonly txHash: string | null
  readonly blockNumber: number | null
  readonly gasUsed: number
  /** By operation id: those that ended in it and those that simulation dropped. */
  readonly outcomes: Readonly<Record<Id, Outcome>>
  readonly createdAt: Millis
  readonly simulationCompletedAt: Millis | null
  readonly submittedAt: Millis | null
  readonly finalizedAt: Millis
  readonly resubmissionCount: number
  /** Why it ended without a transaction of its own; null for a batch that landed. */
  readonly failure: string | null
  readonly at: Millis
}

/** A new kind of fact may come before a page knows it: ignore what is not known. */
export type Fact =
  | {
      readonly type: 'batch.spawned'
      readonly batchId: Id
      /** Its actor is `slot-<n>`. */
      readonly slot: number
      /** How many ride in it. */
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
      /** Milliseconds since it was spawned. */
      readonly duration: number
      readonly at: Millis
    }
  | {
      readonly type: 'batch.submitted'
      readonly batchId: Id
      readonly txHash: string
      readonly nonce: number
      /** `batch`, or `cancel` for one that only consumes the nonce. */
      readonly purpose: string
      readonly maxFeePerGas: number
      readonly maxPriorityFeePerGas: number
      /** Milliseconds since it was simulated; null for a replacement. */
      readonly duration: number | null
      readonly at: Millis
    }
  | {
      readonly type: 'batch.resubmitted'
      readonly batchId: Id
      readonly reason: string
      /** False when the same bytes were sent again. */
      readonly replaced: boolean
      readonly purpose: string
      /** Of the new attempt. */
      readonly txHash: string
      readonly at: Millis
    }
  | {
      readonly type: 'batch.included'
      readonly batchId: Id
      readonly txHash: string
      readonly blockNumber: number
      readonly blocksWaited: number
      /** Milliseconds since the first broadcast. */
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
      /** The block of a batch that had ended was orphaned: it is alive again. */
      readonly type: 'batch.revived'
      readonly batchId: Id
      readonly operations: number
      /** Of the block that was orphaned. */
      readonly blockNumber: number
      readonly at: Millis
    }
  | {
      /** A transaction that is not the gateway's consumed the batch's nonce. */
      readonly type: 'batch.displaced'
      readonly batchId: Id
      readonly nonce: number
      readonly txHash: string | null
      readonly at: Millis
    }
  | ({ readonly type: 'batch.finalized' } & SettledBatch)
  | ({ readonly type: 'batch.failed' } & SettledBatch)
  | {
      /** An operation was turned away at the door. */
      readonly type: 'operation.refused'
      readonly kind: string
      readonly code: string
      readonly at: Millis
    }
  | {
      /** The block that its end at simulation stood on was orphaned: it is queued again. */
      readonly type: 'operation.revived'
      readonly id: Id
      readonly kind: string
      /** Of the block that was orphaned. */
      readonly blockNumber: number
      readonly at: Millis
    }
  | {
      /** An operation has failed for good, in a batch or waiting for one. Successes are counted in the samples. */
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
      /** Somebody else uses the wallet's key. */
      readonly type: 'wallet.foreignTransactions'
      readonly nonces: number
      readonly nextNonce: number
      readonly at: Millis
    }
  | {
      /** A batch without operations fills a nonce that nothing stands for. */
      readonly type: 'wallet.healing'
      readonly batchId: Id
      readonly nonce: number
      readonly at: Millis
    }
  | { readonly type: 'store.failing'; readonly message: string; readonly at: Millis }
  | {
      /** An endpoint of the chain is asked from now on, or is not asked any more. */
      readonly type: 'endpoint.changed'
      /** Its host. */
      readonly endpoint: string
      /** `Up`, `Down`, `Behind` or `Foreign`. */
      readonly state: string
      /** Why it is not asked; null when it is. */
      readonly message: string | null
      readonly at: Millis
    }
  | {
      /** An actor died of a defect. It is started again, or all are, after a pause. */
      readonly type: 'actor.crashed'
      readonly actor: string
      readonly message: string
      /** How often it has died since the gateway was started. */
      readonly restarts: number
      readonly at: Millis
    }

/** A block as the chain monitor saw it. */
export interface Block {
  readonly number: number
  readonly hash: string
  readonly baseFee: number
  /** The moving average up to this block. */
  readonly baseFeeEma: number
  readonly gasUsed: number
  readonly gasLimit: number
  /** When it was seen here. */
  readonly at: Millis
}

/** How the gateway is at one moment. Counters start at 0 with the gateway. */
export interface Sample {
  readonly at: Millis
  /** Operations ready to be batched: the queue's depth. */
  readonly ready: number
  /** Operations that wait for an earlier nonce of their account. */
  readonly waiting: number
  /** Milliseconds that the oldest ready operation has waited; null for an empty queue. */
  readonly oldestAge: number | null
  /** Batches that are not at their end. */
  readonly batches: number
  /** Counter: operations taken. */
  readonly accepted: number
  /** Counter: operations turned away. */
  readonly refused: number
  /** Counter: operations finalized. */
  readonly finalized: number
  /** Counter: operations failed for good. */
  readonly failed: number
  /** Counter: commits of the store. */
  readonly commits: number
  /** Counter: calls to the chain. */
  readonly chainCalls: number
  /** Counter: those of them that were not answered. */
  readonly chainFailures: number
}
