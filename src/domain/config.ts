/** What a gateway is built with. `src/config.ts` reads it from flags and environment; an embedding program writes it. */
import type { Address, DurationMs, Gas, Hex, Wei, WeiPerGas } from './primitives.ts'

/** How large a batch may be. Specification, "Adaptive Batch Sizing"; all fees in wei. */
export interface AdaptiveConfig {
  /** Gas that the smallest estimate of an operation stands for, until its kind has been measured. */
  readonly gasPerOp: Gas
  /** From here on nothing is sent, unless an operation has waited for `maxWait`. */
  readonly maxBaseFee: WeiPerGas
  /** From here on a backlog counts half against the fee: batches shrink towards what the fee allows. */
  readonly softCapBaseFee: WeiPerGas
  /** Up to here the fee exerts no pressure. */
  readonly targetBaseFee: WeiPerGas
  /** A queue of this depth exerts full pressure. */
  readonly backlogThreshold: number
  readonly maxBatchOps: number
  readonly minBatchOps: number
  /** Most gas of a transaction: 2^24 since EIP-7825. */
  readonly maxTransactionGas: Gas
}

export interface OpsBatcherConfig {
  /** Time from the first ready operation of an idle batcher to its batch. */
  readonly batchWindow: DurationMs
  /** Most batches on their way into a block; those that only wait for confirmations do not count. */
  readonly maxConcurrentBatches: number
  /** An operation that has waited this long is sent at any base fee; null waits for the fee for ever. */
  readonly maxWait: DurationMs | null
  readonly ordering: 'greedy-create-first' | 'fifo'
  /** Head start of each priority class over the one below; bounds how long a lower class waits. */
  readonly ageing: DurationMs
  /** Most batches that an operation rides in before its eviction is final. */
  readonly maxTries: number
  /** How long an operation waits for an earlier nonce of its account. */
  readonly laneTimeout: DurationMs
  /** Most bytes of calldata: pools refuse transactions over 128 KiB. */
  readonly maxBytes: number
  readonly adaptive: AdaptiveConfig
}

export interface PendingBatchConfig {
  /** Time without inclusion after which a transaction is replaced. Specification, "PendingBatchConfig". */
  readonly resubmitTimeout: DurationMs
  /** Most that a replacement may pay, as a multiple of the market's fee. */
  readonly maxFeeMultiplier: number
  /** Factor on both fees from one attempt to the next; at least 1.125, which pools ask for. */
  readonly feeEscalationStep: number
  /** Replacements after which the nonce is consumed by a cancel instead. */
  readonly maxResubmissions: number
  /** Time after which it is cancelled, however often it was replaced: from when its nonce was the next, and it was sent. */
  readonly cancelTimeout: DurationMs
  /** Absolute ceiling of `maxFeePerGas`. */
  readonly maxFeePerGas: WeiPerGas
  /** Percentile of the tips of recent blocks that is paid, 0 to 100. */
  readonly priorityFeePercentile: number
  readonly simulationTimeout: DurationMs
  /** Blocks on top of the inclusion before an operation is finalized; 0 finalizes at inclusion. */
  readonly confirmations: number
  /** Below this balance nothing is sent. */
  readonly minBalance: Wei
}

export interface ChainConfig {
  /** Endpoints of the chain, http(s) or ws(s), the preferred ones first; at least one. */
  readonly rpcUrls: readonly string[]
  readonly registryAddress: Address
  readonly multicallAddress: Address
  /** Longest time between looks for a new block; a fast chain is looked at more often. */
  readonly pollInterval: DurationMs
  /** Time without an answer after which the chain counts as stalled. */
  readonly stallTimeout: DurationMs
  readonly rpcTimeout: DurationMs
  /** Most calls to one endpoint at a time. */
  readonly rpcConcurrency: number
}

export interface GatewayConfig {
  readonly chain: ChainConfig
  readonly walletPrivateKey: Hex
  /** File of the embedded database; `:memory:` forgets. */
  readonly databasePath: string
  /** Most submissions between arrival and disk. */
  readonly intakeCapacity: number
  readonly batching: OpsBatcherConfig
  readonly transactions: PendingBatchConfig
  /** How long an ended operation is remembered. The reference: 24 h. */
  readonly retention: DurationMs
  /** How long `stop` waits for batches in flight. */
  readonly drainTimeout: DurationMs
}
