/**
 * Every setting, once. Its type, its flag, its environment variable, `.env.example`, `docs/configuration.md` and the
 * messages about a mistake in it all come from this table.
 */
import { z } from 'zod'
import {
  address,
  decimal,
  ether,
  folder,
  oneOf,
  orOff,
  port,
  privateKey,
  rpcEndpoints,
  socketAddress,
  token,
  type Unit,
  type ValueKind,
  whole,
} from './values.ts'

/** The chapters that settings are listed under, in order. */
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

/** What is known of a setting besides its type. */
export interface SettingInfo {
  readonly group: keyof typeof GROUPS
  readonly description: string
  /** The text that stands in when nothing is given. */
  readonly default?: string
  /** The flag without its dashes, where it is not the derived one. */
  readonly flag?: string
  /** Set for what only makes sense on the command line. */
  readonly environment?: false
  /** Its value is never shown. */
  readonly secret?: true
  readonly accepts: string
  readonly unit: Unit | null
}

type Described = Omit<SettingInfo, 'accepts' | 'unit' | 'default'>

/** What is known of each schema in the table. */
export const settingInfo = z.registry<SettingInfo>()

/** A setting that has a default, given as the text that a person would write. */
function setting<T>(kind: ValueKind<T>, fallback: string, described: Described) {
  return kind.schema
    .prefault(fallback)
    .register(settingInfo, { ...kindOf(kind), ...described, default: fallback })
}

/** A setting that is absent unless it is given. */
function optional<T>(kind: ValueKind<T>, described: Described) {
  return kind.schema.optional().register(settingInfo, { ...kindOf(kind), ...described })
}

function kindOf({ accepts, unit }: ValueKind<unknown>) {
  return { accepts, unit }
}

