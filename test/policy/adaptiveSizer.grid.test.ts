/** The gas budget over the whole grid of fee, trend and queue, compared with the numbers of the specification. */
import { describe, expect, it } from 'vitest'
import type { ChainState } from '../../src/domain/chain.ts'
import type { AdaptiveConfig } from '../../src/domain/config.ts'
import { AdaptiveSizer } from '../../src/policy/adaptiveSizer.ts'
import { pressureAt } from '../machines/support/samples.ts'

const TARGET_FEE = 2
const MAX_FEE = 102
const THRESHOLD = 200
const BLOCK_GAS = 60_000_000

const adaptive: AdaptiveConfig = {
  gasPerOp: 110_000,
  targetBaseFee: TARGET_FEE,
  // Above every fee of the grid: the specification has no effect for it.
  softCapBaseFee: 1_000,
  maxBaseFee: MAX_FEE,
  backlogThreshold: THRESHOLD,
  minBatchOps: 1,
  maxBatchOps: 500,
  maxTransactionGas: 2 ** 24,
  minBlockUtilisation: 0.1,
  maxBlockUtilisation: 0.9,
}

const FEES = Array.from({ length: 23 }, (_, index) => TARGET_FEE - 5 + 5 * index)
const TRENDS = Array.from({ length: 21 }, (_, index) => (index - 10) / 10)
const DEPTHS = Array.from({ length: 26 }, (_, index) => 10 * index)

const GRID = FEES.flatMap((baseFee) =>
  TRENDS.flatMap((trend) => DEPTHS.map((depth) => ({ baseFee, trend, depth }))),
)

/** The formula of the specification, with the pressures as shares. */
function specified({ baseFee, trend, depth }: (typeof GRID)[number]): number {
  const feePressure = Math.min(1, Math.max(0, (baseFee - TARGET_FEE) / (MAX_FEE - TARGET_FEE)))
  const queuePressure = Math.min(depth / THRESHOLD, 1)
  const adjusted = Math.min(1, Math.max(0, feePressure * (1 + 0.5 * trend)))
  const utilization = Math.min(0.9, Math.max(0.1, 0.5 - 0.4 * (adjusted - queuePressure)))
  return Math.floor(BLOCK_GAS * utilization)
}

function budget({ baseFee, trend, depth }: (typeof GRID)[number], changes: Partial<AdaptiveConfig> = {}) {
  const sizer = new AdaptiveSizer({ adaptive: { ...adaptive, ...changes }, maxWait: null })
  const chain: ChainState = {
    ...{ blockNumber: 1, baseFee, baseFeeEma: baseFee, baseFeeTrend: trend, blockGasLimit: BLOCK_GAS },
    feePressure: pressureAt(baseFee, adaptive),
    ...{ recentUtilization: 0.5, lastUpdated: 0, nextBlock: null },
  }
  return sizer.targetGas(chain, depth)
}

describe('the gas budget of a block of 60 million gas', () => {
  it('is that of the specification at every point of the grid', () => {
    expect(GRID.length).toBe(23 * 21 * 26)
    for (const point of GRID) {
      const difference = Math.abs(budget(point) - specified(point))
      if (difference > 1) expect.fail(`${JSON.stringify(point)}: ${budget(point)}, not ${specified(point)}`)
    }
  })

  it.each([
    ['low fees and an empty queue', { baseFee: 0, trend: 0, depth: 0 }, 30_000_000],
    ['low fees and a full queue', { baseFee: 0, trend: 0, depth: 200 }, 54_000_000],
    ['high fees and an empty queue', { baseFee: 102, trend: 0, depth: 0 }, 6_000_000],
    ['high fees and a full queue', { baseFee: 102, trend: 0, depth: 200 }, 30_000_000],
    ['half the fee pressure, rising', { baseFee: 52, trend: 1, depth: 0 }, 12_000_000],
    ['half the fee pressure, falling', { baseFee: 52, trend: -1, depth: 0 }, 24_000_000],
  ])('with %s', (_, point, expected) => {
    expect(Math.abs(budget(point) - expected)).toBeLessThanOrEqual(1)
  })

  it('spans the configured bounds at every point of the grid', () => {
    const bounds = { minBlockUtilisation: 0.2, maxBlockUtilisation: 1 }
    for (const point of GRID) {
      // The specified range from 0.1 to 0.9 is mapped to the range from 0.2 to 1.
      const share = 0.2 + 0.8 * ((specified(point) / BLOCK_GAS - 0.1) / 0.8)
      const difference = Math.abs(budget(point, bounds) - BLOCK_GAS * share)
      if (difference > 2) expect.fail(`${JSON.stringify(point)}: ${budget(point, bounds)}`)
    }
    expect(budget({ baseFee: 0, trend: 0, depth: 200 }, bounds)).toBe(BLOCK_GAS)
    expect(budget({ baseFee: 102, trend: 0, depth: 0 }, bounds)).toBe(BLOCK_GAS * 0.2)
  })
})
