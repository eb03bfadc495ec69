/** How large the next batch may be, from the state of the chain and the backlog. Specification, "Adaptive Batch Sizing". */
import type { ChainState } from '../domain/chain.ts'
import type { AdaptiveConfig, OpsBatcherConfig } from '../domain/config.ts'
import type { ThrottleReason } from '../domain/events.ts'
import type { DurationMs, Gas, WeiPerGas } from '../domain/primitives.ts'

/** What waits to be batched. */
export interface Backlog {
  /** Ready operations. */
  readonly depth: number
  /** How long the oldest of them has waited, in milliseconds. */
  readonly oldestAge: DurationMs
}

type BatchSize =
  | { readonly targetGas: Gas; readonly maxOps: number }
  | { readonly refused: Extract<ThrottleReason, 'FeeAboveCeiling'> }

/** Share of the block that a batch aims at when fee and backlog balance, and how far they move it. Specification. */
const BALANCED_UTILIZATION = 0.5
const UTILIZATION_SWING = 0.4
const LEAST_UTILIZATION = 0.1
const GREATEST_UTILIZATION = 0.9

/** How much a trend of 1 adds to the fee's pressure. Specification. */
const TREND_WEIGHT = 0.5

/** What is left of the backlog's pressure above the soft cap. */
const SOFT_CAP_WEIGHT = 0.5

/**
 * The size of the next batch, or that none is to be sent at this fee.
 *
 * It is the specification's `batch_size` with three corrections. `minBatchOps` never asks for more than the queue
 * holds. A backlog that is not empty is always allowed one operation, however small the gas budget. And at a base fee
 * above the ceiling an operation that has waited for `maxWait` is sent all the same, unless that is null.
 */
export function sizeBatch(
  config: Pick<OpsBatcherConfig, 'adaptive' | 'maxWait'>,
  chain: ChainState,
  backlog: Backlog,
): BatchSize {
  const { adaptive, maxWait } = config
  const isOverdue = maxWait !== null && backlog.depth > 0 && backlog.oldestAge >= maxWait
  if (chain.baseFee >= adaptive.maxBaseFee && !isOverdue) return { refused: 'FeeAboveCeiling' }

  const budget = targetGas(adaptive, chain, backlog.depth)
  const affordable = Math.floor(budget / adaptive.gasPerOp)
  const wanted = Math.max(1, adaptive.minBatchOps, Math.min(adaptive.maxBatchOps, affordable))
  return { targetGas: budget, maxOps: Math.min(backlog.depth, wanted) }
}

/**
 * The gas budget of the next batch, for the gas limit of its transaction. High fees and rising fees shrink it, a backlog
 * stretches it, between a tenth and nine tenths of a block; no transaction exceeds `maxTransactionGas` (EIP-7825).
 * @param depth ready operations
 */
export function targetGas(config: AdaptiveConfig, chain: ChainState, depth: number): Gas {
  const trendFactor = 1 + TREND_WEIGHT * chain.baseFeeTrend
  const adjustedFeePressure = clamp(feePressure(config, chain.baseFee) * trendFactor, 0, 1)
  const netPressure = adjustedFeePressure - queuePressure(config, chain.baseFee, depth)
  const utilization = clamp(
    BALANCED_UTILIZATION - UTILIZATION_SWING * netPressure,
    LEAST_UTILIZATION,
    GREATEST_UTILIZATION,
  )
  return Math.min(Math.floor(chain.blockGasLimit * utilization), config.maxTransactionGas)
}

/** From 0 at the comfortable fee to 1 at the ceiling. */
function feePressure(config: AdaptiveConfig, baseFee: WeiPerGas): number {
  if (baseFee <= config.targetBaseFee) return 0
  if (baseFee >= config.maxBaseFee) return 1
  return (baseFee - config.targetBaseFee) / (config.maxBaseFee - config.targetBaseFee)
}

/** From 0 for an empty queue to 1 at the threshold; half of that from the soft cap on. */
function queuePressure(config: AdaptiveConfig, baseFee: WeiPerGas, depth: number): number {
  const pressure = depth >= config.backlogThreshold ? 1 : depth / config.backlogThreshold
  return baseFee >= config.softCapBaseFee ? pressure * SOFT_CAP_WEIGHT : pressure
}

function clamp(value: number, least: number, greatest: number): number {
  return Math.min(greatest, Math.max(least, value))
}
