import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ChainState } from '../../src/domain/chain.ts'
import type { AdaptiveConfig } from '../../src/domain/config.ts'
import { AdaptiveSizer } from '../../src/policy/adaptiveSizer.ts'
import { pressureAt } from '../machines/support/samples.ts'

const adaptive: AdaptiveConfig = {
  gasPerOp: null,
  targetBaseFee: 100,
  softCapBaseFee: 800,
  maxBaseFee: 1_100,
  backlogThreshold: 200,
  minBatchOps: 5,
  maxBatchOps: 400,
  maxTransactionGas: 16_777_216,
  minBlockUtilisation: 0.1,
  maxBlockUtilisation: 0.9,
}
const gasPerOp = 100_000
const config = { adaptive, maxWait: 60_000 }
const sizer = new AdaptiveSizer(config)

function chain(traits: Partial<ChainState> = {}): ChainState {
  const { baseFee = 100 } = traits
  return {
    blockNumber: 1,
    baseFee,
    baseFeeEma: 100,
    baseFeeTrend: 0,
    feePressure: pressureAt(baseFee, adaptive),
    blockGasLimit: 10_000_000,
    recentUtilization: 0.5,
    lastUpdated: 0,
    nextBlock: null,
    ...traits,
  }
}

const chains = fc
  .record({
    baseFee: fc.nat(1_500),
    baseFeeTrend: fc.double({ min: -1, max: 1, noNaN: true }),
    blockGasLimit: fc.integer({ min: 1_000_000, max: 100_000_000 }),
  })
  .map(chain)
const depths = fc.nat(2_000)

describe('AdaptiveSizer.targetGas', () => {
  it.each([
    ['a base fee below the target and an empty queue', { baseFee: 50 }, 0, 5_000_000],
    ['a base fee at the target and a half-full queue', {}, 100, 7_000_000],
    ['a base fee at the target and a full queue', {}, 200, 9_000_000],
    ['a queue beyond the backlog threshold', {}, 5_000, 9_000_000],
    ['half the fee pressure', { baseFee: 600 }, 0, 3_000_000],
    ['half the fee pressure, rising', { baseFee: 600, baseFeeTrend: 1 }, 0, 2_000_000],
    ['half the fee pressure, falling', { baseFee: 600, baseFeeTrend: -1 }, 0, 4_000_000],
    ['half the fee pressure, balanced by a half-full queue', { baseFee: 600 }, 100, 5_000_000],
    ['the maximum base fee and an empty queue', { baseFee: 1_100 }, 0, 1_000_000],
    ['the maximum base fee and a full queue, which counts half', { baseFee: 1_100 }, 200, 3_000_000],
    ['the soft cap and a full queue, which counts half', { baseFee: 800 }, 200, 4_200_000],
    ['a block that holds several transactions', { blockGasLimit: 60_000_000 }, 200, 54_000_000],
  ])('with %s', (_, traits, depth, expected) => {
    expect(sizer.targetGas(chain(traits), depth)).toBeCloseTo(expected, -1)
  })

  it('is between a tenth and nine tenths of the block', () => {
    fc.assert(
      fc.property(chains, depths, (chain, depth) => {
        const gas = sizer.targetGas(chain, depth)
        expect(gas).toBeGreaterThanOrEqual(Math.floor(chain.blockGasLimit * 0.1))
        expect(gas).toBeLessThanOrEqual(chain.blockGasLimit * 0.9)
        expect(Number.isInteger(gas)).toBe(true)
      }),
    )
  })

  it('never falls as the queue deepens, and never rises with the fee or its trend', () => {
    fc.assert(
      fc.property(
        chains,
        depths,
        depths,
        fc.nat(500),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (shown, ...more) => {
          const [depth, deeper, dearer, rising] = more
          const gas = sizer.targetGas(shown, depth)
          expect(sizer.targetGas(shown, depth + deeper)).toBeGreaterThanOrEqual(gas)
          const { baseFee, blockGasLimit } = shown
          const dear = chain({
            ...{ blockGasLimit, baseFee: baseFee + dearer },
            baseFeeTrend: shown.baseFeeTrend,
          })
          expect(sizer.targetGas(dear, depth)).toBeLessThanOrEqual(gas)
          const baseFeeTrend = Math.min(1, shown.baseFeeTrend + rising)
          expect(sizer.targetGas({ ...shown, baseFeeTrend }, depth)).toBeLessThanOrEqual(gas)
        },
      ),
    )
  })

  it('sees no queue pressure in an empty queue, even with a backlog threshold of 1', () => {
    const eager = new AdaptiveSizer({ ...config, adaptive: { ...adaptive, backlogThreshold: 1 } })
    expect(eager.targetGas(chain(), 0)).toBe(5_000_000)
  })
})

