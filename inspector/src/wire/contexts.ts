/** The visible part of the contexts of machines. */
import type { Id, Millis } from './basics.ts'

/**
 * The visible part of the context of each machine, by machine id. Any field may be absent, because machines change. Fields with
 * the mark "at start" are only in `ActorMessage`.
 */
export interface Contexts {
  readonly gateway: {
    readonly failure: string | null
    /** Number of crashed and restarted actors since the start of the gateway. */
    readonly restarts: number
    readonly lastCrash: {
      readonly actor: string
      readonly message: string
      readonly at: Millis
    } | null
  }
  readonly chainMonitor: {
    readonly head: {
      readonly number: number
      readonly hash: string
      readonly baseFee: number
      readonly gasUsed: number
      readonly gasLimit: number
      /** Number of transactions in the block. */
      readonly transactions: number
      readonly seenAt: Millis
    } | null
    readonly fees: {
      readonly baseFee: number
      readonly baseFeeEma: number
      /** From -1 (falling) to 1 (rising). */
      readonly baseFeeTrend: number
      /** From 0 (at the target) to 1 (at the ceiling). */
      readonly feePressure: number
      readonly blockGasLimit: number
      /** 0 to 1. */
      readonly recentUtilization: number
    } | null
    readonly failing: readonly FailingEffect[]
    readonly failure: string | null
  }
  readonly finalityTracker: {
    /** Batches whose transactions have not reached the last level of finality. */
    readonly batches: number
    /** Number of the newest block with the tag; null while unknown. */
    readonly safe: number | null
    readonly finalized: number | null
    /** Transactions in a row that a block included without a preconfirmation. */
    readonly misses: number
  }
  readonly nonceTracker: {
    /** Accounts with an operation in flight. */
    readonly lanes: number
    readonly claims: number
    /** Operations that are not stored yet. */
    readonly storing: number
    /** Operations that wait for an earlier nonce or back off, including `backingOff`. */
    readonly waiting: number
    /** Operations in a back-off before the next try. */
    readonly backingOff: number
    /** Lanes in which operations wait. At most 50. `gapCount` is the full number. */
    readonly gaps: readonly LaneGap[]
    readonly gapCount: number
    /** Start of the longest wait for an earlier nonce. Null if no operation waits. */
    readonly longestWaitSince: Millis | null
    /** Maximum wait for an earlier nonce, in milliseconds. */
    readonly laneTimeout: number
  }
  readonly wallet: {
    readonly address: string
    readonly balance: string | null
    readonly minBalance: string
    /** Null until the wallet is in sync. */
    readonly nextNonce: number | null
    /** Transactions in flight. At most 64. */
    readonly inFlight: readonly { readonly nonce: number; readonly batchId: Id; readonly attempts: number }[]
    /** Requested signatures, including the signature in progress. */
    readonly requests: number
    readonly failing: readonly FailingEffect[]
    readonly failure: string | null
  }
  readonly intake: {
    /** Number of callers that wait for an answer. */
    readonly waiting: number
  }
  readonly seat: {
    /** False for a store that several processes share. */
    readonly isSole: boolean
    /** The process that leads; null while none is known. */
    readonly leader: { readonly name: string; readonly epoch: number; readonly since: Millis } | null
    /** Until then the seat is held without another renewal; 0 if it is not held. */
    readonly trustedUntil: Millis
    readonly failure: string | null
  }
  readonly requestTracker: {
    /** Waiting writes, and writes in the current commit. */
    readonly waiting: number
    readonly writing: number
    readonly failure: string | null
  }
  readonly opsBatcher: {
    readonly ready: number
    readonly oldestReceivedAt: Millis | null
    /** Why no batch is started although operations are ready. Null if the batcher is not throttled. */
    readonly throttled: string | null
    /** Slots by number. Null is a free slot. */
    readonly slots: readonly ({
      readonly batchId: Id
      readonly operations: number
      /** Gas limit of its transaction, or the gas that the plan expects. */
      readonly gas: number
      /** Nonce of the gap to fill. Null for a batch with operations. */
      readonly gapNonce: number | null
      readonly isIncluded: boolean
      /** A pool refused the transaction, because it holds too many of the wallet. */
      readonly isAccountLimited: boolean
    } | null)[]
    readonly isChainFollowed: boolean
    readonly isWalletAvailable: boolean
    /** Share of the usual size of a batch, at most 1. A cancel halves it. */
    readonly sizeFactor: number
    readonly batchNumber: number
    /** End of the batch window. Null before the first window. */
    readonly windowClosesAt: Millis | null
    /** The block for which a batch leaves when the window closes. Null without a prediction. */
    readonly windowBlock: number | null
    /** Time before a predicted block at which a batch leaves, in milliseconds. */
    readonly lead: number
  }
  readonly pendingBatch: {
    readonly batchId: Id
    /** At start: the selected operations. */
    readonly operations: readonly {
      readonly id: Id
      readonly kind: string
      /** Lane position `leaf:nonce`. Null for an operation without a lane. */
      readonly lane: string | null
      readonly receivedAt: Millis
      readonly tries: number
    }[]
    /** Number of operations still in the batch. */
    readonly kept: number
    /** Most gas of its transaction. */
    readonly gasCap: number
    /** The newest plan. Null until the batch is simulated. */
    readonly plan: { readonly calls: number; readonly gasLimit: number; readonly callGas: number } | null
    /** Number of plans. A refusal may require a smaller plan. */
    readonly plans: number
    /** All attempts, oldest first. */
    readonly attempts: readonly {
      readonly hash: string
      readonly nonce: number
      readonly purpose: string
      readonly gasLimit: number
      readonly maxFeePerGas: number
      readonly maxPriorityFeePerGas: number
      readonly signedAt: Millis
      /** The last refusal by an endpoint. Null if no broadcast was refused. */
      readonly refusal: { readonly class: string; readonly words: string; readonly endpoint: string } | null
    }[]
    /** Number of operations by result. Operations without a result are not counted. */
    readonly outcomes: { readonly Finalized: number; readonly Failed: number; readonly Evicted: number }
    readonly inclusion: {
      readonly txHash: string
      readonly blockNumber: number
      readonly blockHash: string
    } | null
    readonly gasUsed: number
    readonly headNumber: number
    readonly confirmations: number
    /** True if the nonce of the batch is the next nonce on chain. Only then can a higher fee help. */
    readonly isHead: boolean
    /** Origin of the batch: `planned`, `healing` (fills a gap), `resumed` or `revived`. */
    readonly origin: string
    /** Reason of the last resubmission. */
    readonly resubmissionReason: string
    readonly blocksSinceSubmission: number
    readonly createdAt: Millis
    readonly simulationCompletedAt: Millis | null
    readonly submittedAt: Millis | null
    /** Pause before the same bytes are sent again, in milliseconds. 0 after an acceptance. */
    readonly backOff: number
    readonly failing: readonly FailingEffect[]
    readonly failure: string | null
  }
}

/** An effect whose last run failed. */
export type FailingEffect = {
  readonly effect: string
  /** The error, with the words of the node if there are some. */
  readonly reason: string
  readonly since: Millis
  /** True after `STALL_TIMEOUT_SECS`. */
  readonly isPersistent: boolean
}

/** A lane with operations that wait for an earlier nonce. */
export type LaneGap = {
  /** Leaf index of the account. */
  readonly leaf: string
  /** The missing nonce: the first nonce without an operation, from the next nonce on. */
  readonly missing: number
  /** Nonces of the waiting operations, ascending. At most 20. */
  readonly waiting: readonly number[]
  /** Start of the longest wait. */
  readonly since: Millis
}
