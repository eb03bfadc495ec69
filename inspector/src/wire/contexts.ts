/** What is shown of the machines' contexts. */
import type { Id, Millis } from './basics.ts'

/**
 * What is shown of each machine's context, by the machine's id. All fields may be absent (a machine may change): show what
 * is there. Fields marked "at birth" come with `ActorMessage` only.
 */
export interface Contexts {
  readonly gateway: {
    readonly failure: string | null
    /** Actors that died of a defect since the start, and were started again. */
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
      /** How many. */
      readonly transactions: number
      readonly seenAt: Millis
    } | null
    readonly fees: {
      readonly baseFee: number
      readonly baseFeeEma: number
      /** From -1 (falling) to 1 (rising). */
      readonly baseFeeTrend: number
      readonly blockGasLimit: number
      /** 0 to 1. */
      readonly recentUtilization: number
    } | null
    readonly failure: string | null
  }
  readonly nonceTracker: {
    /** Accounts with an operation in flight. */
    readonly lanes: number
    readonly claims: number
    /** Operations on their way to disk. */
    readonly storing: number
    /** Operations that wait for an earlier nonce or back off. */
    readonly waiting: number
    /** Operations that pause before they are tried again. */
    readonly backingOff: number
    /** Accounts in which somebody waits; at most 50, `gapCount` says how many there are. */
    readonly gaps: readonly LaneGap[]
    readonly gapCount: number
    /** Milliseconds that an operation waits at most. */
    readonly laneTimeout: number
  }
  readonly wallet: {
    readonly address: string
    readonly balance: string | null
    readonly minBalance: string
    /** Null until it is known. */
    readonly nextNonce: number | null
    /** At most 64. */
    readonly inFlight: readonly { readonly nonce: number; readonly batchId: Id; readonly attempts: number }[]
    /** Waiting for a signature, the one being served included. */
    readonly requests: number
    readonly failure: string | null
  }
  readonly requestTracker: {
    /** Requests for a commit that wait, and that are being committed. */
    readonly waiting: number
    readonly writing: number
    readonly failure: string | null
  }
  readonly opsBatcher: {
    readonly ready: number
    readonly oldestReceivedAt: Millis | null
    /** Why it is not sending; null when it need not say. */
    readonly throttled: string | null
    /** By number; null is a free slot. */
    readonly slots: readonly ({
      readonly batchId: Id
      readonly operations: number
      /** The nonce that it only fills; null for a batch with operations. */
      readonly gapNonce: number | null
      readonly isIncluded: boolean
    } | null)[]
    readonly isChainFollowed: boolean
    readonly isWalletAvailable: boolean
    readonly batchNumber: number
  }
  readonly pendingBatch: {
    readonly batchId: Id
    /** At birth: what was chosen for it. */
    readonly operations: readonly {
      readonly id: Id
      readonly kind: string
      /** `leaf:nonce`, or null for an operation without a lane. */
      readonly lane: string | null
      readonly receivedAt: Millis
      readonly tries: number
    }[]
    /** How many are still in it. */
    readonly kept: number
    /** Most gas of its transaction. */
    readonly gasCap: number
    /** Null until it is simulated. */
    readonly plan: { readonly calls: number; readonly gasLimit: number; readonly callGas: number } | null
    /** Every signed transaction, oldest first. */
    readonly attempts: readonly {
      readonly hash: string
      readonly nonce: number
      readonly purpose: string
      readonly gasLimit: number
      readonly maxFeePerGas: number
      readonly maxPriorityFeePerGas: number
      readonly signedAt: Millis
    }[]
    readonly inclusion: {
      readonly txHash: string
      readonly blockNumber: number
      readonly blockHash: string
    } | null
    readonly gasUsed: number
    readonly headNumber: number
    readonly confirmations: number
    /** Whether its nonce is the chain's next one: only then does a higher fee help. */
    readonly isHead: boolean
    /** How it began: `planned`, `healing`, `resumed` or `revived`. */
    readonly origin: string
    /** Why it was last sent again. */
    readonly resubmissionReason: string
    readonly blocksSinceSubmission: number
    readonly createdAt: Millis
    readonly simulationCompletedAt: Millis | null
    readonly submittedAt: Millis | null
    readonly failure: string | null
  }
}

/** An account in which somebody waits for an earlier nonce. */
export type LaneGap = {
  /** The account's leaf index. */
  readonly leaf: string
  /** The nonce that is missing: the chain's next one as far as is known, or the first gap after it. */
  readonly missing: number
  /** The nonces that wait, ascending; at most 20. */
  readonly waiting: readonly number[]
  /** Since when the first of them has been waiting. */
  readonly since: Millis
}