describe('AdaptiveSizer.batchSize', () => {
  const batchSize = (
    traits: Partial<ChainState>,
    depth: number,
    oldestAge = 0,
    maxWait: number | null = 60_000,
  ) => new AdaptiveSizer({ adaptive, maxWait }).batchSize(chain(traits), { depth, oldestAge, gasPerOp })

  it.each([
    ['the gas budget', {}, 100, 70],
    ['the queue', {}, 30, 30],
    ['the queue, although the minimum is larger', {}, 3, 3],
    ['the gas budget above the minimum', { blockGasLimit: 1_000_000 }, 100, 7],
    ['the minimum, although the gas budget is smaller', { blockGasLimit: 100_000 }, 100, 5],
    ['the maximum, although the gas budget is larger', { blockGasLimit: 10_000_000_000 }, 1_000, 400],
    ['an empty queue', {}, 0, 0],
  ])('is set by %s', (_, traits, depth, expected) => {
    expect(batchSize(traits, depth)).toBe(expected)
  })

  it('never exceeds the configured maximum', () => {
    const small = new AdaptiveSizer({ ...config, adaptive: { ...adaptive, maxBatchOps: 40 } })
    expect(small.batchSize(chain(), { depth: 90, oldestAge: 0, gasPerOp })).toBe(40)
  })

  it('allows one operation even with a tiny gas budget', () => {
    const poor = new AdaptiveSizer({ ...config, adaptive: { ...adaptive, minBatchOps: 0 } })
    expect(poor.batchSize(chain({ blockGasLimit: 50_000 }), { depth: 9, oldestAge: 0, gasPerOp })).toBe(1)
  })

  it('is zero at the maximum base fee, until an operation has waited for the maximum wait', () => {
    expect(batchSize({ baseFee: 1_099 }, 10)).toBeGreaterThan(0)
    expect(batchSize({ baseFee: 1_100 }, 10, 59_999)).toBe(0)
    expect(batchSize({ baseFee: 1_100 }, 10, 60_000)).toBeGreaterThan(0)
    expect(batchSize({ baseFee: 1_100 }, 0, 60_000)).toBe(0)
  })

  it('stays zero at the maximum base fee without a maximum wait', () => {
    expect(batchSize({ baseFee: 1_100 }, 10, Number.MAX_SAFE_INTEGER, null)).toBe(0)
  })

  it('keeps its bounds, and never shrinks with a longer queue or a lower base fee', () => {
    const sizeOf = (chain: ChainState, depth: number) =>
      sizer.batchSize(chain, { depth, oldestAge: config.maxWait, gasPerOp })
    fc.assert(
      fc.property(chains, depths, depths, fc.nat(500), (chain, depth, deeper, dearer) => {
        const size = sizeOf(chain, depth)
        expect(size).toBeLessThanOrEqual(Math.min(depth, adaptive.maxBatchOps))
        if (depth > 0) expect(size).toBeGreaterThanOrEqual(Math.min(depth, adaptive.minBatchOps))
        expect(sizeOf(chain, depth + deeper)).toBeGreaterThanOrEqual(size)
        expect(sizeOf({ ...chain, baseFee: chain.baseFee + dearer }, depth)).toBeLessThanOrEqual(size)
      }),
    )
  })
})
