import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ChainState } from '../../src/domain/chain.ts'
import type { AdaptiveConfig } from '../../src/domain/config.ts'
import { sizeBatch, targetGas } from '../../src/policy/sizer.ts'

const adaptive: AdaptiveConfig = {
  gasPerOp: 100_000,
  targetBaseFee: 100,
  softCapBaseFee: 800,
  maxBaseFee: 1_100,
  backlogThreshold: 200,
  minBatchOps: 5,
  maxBatchOps: 400,
  maxTransactionGas: 16_777_216,
}
const config = { adaptive, maxWait: 60_000 }

function chain(traits: Partial<ChainState> = {}): ChainState {
  return {
    blockNumber: 1,
    baseFee: 100,
    baseFeeEma: 100,
    baseFeeTrend: 0,
    blockGasLimit: 10_000_000,
    recentUtilization: 0.5,
    lastUpdated: 0,
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

describe('targetGas', () => {
  it.each([
    ['a comfortable fee and no backlog', { baseFee: 50 }, 0, 5_000_000],
    ['a comfortable fee and half a backlog', {}, 100, 7_000_000],
    ['a comfortable fee and a full backlog', {}, 200, 9_000_000],
    ['more than a full backlog', {}, 5_000, 9_000_000],
    ['half the fee pressure', { baseFee: 600 }, 0, 3_000_000],
    ['half the fee pressure, rising', { baseFee: 600, baseFeeTrend: 1 }, 0, 2_000_000],
    ['half the fee pressure, falling', { baseFee: 600, baseFeeTrend: -1 }, 0, 4_000_000],
    ['half the fee pressure balanced by half a backlog', { baseFee: 600 }, 100, 5_000_000],
    ['the ceiling and no backlog', { baseFee: 1_100 }, 0, 1_000_000],
    ['the ceiling and a full backlog, which counts half', { baseFee: 1_100 }, 200, 3_000_000],
    ['the soft cap and a full backlog, which counts half', { baseFee: 800 }, 200, 4_200_000],
    ['a block that would allow more than a transaction may', { blockGasLimit: 60_000_000 }, 200, 16_777_216],
  ])('%s', (_, traits, depth, expected) => {
    expect(targetGas(adaptive, chain(traits), depth)).toBeCloseTo(expected, -1)
  })

  it('stays between a tenth and nine tenths of the block, and within a transaction', () => {
    fc.assert(
      fc.property(chains, depths, (chain, depth) => {
        const gas = targetGas(adaptive, chain, depth)
        expect(gas).toBeGreaterThanOrEqual(Math.floor(chain.blockGasLimit * 0.1))
        expect(gas).toBeLessThanOrEqual(Math.min(chain.blockGasLimit * 0.9, adaptive.maxTransactionGas))
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
        (chain, ...more) => {
          const [depth, deeper, dearer, rising] = more
          const gas = targetGas(adaptive, chain, depth)
          expect(targetGas(adaptive, chain, depth + deeper)).toBeGreaterThanOrEqual(gas)
          expect(
            targetGas(adaptive, { ...chain, baseFee: chain.baseFee + dearer }, depth),
          ).toBeLessThanOrEqual(gas)
          const baseFeeTrend = Math.min(1, chain.baseFeeTrend + rising)
          expect(targetGas(adaptive, { ...chain, baseFeeTrend }, depth)).toBeLessThanOrEqual(gas)
        },
      ),
    )
  })

  it('takes an empty queue for no pressure even where any backlog is full pressure', () => {
    expect(targetGas({ ...adaptive, backlogThreshold: 1 }, chain(), 0)).toBe(5_000_000)
  })
})

describe('sizeBatch', () => {
  const size = (traits: Partial<ChainState>, depth: number, oldestAge = 0, maxWait: number | null = 60_000) =>
    sizeBatch({ adaptive, maxWait }, chain(traits), { depth, oldestAge })

  it.each([
    ['what the gas allows', {}, 100, 70],
    ['what the queue holds', {}, 30, 30],
    ['what the queue holds, though the minimum is more', {}, 3, 3],
    ['the minimum, though the gas allows less', { blockGasLimit: 1_000_000 }, 100, 7],
    ['the minimum at the least gas', { blockGasLimit: 100_000 }, 100, 5],
    ['the maximum', { blockGasLimit: 10_000_000_000 }, 1_000, 167],
    ['nothing of an empty queue', {}, 0, 0],
  ])('%s', (_, traits, depth, maxOps) => {
    expect(size(traits, depth)).toMatchObject({ maxOps })
  })

  it('holds the configured maximum', () => {
    expect(
      sizeBatch({ ...config, adaptive: { ...adaptive, maxBatchOps: 40 } }, chain(), {
        depth: 90,
        oldestAge: 0,
      }),
    ).toMatchObject({ maxOps: 40 })
  })

  it('always allows one operation, however small the budget', () => {
    const poor = { ...config, adaptive: { ...adaptive, minBatchOps: 0 } }
    expect(sizeBatch(poor, chain({ blockGasLimit: 50_000 }), { depth: 9, oldestAge: 0 })).toMatchObject({
      maxOps: 1,
    })
  })

  it('refuses at the ceiling until an operation has waited long enough', () => {
    expect(size({ baseFee: 1_099 }, 10)).toHaveProperty('maxOps')
    expect(size({ baseFee: 1_100 }, 10, 59_999)).toEqual({ refused: 'FeeAboveCeiling' })
    expect(size({ baseFee: 1_100 }, 10, 60_000)).toHaveProperty('maxOps')
    expect(size({ baseFee: 1_100 }, 0, 60_000)).toEqual({ refused: 'FeeAboveCeiling' })
  })

  it('waits for ever when no maximum wait is configured', () => {
    expect(size({ baseFee: 1_100 }, 10, Number.MAX_SAFE_INTEGER, null)).toEqual({
      refused: 'FeeAboveCeiling',
    })
  })

  it('never allows more than the queue or the maximum, nor nothing of a queue; deeper and cheaper never mean less', () => {
    const maxOpsOf = (chain: ChainState, depth: number) => {
      const size = sizeBatch(config, chain, { depth, oldestAge: config.maxWait })
      return 'refused' in size ? 0 : size.maxOps
    }
    fc.assert(
      fc.property(chains, depths, depths, fc.nat(500), (chain, depth, deeper, dearer) => {
        const maxOps = maxOpsOf(chain, depth)
        expect(maxOps).toBeLessThanOrEqual(Math.min(depth, adaptive.maxBatchOps))
        if (depth > 0) expect(maxOps).toBeGreaterThanOrEqual(Math.min(depth, adaptive.minBatchOps))
        expect(maxOpsOf(chain, depth + deeper)).toBeGreaterThanOrEqual(maxOps)
        expect(maxOpsOf({ ...chain, baseFee: chain.baseFee + dearer }, depth)).toBeLessThanOrEqual(maxOps)
      }),
    )
  })
})
