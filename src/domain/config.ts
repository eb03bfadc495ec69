/**
 * Configuration of a gateway. `src/config` builds the configuration from flags, environment variables,
 * or the options of an embedding program. docs/configuration.md lists the setting, the range and the default of each field.
 */
import type { VerdictLevel } from './finality.ts'
import type { Address, DurationMs, Gas, Hex, Wei, WeiPerGas } from './primitives.ts'
import type { RefusalPatterns } from './refusal.ts'

/** Size of a batch, as a function of base fee and queue. Specification, "Adaptive Batch Sizing". */
export interface AdaptiveConfig {
  /** Gas that an operation counts as until its kind is measured; null for the estimate of its kind. */
  readonly gasPerOp: Gas | null
  /** At or above this base fee only operations that have waited for `maxWait` are sent. */
  readonly maxBaseFee: WeiPerGas
  /** At or above this base fee queue pressure counts half, so batches shrink. */
  readonly softCapBaseFee: WeiPerGas
  /** At or below this base fee there is no fee pressure. */
  readonly targetBaseFee: WeiPerGas
  /** Number of queued operations at which queue pressure is full. */
  readonly backlogThreshold: number
  /** Maximum number of operations of a batch. */
  readonly maxBatchOps: number
  /** Minimum number of operations of a batch, if the queue holds so many. */
  readonly minBatchOps: number
  /** Maximum gas of one transaction: 2^24 by EIP-7825. */
  readonly maxTransactionGas: Gas
  /** Share of the block's gas limit that may be in flight at the highest fees and with an empty queue. */
  readonly minBlockUtilisation: number
  /** Share of the block's gas limit that may be in flight at low fees and with a full queue. At most 1. */
  readonly maxBlockUtilisation: number
}

/**
 * What happens to a nonce above the account's next nonce. `queue`: the operation waits for the earlier nonces. `refuse`: it is
 * refused, and an account has one operation in flight, as in the reference gateway.
 */
export type FutureNonces = 'queue' | 'refuse'

/** Which operations are batched, and when. Specification, "OpsBatcher". */
export interface OpsBatcherConfig {
  /**
   * Time from the first ready operation of an idle batcher to its batch, in milliseconds. Auto: a batch leaves as late as it
   * still makes the next block.
   */
  readonly batchWindow: DurationMs | 'auto'
  /** Maximum number of batches not yet included in a block. A safety limit: the gas budget of the block is usually reached first. */
  readonly maxConcurrentBatches: number
  /** After this wait an operation is sent at any base fee. Null: operations wait for a lower base fee. */
  readonly maxWait: DurationMs | null
  readonly limits: {
    /** Maximum number of stored operations without a verdict. */
    readonly queueCapacity: number
    /** Maximum number of operations of one account among them. */
    readonly maxPerAccount: number
    readonly futureNonces: FutureNonces
  }
  /** Name of the ordering policy. */
  readonly ordering: 'greedy-create-first' | 'shared-gas' | 'fifo'
  /**
   * Head start of each priority class over the next lower class, in milliseconds. The head start limits the wait of a
   * low class. Null: strict classes.
   */
  readonly ageing: DurationMs | null
  /** Maximum number of charged tries (see `isCharged`) of an operation. At this number the operation fails. */
  readonly maxTries: number
  /**
   * Maximum wait of an operation for an earlier nonce of the account. After the wait the operation is simulated anyway.
   */
  readonly laneTimeout: DurationMs
  /**
   * Time from its acceptance after which an operation without a verdict fails. The deadline is checked only while no batch
   * has the operation.
   */
  readonly operationDeadline: DurationMs
  /** Maximum calldata of a batch in bytes. Transaction pools refuse transactions above 128 KiB. */
  readonly maxBytes: number
  readonly adaptive: AdaptiveConfig
}

/** How a batch is simulated, sent and confirmed. Specification, `PendingBatchConfig`. */
export interface PendingBatchConfig {
  /** A transaction without inclusion is replaced after this time. */
  readonly resubmitTimeout: DurationMs
  /** Maximum fee of a replacement, as a multiple of the market's fee. */
  readonly maxFeeMultiplier: number
  /** Factor on both fees between consecutive attempts. Minimum 1.125, a value accepted by all pools. */
  readonly feeEscalationStep: number
  /** Number of replacements before the transaction is cancelled. */
  readonly maxResubmissions: number
  /**
   * A transaction without inclusion is cancelled after this time, counted from the first broadcast as lowest nonce. Refused
   * broadcasts count.
   */
  readonly cancelTimeout: DurationMs
  /** An effect that fails for this time without a success is a persistent failure. */
  readonly stallTimeout: DurationMs
  /**
   * Whether the pending block is asked for, at most every 200 ms while a transaction waits for inclusion. `auto`: only while
   * the pending block shows transactions earlier than the latest block.
   */
  readonly preconfirmations: 'auto' | 'on' | 'off'
  /** Absolute maximum of `maxFeePerGas`. */
  readonly maxFeePerGas: WeiPerGas
  /** The tip is this percentile of the tips of recent blocks, from 0 to 100. */
  readonly priorityFeePercentile: number
  readonly simulationTimeout: DurationMs
  /** The level of finality at which operations get their verdict. */
  readonly finality: VerdictLevel
  /** Number of blocks after the including block until a transaction is `confirmed`; 0 confirms at inclusion. */
  readonly confirmations: number
  /** Below this wallet balance nothing is sent. */
  readonly minBalance: Wei
}

/** The chain, its contracts and its endpoints. */
export interface ChainConfig {
  /** RPC endpoints (http, https, ws or wss), at least one, the preferred first. */
  readonly rpcUrls: readonly string[]
  /** Endpoints that also receive signed transactions, and are never read from. */
  readonly sendOnlyRpcUrls: readonly string[]
  /** The operator's patterns for refusals of transactions, tried before the built-in table. */
  readonly refusalPatterns: RefusalPatterns
  readonly registryAddress: Address
  readonly multicallAddress: Address
  /** Maximum time between two requests for a new block. On a fast chain requests are more frequent. */
  readonly pollInterval: DurationMs
  /** The chain counts as stalled after this time without an answer. */
  readonly stallTimeout: DurationMs
  /** Maximum wait for one RPC answer. */
  readonly rpcTimeout: DurationMs
  /** Maximum number of concurrent RPC calls per endpoint. */
  readonly rpcConcurrency: number
}

/** Everything that the engine needs. */
export interface GatewayConfig {
  readonly chain: ChainConfig
  /** Private key of the wallet, which pays for the transactions; null if another signer holds the key. */
  readonly walletPrivateKey: Hex | null
  /** Id, alias or ARN of the wallet's key in AWS KMS; null if another signer holds the key. */
  readonly awsKmsKeyId: string | null
  /** Database in PostgreSQL that several processes may share; null for the SQLite file. */
  readonly databaseUrl: string | null
  /** File of the SQLite database. `:memory:` keeps nothing after a stop. */
  readonly databasePath: string
  /** Maximum number of submissions between arrival and commit. */
  readonly intakeCapacity: number
  /** Longest time for the checks of a submission on the chain. Shorter than the time for the whole request. */
  readonly preflightTimeout: DurationMs
  readonly batching: OpsBatcherConfig
  readonly transactions: PendingBatchConfig
  /** How long a settled operation is kept in the database. The reference gateway keeps 24 hours. */
  readonly retention: DurationMs
  /** How long `stop` waits for the batches in flight. */
  readonly drainTimeout: DurationMs
}
