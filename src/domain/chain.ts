/** Blocks, fees and endpoints of the chain. Specification, "Chain Monitor". */
import type { DurationMs, Gas, Hash, Millis, WeiPerGas } from './primitives.ts'

/** A block as an endpoint announced it. */
export interface BlockHead {
  readonly number: number
  readonly hash: Hash
  readonly parentHash: Hash
  /** Base fee in wei per gas; zero on a chain without EIP-1559. */
  readonly baseFee: WeiPerGas
  readonly gasUsed: Gas
  readonly gasLimit: Gas
  /** Hashes of the block's transactions. */
  readonly transactions: readonly Hash[]
  /** The block's timestamp. Chains give it in seconds. */
  readonly minedAt: Millis
  /** Time when the gateway received the block. */
  readonly seenAt: Millis
}

/** A block by number and hash. A verdict with this block as evidence holds while the block is canonical. */
export interface BlockRef {
  readonly blockNumber: number
  readonly blockHash: Hash
}

/** One sample of the fee window: a block without its transactions. */
export interface BaseFeeSnapshot {
  readonly blockNumber: number
  readonly baseFee: WeiPerGas
  readonly gasUsed: Gas
  readonly gasLimit: Gas
  readonly timestamp: Millis
}

/** When the next block is expected, by the clock of the gateway. */
export interface NextBlock {
  readonly blockNumber: number
  readonly expectedAt: Millis
  /** Time between two blocks. */
  readonly blockTime: DurationMs
}

/** The state of the chain as the input of batching. */
export interface ChainState {
  readonly blockNumber: number
  /** Base fee of the newest block. */
  readonly baseFee: WeiPerGas
  /** Exponential moving average of recent base fees. */
  readonly baseFeeEma: WeiPerGas
  /** From -1 (the base fee halved over the recent blocks) to 1 (it doubled). */
  readonly baseFeeTrend: number
  /** From 0, at or below `targetBaseFee`, to 1, at or above `maxBaseFee`. Specification, `fee_pressure`. */
  readonly feePressure: number
  readonly blockGasLimit: Gas
  /** Gas used by recent blocks as a share of the gas limit, from 0 to 1. */
  readonly recentUtilization: number
  readonly lastUpdated: Millis
  /** Null if the blocks are too few or too irregular for a prediction. */
  readonly nextBlock: NextBlock | null
}

/** Market fees for the next block. */
export interface MarketFees {
  readonly baseFee: WeiPerGas
  /** Tip of transactions in recent blocks, from `eth_feeHistory`. */
  readonly priorityFee: WeiPerGas
}

/** One RPC endpoint of the chain, with its health. */
export interface EndpointView {
  /** Host and port of the URL, and a number if several endpoints share both. The rest of the URL may hold a key. */
  readonly name: string
  /**
   * `Up`: in use. `Slow`: used only while no endpoint is `Up`. `Down`: no answer. `Behind`: another endpoint has newer
   * blocks. `Foreign`: serves another chain.
   */
  readonly state: 'Up' | 'Slow' | 'Down' | 'Behind' | 'Foreign'
  /** Why the endpoint is not preferred; null while it is `Up`. */
  readonly message: string | null
  /** Time of the next probe; null while the endpoint is `Up`. */
  readonly retryAt: Millis | null
  /** Average duration of the last light calls; null while the endpoint is neither `Up` nor `Slow`. */
  readonly roundTrip: DurationMs | null
}
