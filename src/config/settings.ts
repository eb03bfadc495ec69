/**
 * The table of all settings. Types, flags, environment variables, error messages, `.env.example` and
 * `docs/configuration.md` are derived from it.
 */
import { z } from 'zod'
import { RATE_LIMIT_KEYS } from '../domain/httpConfig.ts'
import { refusalPatterns } from './refusalPatterns.ts'
import {
  address,
  decimal,
  ether,
  finalityLevel,
  folder,
  keyId,
  keyIds,
  oneOf,
  orAuto,
  orOff,
  port,
  postgresUrl,
  privateKey,
  rpcEndpoints,
  socketAddress,
  token,
  type Unit,
  type ValueKind,
  whole,
} from './values.ts'

/** Groups of settings with titles, in document order. */
export const GROUPS = {
  chain: 'Chain and wallet',
  http: 'HTTP',
  inspector: 'Live view',
  batching: 'Batching',
  fees: 'Fees and gas',
  transactions: 'Transactions',
  running: 'Running',
  local: 'Local chain (dev only)',
} as const

/** Description of a setting. */
export interface SettingInfo {
  readonly group: keyof typeof GROUPS
  /** Effect of the setting, also at its limits. */
  readonly description: string
  /** Default, as the text of a flag or variable. */
  readonly default?: string
  /** Flag without dashes, if not derived from the key. */
  readonly flag?: string
  /** False if the setting has no environment variable. */
  readonly environment?: false
  /** True if the value must never be shown. */
  readonly secret?: true
  /** Description of the valid texts. */
  readonly accepts: string
  readonly unit: Unit | null
}

type Described = Omit<SettingInfo, 'accepts' | 'unit' | 'default'>

/** Descriptions, by the schema of the setting. */
export const settingInfo = z.registry<SettingInfo>()

/** A setting with a default. */
function setting<T>(kind: ValueKind<T>, fallback: string, described: Described) {
  return kind.schema
    .prefault(fallback)
    .register(settingInfo, { ...kindOf(kind), ...described, default: fallback })
}

/** A setting without a default. */
function optional<T>(kind: ValueKind<T>, described: Described) {
  return kind.schema.optional().register(settingInfo, { ...kindOf(kind), ...described })
}

function kindOf({ accepts, unit }: ValueKind<unknown>) {
  return { accepts, unit }
}

