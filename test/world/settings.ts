/** Settings of the gateway and the chain of a run. */
import { toGatewayConfig } from '../../src/config/gatewayConfig.ts'
import { readConnectedSettings } from '../../src/config/read.ts'
import type { GatewayConfig } from '../../src/domain/config.ts'
import type { Address, DurationMs, Gas, Hex } from '../../src/domain/primitives.ts'
import type { Dice } from './dice.ts'

export const CHAIN_ID = 31_337
export const REGISTRY: Address = `0x${'5e'.repeat(20)}`
export const MULTICALL: Address = '0xca11bde05977b3631167028862be2a173976ca11'
export const WALLET_KEY: Hex = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'
export const GWEI = 1_000_000_000
export const ETHER = 10n ** 18n

export interface Settings {
  /** Number of nodes that the gateway knows. */
  readonly nodes: number
  /** Whether nodes push new blocks. */
  readonly pushes: boolean
  /** Settings of the gateway, by environment variable. */
  readonly gateway: Readonly<Record<string, string>>
  readonly blockTime: DurationMs
  readonly blockGas: Gas
  /** Whether nodes refuse a fee below the base fee. */
  readonly refusesBelowBaseFee: boolean
  /** Whether nodes answer `debug_traceTransaction`. */
  readonly traces: boolean
  /** In wei; null for a node without a suggested tip. */
  readonly suggestedTip: number | null
  /** The first balance of the wallet, in ether. More arrives later. */
  readonly funds: number
  /** Number of blocks from the head down to each tag. */
  readonly tagLags: { readonly safe: number; readonly finalized: number }
  /** Whether the pending block shows the transactions of the pool. */
  readonly preconfirms: boolean
}

export function planSettings(dice: Dice): Settings {
  const feeCap = dice.pick([20, 50, 100, 500])
  const resubmitTimeout = dice.pick([4_000, 6_000, 12_000])
  const settings = {
    nodes: dice.pick([1, 2, 2]),
    pushes: dice.hits(0.3),
    gateway: {
      FINALITY: `depth:${dice.pick([0, 1, 1, 2, 3])}`,
      POLL_INTERVAL_MS: dice.pick(['250', '500', '1000']),
      STALL_TIMEOUT_SECS: dice.pick(['10', '30']),
      RPC_TIMEOUT_SECS: dice.pick(['2', '5', '10']),
      BATCH_WINDOW_MS: dice.pick(['auto', 'auto', '0', '250']),
      MAX_CONCURRENT_BATCHES: `${dice.pick([1, 2, 3, 6])}`,
      MAX_BATCH_OPS: `${dice.pick([2, 5, 50, 500])}`,
      BATCH_MAX_WAIT_SECS: dice.pick(['5', '30']),
      ORDERING: dice.pick(['greedy-create-first', 'fifo']),
      MAX_TRIES: dice.pick(['3', '10']),
      LANE_TIMEOUT_SECS: dice.pick(['20', '60']),
      MAX_FEE_PER_GAS_GWEI: `${feeCap}`,
      MAX_BASE_FEE_GWEI: `${feeCap / 2}`,
      SOFT_CAP_BASE_FEE_GWEI: `${feeCap / 4}`,
      TARGET_BASE_FEE_GWEI: '2',
      RESUBMIT_TIMEOUT_MS: `${resubmitTimeout}`,
      MAX_RESUBMISSIONS: `${dice.pick([1, 3, 10])}`,
      CANCEL_TIMEOUT_SECS: dice.pick(['20', '60', '600']),
      SIMULATION_TIMEOUT_SECS: dice.pick(['2', '10']),
      DRAIN_TIMEOUT_SECS: dice.pick(['5', '25']),
    },
    blockTime: dice.pick([1_000, 2_000, 2_000, 12_000]),
    blockGas: dice.pick([15_000_000, 30_000_000, 60_000_000]),
    refusesBelowBaseFee: dice.hits(0.5),
    traces: dice.hits(0.5),
    suggestedTip: dice.pick([null, 1, GWEI / 1_000, GWEI]),
    funds: dice.hits(0.15) ? 0.05 : 1_000,
  }
  const tag = dice.pick([null, null, 'safe', 'finalized'])
  const PRECONFIRMATIONS = dice.pick(['auto', 'on', 'off'])
  const safe = dice.pick([1, 3, 6])
  return {
    ...settings,
    gateway: { ...settings.gateway, ...(tag !== null && { FINALITY: tag }), PRECONFIRMATIONS },
    tagLags: { safe, finalized: safe + dice.pick([0, 2, 6]) },
    preconfirms: dice.hits(0.5),
  }
}

/** Number of blocks on top of the including block that a verdict needs. */
export function verdictDepth(
  { transactions }: GatewayConfig,
  { tagLags }: Pick<Settings, 'tagLags'>,
): number {
  const { finality, confirmations } = transactions
  return finality === 'confirmed' ? confirmations : tagLags[finality]
}

/** The configuration that follows from the settings. */
export function configOf({ gateway, nodes }: Settings): GatewayConfig {
  const settings = readConnectedSettings({
    flags: {},
    environment: {
      RPC_URL: Array.from({ length: nodes }, (_, index) => `http://node-${index}.world`).join(','),
      REGISTRY_ADDRESS: REGISTRY,
      MULTICALL_ADDRESS: MULTICALL,
      WALLET_PRIVATE_KEY: WALLET_KEY,
      ...gateway,
    },
  })
  return { ...toGatewayConfig(settings), databasePath: ':memory:' }
}
