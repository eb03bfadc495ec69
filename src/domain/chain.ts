/** What the chain monitor says of the chain. Specification, "Chain Monitor". */
import type { Gas, Hash, Millis, WeiPerGas } from './primitives.ts'

/** A block as it was announced. */
export interface BlockHead {
  readonly number: number
  readonly hash: Hash
  readonly parentHash: Hash
  /** Wei; zero on a chain without EIP-1559. */
  readonly baseFee: WeiPerGas
  readonly gasUsed: Gas
  readonly gasLimit: Gas
  /** Hashes of its transactions. */
  readonly transactions: readonly Hash[]
  /** When it was seen here. */
  readonly seenAt: Millis
}

/** A block by its number and hash. What stands on it holds while it is canonical. */
export interface BlockRef {
  readonly blockNumber: number
  readonly blockHash: Hash
}

/** One sample of the fee window. */
export interface BaseFeeSnapshot {
  readonly blockNumber: number
  readonly baseFee: WeiPerGas
  readonly gasUsed: Gas
  readonly gasLimit: Gas
  readonly timestamp: Millis
}

/** What batching decides on. */
export interface ChainState {
  readonly blockNumber: number
  readonly baseFee: WeiPerGas
  readonly baseFeeEma: WeiPerGas
  /** From -1 (falling) to 1 (rising). */
  readonly baseFeeTrend: number
  readonly blockGasLimit: Gas
  /** Share of the block gas limit that recent blocks used, 0 to 1. */
  readonly recentUtilization: number
  readonly lastUpdated: Millis
}

/** The market's fees for the next block. */
export interface MarketFees {
  readonly baseFee: WeiPerGas
  /** The tip that recent blocks paid, from `eth_feeHistory`. */
  readonly priorityFee: WeiPerGas
}

/** One of the chain's endpoints, as far as it has shown itself. */
export interface EndpointView {
  /** Host and port, and a number where several have the same; nothing else of its URL. */
  readonly name: string
  /** `Up`: it is asked. `Down`: it does not answer. `Behind`: others have newer blocks. `Foreign`: it is of another chain. */
  readonly state: 'Up' | 'Down' | 'Behind' | 'Foreign'
  /** Why it is not asked; null while it is. */
  readonly message: string | null
  /** From when on it is tried again; null while it is asked. */
  readonly retryAt: Millis | null
}