/** Keys are in camel case and without unit. Names of flags and variables end with the unit. */
export const settingsTable = z.object({
  rpcUrl: optional(rpcEndpoints, {
    group: 'chain',
    secret: true,
    description:
      'JSON-RPC endpoints of the chain, in order of preference: the first endpoint that is Up, or else the fastest that is Slow, serves the reads. Secret, because providers put API keys into URLs.',
  }),
  sendOnlyRpcUrls: optional(rpcEndpoints, {
    group: 'chain',
    secret: true,
    description:
      'JSON-RPC endpoints that also receive the signed transactions, for example a sequencer. Nothing is read from them.',
  }),
  registryAddress: optional(address, {
    group: 'chain',
    description: 'Address of the WorldIDRegistry proxy.',
  }),
  registryVersion: setting(oneOf(['auto', 'v1', 'v2']), 'auto', {
    group: 'chain',
    description:
      'Version of the registry. Auto: the contract is asked, and an upgrade is noticed while the gateway runs. With another value, a contract of the other version stops the start. For the local chain it is the version of its registry: v2 upgrades a registry of version 1 in place; with auto a new chain has version 1.',
  }),
  walletPrivateKey: optional(privateKey, {
    group: 'chain',
    secret: true,
    description:
      'Private key of the wallet that pays for the transactions. Use the variable: other users of the machine can read flags.',
  }),
  awsKmsKeyId: optional(keyId, {
    group: 'chain',
    description:
      'Id, alias or ARN of a key in AWS KMS that signs for the wallet, instead of WALLET_PRIVATE_KEY. The key spec must be ECC_SECG_P256K1.',
  }),
  awsKmsKeyIds: optional(keyIds, {
    group: 'chain',
    description:
      'Keys in AWS KMS, one for each replica, instead of AWS_KMS_KEY_ID. The number at the end of HOSTNAME chooses: 0 is the first.',
  }),
  multicallAddress: setting(address, '0xca11bde05977b3631167028862be2a173976ca11', {
    group: 'chain',
    description: 'Address of the Multicall3 contract. The default is the address on nearly every chain.',
  }),
  pollInterval: setting(whole({ min: 10, max: 60_000, unit: 'ms' }), '500', {
    group: 'chain',
    description:
      'Maximum time between two requests for a new block. On a fast chain, requests are more frequent: four per block.',
  }),
  stallTimeout: setting(whole({ min: 1, max: 3600, unit: 'secs' }), '30', {
    group: 'chain',
    description: 'After this time without an answer, the chain counts as stalled and no new batch is sent.',
  }),
  rpcTimeout: setting(whole({ min: 1, max: 300, unit: 'secs' }), '10', {
    group: 'chain',
    description: 'Maximum wait for one RPC answer. Then the call counts as failed.',
  }),
  rpcConcurrency: setting(whole({ min: 1, max: 10_000 }), '32', {
    group: 'chain',
    description: 'Maximum number of concurrent RPC calls per endpoint. Further calls wait.',
  }),

  listenAddr: setting(socketAddress, '127.0.0.1:8081', {
    group: 'http',
    description: 'Address of the HTTP server. With 0.0.0.0:8081, other machines can reach the server.',
  }),
  port: optional(port, {
    group: 'http',
    environment: false,
    description: 'Replaces the port of the listening address.',
  }),
  requestTimeout: setting(whole({ min: 1, max: 300, unit: 'secs' }), '10', {
    group: 'http',
    description: 'Maximum duration of an HTTP request. A longer request is answered with 504.',
  }),
  httpKeepAlive: setting(whole({ min: 1, max: 3600, unit: 'secs' }), '75', {
    group: 'http',
    description:
      'Time for which an idle connection stays open. Longer than the idle time of the load balancer, else requests are lost.',
  }),
  bodyLimit: setting(whole({ min: 4096, max: 262_144, unit: 'bytes' }), '65536', {
    group: 'http',
    description: 'Maximum size of a request body. A larger body is answered with 413.',
  }),
  trustProxy: setting(orOff(whole({ min: 1, max: 10 })), 'off', {
    group: 'http',
    description:
      'Number of reverse proxies in front of the server that append their caller to X-Forwarded-For. Off: the header is ignored.',
  }),
  rateLimitPerClient: setting(orOff(whole({ min: 1, max: 1_000_000 })), 'off', {
    group: 'http',
    description:
      'Maximum number of submissions of one client address per second, and at once. Further submissions are answered with 429.',
  }),
  rateLimitWindow: optional(whole({ min: 1, max: 86_400, unit: 'secs' }), {
    group: 'http',
    description:
      'Duration of the sliding window of RATE_LIMIT_MAX_REQUESTS. Needs that setting. Without both, there is no such limit.',
  }),
  rateLimitMaxRequests: optional(whole({ min: 1, max: 100_000 }), {
    group: 'http',
    description:
      'Maximum number of requests of one RATE_LIMIT_KEY within RATE_LIMIT_WINDOW_SECS, over all kinds of operations but create. Further requests are answered with 429.',
  }),
  rateLimitKey: setting(oneOf(RATE_LIMIT_KEYS), 'account', {
    group: 'http',
    description:
      'What RATE_LIMIT_MAX_REQUESTS counts: the requests for one account, of one client, or with both of one client for one account. The account is not authenticated, so with account a stranger can use up the limit of another user.',
  }),
  readAccess: setting(oneOf(['open', 'token']), 'open', {
    group: 'http',
    description:
      'Access to /batches, /operations, /wallet and /chain. Token: only with OPERATOR_TOKEN as bearer token.',
  }),
  intakeCapacity: setting(whole({ min: 1, max: 1_000_000 }), '4096', {
    group: 'http',
    description:
      'Maximum number of operations between arrival and commit. Further operations are answered with 503.',
  }),

  inspector: setting(oneOf(['auto', 'on', 'off']), 'auto', {
    group: 'inspector',
    description:
      'Access to the live view at /inspector. Auto: on if only this machine can reach the server or a token is set, else off.',
  }),
  operatorToken: optional(token, {
    group: 'inspector',
    secret: true,
    description:
      'Token for the live view, and with READ_ACCESS=token for the views of the API, sent as bearer token, or once as /inspector?token=. Without this setting, no token is required.',
  }),
  xstateInspectPort: optional(port, {
    group: 'inspector',
    description:
      'Port on 127.0.0.1 for tools that speak the protocol of @xstate/inspect. Without this setting, no port is opened.',
  }),

  batchWindow: setting(orAuto(whole({ min: 0, max: 60_000, unit: 'ms' })), 'auto', {
    group: 'batching',
    description:
      'Time from the first waiting operation to its batch. Operations that arrive within this time join the batch. Auto: a batch starts as late as it still makes the next block. A full batch starts at once.',
  }),
  maxConcurrentBatches: setting(whole({ min: 1, max: 64 }), '8', {
    group: 'batching',
    description:
      'Maximum number of batches that are not yet in a block. A safety limit: MAX_BLOCK_UTILISATION is usually reached first. Batches that wait for confirmations do not count.',
  }),
  minBlockUtilisation: setting(decimal({ min: 0.01, max: 1 }), '0.1', {
    group: 'batching',
    description:
      "Share of the block's gas limit that may be in flight towards the next block at the highest base fee and with an empty queue.",
  }),
  maxBlockUtilisation: setting(decimal({ min: 0.01, max: 1 }), '0.9', {
    group: 'batching',
    description:
      "Share of the block's gas limit that may be in flight towards the next block at a low base fee and with a full queue. One operation may always be in flight.",
  }),
  maxBatchOps: setting(whole({ min: 1, max: 10_000 }), '500', {
    group: 'batching',
    description:
      'Maximum number of operations of a batch. The limits of gas and bytes are usually reached first.',
  }),
  minBatchOps: setting(whole({ min: 1, max: 10_000 }), '1', {
    group: 'batching',
    description:
      'Minimum number of operations of a batch when the gas budget is small. A batch never waits for more operations.',
  }),
  batchMaxWait: setting(orOff(whole({ min: 1, max: 86_400, unit: 'secs' })), '30', {
    group: 'batching',
    description:
      'An operation that has waited for this time is sent at any base fee. Off: operations wait until the base fee falls.',
  }),
  queueCapacity: setting(whole({ min: 1, max: 10_000_000 }), '100000', {
    group: 'batching',
    description:
      'Maximum number of stored operations without a verdict. One client address gets at most three quarters of it. Further operations are answered with 503 and Retry-After.',
  }),
  maxWaitingPerAccount: setting(whole({ min: 1, max: 101 }), '100', {
    group: 'batching',
    description:
      'Maximum number of operations of one account without a verdict. Further operations are answered with 429.',
  }),
  futureNonces: setting(oneOf(['queue', 'refuse']), 'queue', {
    group: 'batching',
    description:
      "What happens to a nonce above the account's next nonce on the chain. queue: the operation waits for the earlier nonces. refuse: it is answered with mismatched_signature_nonce, and an account has one operation with a nonce in flight, as in the reference gateway.",
  }),
  ordering: setting(oneOf(['greedy-create-first', 'shared-gas', 'fifo']), 'greedy-create-first', {
    group: 'batching',
    description:
      'Order of operations. greedy-create-first: creates, then recoveries, then the rest. shared-gas: the same order, but a kind gets at most half of the gas of a batch, and what the other kinds leave. fifo: the oldest first.',
  }),
  ageing: setting(orOff(whole({ min: 0, max: 86_400, unit: 'secs' })), '10', {
    group: 'batching',
    description:
      'Head start of a priority class over the next lower class. The limit prevents endless waits. 0 gives no head start. Off: a higher class always goes first, and a low class may wait for ever.',
  }),
  backlogThreshold: setting(whole({ min: 1, max: 1_000_000 }), '200', {
    group: 'batching',
    description: 'Number of waiting operations at which batches are as large as the fees allow.',
  }),
  maxTries: setting(whole({ min: 1, max: 1000 }), '10', {
    group: 'batching',
    description:
      'Number of batches in which an operation may run out of gas. In the last of these batches, the operation fails.',
  }),
  laneTimeout: setting(whole({ min: 1, max: 86_400, unit: 'secs' }), '120', {
    group: 'batching',
    description:
      'Maximum wait of an operation for an earlier nonce of its account. Then the operation is simulated anyway.',
  }),
  operationDeadline: setting(whole({ min: 1, max: 604_800, unit: 'secs' }), '3600', {
    group: 'batching',
    description:
      'Time from its acceptance after which an operation without a verdict fails. An operation in a transaction is never failed by time.',
  }),

  targetBaseFee: setting(decimal({ min: 0, max: 9_000_000, unit: 'gwei' }), '2', {
    group: 'fees',
    description: 'Up to this base fee, fees do not reduce the size of batches.',
  }),
  softCapBaseFee: setting(decimal({ min: 0, max: 9_000_000, unit: 'gwei' }), '20', {
    group: 'fees',
    description: 'At or above this base fee, waiting operations count half, so batches shrink.',
  }),
  maxBaseFee: setting(decimal({ min: 0, max: 9_000_000, unit: 'gwei' }), '100', {
    group: 'fees',
    description:
      'At or above this base fee, only operations that have waited for BATCH_MAX_WAIT_SECS are sent.',
  }),
  maxFeePerGas: setting(decimal({ min: 0, max: 9_000_000, unit: 'gwei' }), '500', {
    group: 'fees',
    description:
      'Maximum total fee per gas of any transaction. A batch pays at most eight ninths of it: pools accept a cancel in its place only if it pays an eighth more. At this limit, a waiting transaction is sent again without a higher fee.',
  }),
  priorityFeePercentile: setting(decimal({ min: 0, max: 100 }), '50', {
    group: 'fees',
    description: 'The tip of a transaction is this percentile of the tips of recent blocks.',
  }),
  gasPerOp: optional(whole({ min: 21_000, max: 16_777_216 }), {
    group: 'fees',
    description:
      'Gas that an operation counts as until its kind is measured. Default: the estimate of each kind. Afterwards the measurement counts.',
  }),
  maxTransactionGas: setting(whole({ min: 1_000_000, max: 1_000_000_000 }), '16777216', {
    group: 'fees',
    description: 'Maximum gas of one transaction. EIP-7825 allows 2^24.',
  }),
  maxBatchSize: setting(whole({ min: 4096, max: 1_048_576, unit: 'bytes' }), '122880', {
    group: 'fees',
    description:
      'Maximum calldata of a batch. Transaction pools refuse transactions above 128 KiB (131072 bytes).',
  }),

  resubmitTimeout: setting(whole({ min: 100, max: 3_600_000, unit: 'ms' }), '6000', {
    group: 'transactions',
    description: 'After this time without inclusion, a replacement with higher fees is sent.',
  }),
  feeEscalationStep: setting(decimal({ min: 1.125, max: 10 }), '1.125', {
    group: 'transactions',
    description:
      'Fee increase per replacement, as a factor on both fees. Minimum 1.125: pools refuse a smaller increase.',
  }),
  maxFeeMultiplier: setting(decimal({ min: 1, max: 1000 }), '5', {
    group: 'transactions',
    description:
      "Maximum fee of a replacement, as a multiple of the market's fee. At this ceiling, the same transaction is sent again.",
  }),
  maxResubmissions: setting(whole({ min: 0, max: 1000 }), '10', {
    group: 'transactions',
    description:
      'Maximum number of replacements. Then the transaction is cancelled, and its operations go into a later batch.',
  }),
  cancelTimeout: setting(whole({ min: 1, max: 86_400, unit: 'secs' }), '600', {
    group: 'transactions',
    description:
      'After this time without inclusion, a transaction is cancelled. The time counts from the first broadcast as the lowest nonce.',
  }),
  simulationTimeout: setting(whole({ min: 1, max: 300, unit: 'secs' }), '10', {
    group: 'transactions',
    description:
      'Maximum duration of one simulation call. A longer simulation is stopped and repeated, after the second time with half of the operations.',
  }),
  refusalPatterns: optional(refusalPatterns, {
    group: 'transactions',
    description:
      'Regular expressions for refusals of transactions, by class, tried before the built-in patterns. See docs/operations.md.',
  }),
  finality: optional(finalityLevel, {
    group: 'transactions',
    description:
      'Level of finality at which an operation is finalized: a number of blocks on top of the including block, or the block tag safe or finalized. Default: depth with CONFIRMATIONS.',
  }),
  confirmations: optional(whole({ min: 0, max: 1000 }), {
    group: 'transactions',
    description:
      'Number of blocks on top of the including block until a transaction is confirmed: another way to write FINALITY=depth:N. Default: 1.',
  }),
  preconfirmations: setting(oneOf(['auto', 'on', 'off']), 'auto', {
    group: 'transactions',
    description:
      'Whether the pending block is read while a transaction waits for inclusion. Auto: while it shows transactions earlier than the latest block.',
  }),
  minBalance: setting(ether, '0.01', {
    group: 'transactions',
    description: 'Minimum balance of the wallet. With a lower balance, no new batch is sent.',
  }),

  dataDir: setting(folder, '.opsbatcher', {
    group: 'running',
    description: 'Folder of the database and of the local chain.',
  }),
  databaseUrl: optional(postgresUrl, {
    group: 'running',
    secret: true,
    description:
      'Database in PostgreSQL, instead of the SQLite file in the data folder. Several processes may share it: one leads, and the others stand by. See docs/running-several.md.',
  }),
  retention: setting(decimal({ min: 0.1, max: 87_600, unit: 'hours' }), '24', {
    group: 'running',
    description: 'Time for which a settled operation is kept. Later, the status is answered with 404.',
  }),
  drainTimeout: setting(whole({ min: 0, max: 3600, unit: 'secs' }), '25', {
    group: 'running',
    description:
      'Maximum wait of a stop for batches in flight. The next start resumes the remaining batches.',
  }),
  logLevel: setting(oneOf(['trace', 'debug', 'info', 'warn', 'error', 'silent']), 'info', {
    group: 'running',
    description: 'Lowest level in the log.',
  }),
  logFormat: setting(oneOf(['auto', 'pretty', 'json']), 'auto', {
    group: 'running',
    description: 'Format of the log. Auto: pretty on a terminal, else JSON lines.',
  }),

  chainPort: setting(port, '8545', {
    group: 'local',
    description: 'Port of the local chain on 127.0.0.1.',
  }),
  chainBlockTime: setting(decimal({ min: 0.1, max: 60, unit: 'secs' }), '2', {
    group: 'local',
    flag: 'block-time',
    description: 'Time between two blocks of the local chain.',
  }),
  chainHashCost: setting(oneOf(['fast', 'real']), 'fast', {
    group: 'local',
    flag: 'hash-cost',
    description:
      "Time that a hash of the local chain's registry takes the node. Real: about as much as on the deployed registry, for measurements. The gas is the same.",
  }),
})

export type SettingKey = keyof typeof settingsTable.shape

/** All settings, in the units of the program. */
export type Settings = z.output<typeof settingsTable>

/** Settings for the key of the wallet. A run needs exactly one of them, unless a local chain funds a wallet. */
export const WALLET_KEYS = ['walletPrivateKey', 'awsKmsKeyId', 'awsKmsKeyIds'] as const

/** Settings for the chain and the registry. A run needs both with a key of the wallet, or none of all these settings. */
export const CHAIN_KEYS = ['rpcUrl', 'registryAddress'] as const

/** Settings that say where the operations are kept. */
export const STORAGE_KEYS = ['dataDir', 'databaseUrl'] as const