/** The table. Keys are in camel case and without the unit, which the names of flag and variable end with. */
export const settingsTable = z.object({
  rpcUrl: optional(rpcEndpoints, {
    group: 'chain',
    secret: true,
    description:
      'JSON-RPC endpoints of the chain: the first that is well is asked. Secret, since providers put their keys into it.',
  }),
  registryAddress: optional(address, {
    group: 'chain',
    description: 'The WorldIDRegistry proxy that operations are for.',
  }),
  walletPrivateKey: optional(privateKey, {
    group: 'chain',
    secret: true,
    description: 'Key of the wallet that pays. Prefer the variable: others on the machine can read flags.',
  }),
  multicallAddress: setting(address, '0xca11bde05977b3631167028862be2a173976ca11', {
    group: 'chain',
    description: 'The Multicall3 contract; it has this address on nearly every chain.',
  }),
  pollInterval: setting(whole({ min: 10, max: 60_000, unit: 'ms' }), '500', {
    group: 'chain',
    description: 'Longest time between looks for a new block; a fast chain is looked at four times a block.',
  }),
  stallTimeout: setting(whole({ min: 1, max: 3600, unit: 'secs' }), '30', {
    group: 'chain',
    description: 'Time without an answer of the chain after which nothing more is sent.',
  }),
  rpcTimeout: setting(whole({ min: 1, max: 300, unit: 'secs' }), '10', {
    group: 'chain',
    description: 'Longest wait for one answer of the chain.',
  }),
  rpcConcurrency: setting(whole({ min: 1, max: 10_000 }), '32', {
    group: 'chain',
    description: 'Most calls to one endpoint at a time; more wait for their turn.',
  }),

  listenAddr: setting(socketAddress, '127.0.0.1:8081', {
    group: 'http',
    description: 'Where the gateway listens. 0.0.0.0:8081 opens it to other machines.',
  }),
  port: optional(port, {
    group: 'http',
    environment: false,
    description: 'Replaces the port of the listening address.',
  }),
  requestTimeout: setting(whole({ min: 1, max: 300, unit: 'secs' }), '10', {
    group: 'http',
    description: 'A request that takes longer is answered 504.',
  }),
  bodyLimit: setting(whole({ min: 1024, max: 67_108_864, unit: 'bytes' }), '2097152', {
    group: 'http',
    description: 'A larger request body is answered 413.',
  }),
  intakeCapacity: setting(whole({ min: 1, max: 1_000_000 }), '4096', {
    group: 'http',
    description: 'Most operations between arrival and disk; more are answered 503.',
  }),

  inspector: setting(oneOf(['auto', 'on', 'off']), 'auto', {
    group: 'inspector',
    description:
      'Whether /inspector shows what happens inside. Auto: if only this machine can reach it, or a token is set.',
  }),
  operatorToken: optional(token, {
    group: 'inspector',
    secret: true,
    description: 'What /inspector wants to be shown: as a bearer token, or once as /inspector?token=.',
  }),
  xstateInspectPort: optional(port, {
    group: 'inspector',
    description: 'Port on 127.0.0.1 for tools that speak the protocol of @xstate/inspect. Not given: none.',
  }),

  batchWindow: setting(whole({ min: 0, max: 60_000, unit: 'ms' }), '250', {
    group: 'batching',
    description: 'Time from the first waiting operation to its batch; others join meanwhile.',
  }),
  maxConcurrentBatches: setting(whole({ min: 1, max: 64 }), '3', {
    group: 'batching',
    description: 'Most batches on their way into a block; waiting for confirmations does not count.',
  }),
  maxBatchOps: setting(whole({ min: 1, max: 10_000 }), '500', {
    group: 'batching',
    description: 'Most operations of a batch. Gas and bytes usually bind first.',
  }),
  minBatchOps: setting(whole({ min: 1, max: 10_000 }), '1', {
    group: 'batching',
    description: 'Fewest operations that the adaptive size asks for; never more than are waiting.',
  }),
  batchMaxWait: setting(orOff(whole({ min: 1, max: 86_400, unit: 'secs' })), '30', {
    group: 'batching',
    description: 'An operation that has waited this long is sent at any base fee. Off: it waits for the fee.',
  }),
  ordering: setting(oneOf(['greedy-create-first', 'fifo']), 'greedy-create-first', {
    group: 'batching',
    description: 'Which operation goes first: creates, then recoveries, then the rest; or the oldest.',
  }),
  ageing: setting(whole({ min: 0, max: 86_400, unit: 'secs' }), '10', {
    group: 'batching',
    description: 'Head start of each priority class over the one below, so that none waits for ever.',
  }),
  backlogThreshold: setting(whole({ min: 1, max: 1_000_000 }), '200', {
    group: 'batching',
    description: 'A queue of this depth asks for the largest batches.',
  }),
  maxTries: setting(whole({ min: 1, max: 1000 }), '10', {
    group: 'batching',
    description: 'Most batches in which an operation may run out of gas before it fails.',
  }),
  laneTimeout: setting(whole({ min: 1, max: 86_400, unit: 'secs' }), '120', {
    group: 'batching',
    description:
      'How long an operation waits for an earlier nonce of its account before the chain is asked for it.',
  }),

  targetBaseFee: setting(decimal({ min: 0, max: 9_000_000, unit: 'gwei' }), '2', {
    group: 'fees',
    description: 'Up to this base fee batches are as large as the queue wants.',
  }),
  softCapBaseFee: setting(decimal({ min: 0, max: 9_000_000, unit: 'gwei' }), '20', {
    group: 'fees',
    description: 'From this base fee on a full queue counts half, and batches shrink.',
  }),
  maxBaseFee: setting(decimal({ min: 0, max: 9_000_000, unit: 'gwei' }), '100', {
    group: 'fees',
    description: 'From this base fee on nothing is sent but what has waited for too long.',
  }),
  maxFeePerGas: setting(decimal({ min: 0, max: 9_000_000, unit: 'gwei' }), '500', {
    group: 'fees',
    description: 'Most that a transaction may ever pay per gas.',
  }),
  priorityFeePercentile: setting(decimal({ min: 0, max: 100 }), '50', {
    group: 'fees',
    description: 'Which of the tips that recent blocks paid is paid, as a percentile.',
  }),
  gasPerOp: setting(whole({ min: 21_000, max: 16_777_216 }), '110000', {
    group: 'fees',
    description: 'Gas that an operation is taken to need until its kind has been measured.',
  }),
  maxTransactionGas: setting(whole({ min: 1_000_000, max: 1_000_000_000 }), '16777216', {
    group: 'fees',
    description: 'Most gas of one transaction: 2^24 since EIP-7825.',
  }),
  maxBatchSize: setting(whole({ min: 4096, max: 1_048_576, unit: 'bytes' }), '122880', {
    group: 'fees',
    description: 'Most calldata of a batch: transaction pools refuse more than 128 KiB in all.',
  }),

  resubmitTimeout: setting(whole({ min: 100, max: 3_600_000, unit: 'ms' }), '6000', {
    group: 'transactions',
    description: 'Time without inclusion after which a transaction is replaced at a higher fee.',
  }),
  feeEscalationStep: setting(decimal({ min: 1.125, max: 10 }), '1.125', {
    group: 'transactions',
    description: 'Factor on both fees from one replacement to the next; pools refuse less than 1.1.',
  }),
  maxFeeMultiplier: setting(decimal({ min: 1, max: 1000 }), '5', {
    group: 'transactions',
    description: "Most that a replacement may pay, as a multiple of the market's fee.",
  }),
  maxResubmissions: setting(whole({ min: 0, max: 1000 }), '10', {
    group: 'transactions',
    description: 'Replacements after which a transaction is cancelled, and its operations are tried anew.',
  }),
  cancelTimeout: setting(whole({ min: 1, max: 86_400, unit: 'secs' }), '600', {
    group: 'transactions',
    description:
      'Time in which a transaction could have landed and did not, after which it is cancelled, replaced or not.',
  }),
  simulationTimeout: setting(whole({ min: 1, max: 300, unit: 'secs' }), '10', {
    group: 'transactions',
    description: 'Longest wait for the simulation of a batch.',
  }),
  confirmations: setting(whole({ min: 0, max: 1000 }), '1', {
    group: 'transactions',
    description: 'Blocks on top of the inclusion before an operation is final; 0 is final at inclusion.',
  }),
  minBalance: setting(ether, '0.01', {
    group: 'transactions',
    description: 'Below this balance of the wallet nothing is sent.',
  }),

  dataDir: setting(folder, '.opsbatcher', {
    group: 'running',
    description: 'Folder of the database, and of the local chain.',
  }),
  retention: setting(decimal({ min: 0.1, max: 87_600, unit: 'hours' }), '24', {
    group: 'running',
    description: 'How long the status of an ended operation can be asked for.',
  }),
  drainTimeout: setting(whole({ min: 0, max: 3600, unit: 'secs' }), '25', {
    group: 'running',
    description: 'How long a stop waits for batches in flight; the next start goes on with the rest.',
  }),
  logLevel: setting(oneOf(['trace', 'debug', 'info', 'warn', 'error', 'silent']), 'info', {
    group: 'running',
    description: 'The least important messages that are logged.',
  }),
  logFormat: setting(oneOf(['auto', 'pretty', 'json']), 'auto', {
    group: 'running',
    description: 'Form of the log. Auto is pretty on a terminal and JSON lines elsewhere.',
  }),

  chainPort: setting(port, '8545', {
    group: 'local',
    description: 'Port of the local chain on 127.0.0.1.',
  }),
  chainBlockTime: setting(decimal({ min: 0.1, max: 60, unit: 'secs' }), '2', {
    group: 'local',
    flag: 'block-time',
    description: 'Time between blocks of the local chain.',
  }),
})

export type SettingKey = keyof typeof settingsTable.shape

/** All settings, in the program's own units. */
export type Settings = z.output<typeof settingsTable>

/** What says which chain to use and who pays: all of these are given, or none. */
export const CONNECTION_KEYS = ['rpcUrl', 'registryAddress', 'walletPrivateKey'] as const
