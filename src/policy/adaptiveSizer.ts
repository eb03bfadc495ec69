/** How much gas may be in flight towards the next block, given the fees and the queue. Specification, "Adaptive Batch Sizing". */
import type { ChainState } from '../domain/chain.ts'
import type { OpsBatcherConfig } from '../domain/config.ts'
import type { DurationMs, Gas, WeiPerGas } from '../domain/primitives.ts'

/** The queue of ready operations, as far as the size depends on it. */
export interface Backlog {
  /** Number of ready operations. */
  readonly depth: number
  /** Time since the oldest of them was received, in milliseconds. */
  readonly oldestAge: DurationMs
  /** Expected gas of one more operation of the cheapest queued kind. */
  readonly gasPerOp: Gas
}

/** Share by which the steepest rise of the base fee (trend 1) increases the fee pressure. Value of the specification. */
const TREND_WEIGHT = 0.5

/** Factor on the queue pressure at and above the soft cap. */
const SOFT_CAP_WEIGHT = 0.5

/**
 * Computes the gas budget of a block, and the size of a batch, from the state of the chain and the backlog.
 *
 * The formula is the specification's, with the bounds 0.1 and 0.9 as settings and four corrections. The gas of an operation is the expected gas of the cheapest queued kind,
 * as measured: the selection then weighs each operation. `minBatchOps` never asks for more operations than are
 * queued. A queue with operations may always send one operation, however small the gas budget. At or above
 * `maxBaseFee`, operations that have waited for `maxWait` are still sent. From `softCapBaseFee` on, queue
 * pressure counts half.
 */
export class AdaptiveSizer {
  readonly #config: Pick<OpsBatcherConfig, 'adaptive' | 'maxWait'>

  constructor(config: Pick<OpsBatcherConfig, 'adaptive' | 'maxWait'>) {
    this.#config = config
  }

  /** True while the base fee is too high for operations that have not waited for `maxWait`. */
  isAboveCeiling({ baseFee }: Pick<ChainState, 'baseFee'>): boolean {
    return baseFee >= this.#config.adaptive.maxBaseFee
  }

  /** True while no batch may be sent: the base fee is too high, and no operation has waited for `maxWait`. */
  isFeeTooHigh(chain: ChainState, { depth, oldestAge }: Pick<Backlog, 'depth' | 'oldestAge'>): boolean {
    const { maxWait } = this.#config
    const isOverdue = maxWait !== null && depth > 0 && oldestAge >= maxWait
    return this.isAboveCeiling(chain) && !isOverdue
  }

  /** The largest number of operations for the next block's budget, and for one batch. Zero if the queue is empty or the fee is too high. */
  batchSize(chain: ChainState, backlog: Backlog): number {
    if (this.isFeeTooHigh(chain, backlog)) return 0
    const { minBatchOps, maxBatchOps } = this.#config.adaptive
    const affordable = Math.floor(this.targetGas(chain, backlog.depth) / backlog.gasPerOp)
    const wanted = Math.max(1, minBatchOps, Math.min(maxBatchOps, affordable))
    return Math.min(backlog.depth, wanted)
  }

  /**
   * The gas budget of the next block: the most gas that may be in flight towards the block, over all batches.
   *
   * High and rising fees shrink the budget, and a long queue stretches it, between `minBlockUtilisation` and
   * `maxBlockUtilisation` of the block's gas limit.
   * @param queueDepth number of ready operations
   */
  targetGas(chain: ChainState, queueDepth: number): Gas {
    const { minBlockUtilisation: least, maxBlockUtilisation: most } = this.#config.adaptive
    const trendFactor = 1 + TREND_WEIGHT * chain.baseFeeTrend
    const adjustedFeePressure = clamp(chain.feePressure * trendFactor, 0, 1)
    const netPressure = adjustedFeePressure - this.queuePressure(chain.baseFee, queueDepth)
    const balanced = (least + most) / 2
    const swing = (most - least) / 2
    return Math.floor(chain.blockGasLimit * clamp(balanced - swing * netPressure, least, most))
  }

  /** From 0, for an empty queue, to 1, at `backlogThreshold` operations; half as much from `softCapBaseFee` on. */
  queuePressure(baseFee: WeiPerGas, queueDepth: number): number {
    const { backlogThreshold, softCapBaseFee } = this.#config.adaptive
    const pressure = queueDepth >= backlogThreshold ? 1 : queueDepth / backlogThreshold
    return baseFee >= softCapBaseFee ? pressure * SOFT_CAP_WEIGHT : pressure
  }
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value))
}
