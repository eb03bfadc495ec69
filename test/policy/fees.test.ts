import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type FeeConfig,
  firstFees,
  limitsBelowCancel,
  limitsOfCancel,
  nextFees,
  repricedFees,
  type TransactionFees,
} from '../../src/policy/fees.ts'

const gwei = 1_000_000_000
const config: FeeConfig = { maxFeePerGas: 100 * gwei, maxFeeMultiplier: 3, feeEscalationStep: 1.25 }

const fee = fc.oneof(fc.nat(20), fc.nat(5 * gwei), fc.nat(2_000_000 * gwei))
const markets = fc.record({ baseFee: fee, priorityFee: fee })
const configs = fc.record({
  maxFeePerGas: fee,
  maxFeeMultiplier: fc.double({ min: 1, max: 10, noNaN: true }),
  feeEscalationStep: fc.double({ min: 1.125, max: 3, noNaN: true }),
})

describe('firstFees', () => {
  it('pays the market tip and lets the base fee double', () => {
    expect(firstFees({ baseFee: 10 * gwei, priorityFee: gwei }, config)).toEqual({
      maxFeePerGas: 21 * gwei,
      maxPriorityFeePerGas: gwei,
    })
  })

  it('keeps both fields within the maximum fee', () => {
    expect(firstFees({ baseFee: 60 * gwei, priorityFee: 120 * gwei }, config)).toEqual({
      maxFeePerGas: 100 * gwei,
      maxPriorityFeePerGas: 100 * gwei,
    })
    fc.assert(
      fc.property(markets, configs, (market, config) => {
        const fees = firstFees(market, config)
        expect(fees.maxFeePerGas).toBeLessThanOrEqual(config.maxFeePerGas)
        expect(fees.maxPriorityFeePerGas).toBeLessThanOrEqual(fees.maxFeePerGas)
      }),
    )
  })
})

describe('nextFees, the fees of a replacement', () => {
  const market = { baseFee: 10 * gwei, priorityFee: gwei }

  it('raises both fields by the escalation step', () => {
    expect(nextFees(market, { maxFeePerGas: 40 * gwei, maxPriorityFeePerGas: 2 * gwei }, config)).toEqual({
      maxFeePerGas: 50 * gwei,
      maxPriorityFeePerGas: 2.5 * gwei,
    })
  })

  it('follows a market rise of more than the step', () => {
    expect(nextFees(market, { maxFeePerGas: 2 * gwei, maxPriorityFeePerGas: 100 }, config)).toEqual({
      maxFeePerGas: 21 * gwei,
      maxPriorityFeePerGas: gwei,
    })
  })

  it.each([
    [0, 1],
    [1, 2],
    [2, 3],
    [8, 9],
    [9, 11],
  ])('raises a fee of %i wei to %i wei, at least by one eighth', (tried, next) => {
    const quiet = { baseFee: 0, priorityFee: 1 }
    const roomy = { ...config, maxFeeMultiplier: 100, feeEscalationStep: 1.125 }
    expect(nextFees(quiet, { maxFeePerGas: tried, maxPriorityFeePerGas: tried }, roomy)).toEqual({
      maxFeePerGas: next,
      maxPriorityFeePerGas: next,
    })
  })

  it('uses the ceiling as long as pools accept the replacement, and gives null afterwards', () => {
    const ceiling = 63 * gwei
    const last = nextFees(market, { maxFeePerGas: 56 * gwei, maxPriorityFeePerGas: gwei }, config)
    expect(last).toEqual({ maxFeePerGas: ceiling, maxPriorityFeePerGas: 1.25 * gwei })
    expect(nextFees(market, { maxFeePerGas: 56 * gwei + 1, maxPriorityFeePerGas: gwei }, config)).toBeNull()
  })

  it('gives null if the ceiling is 1 wei below a rise of one eighth', () => {
    const tried = { maxFeePerGas: 9, maxPriorityFeePerGas: 0 }
    const roomy = { ...config, maxFeeMultiplier: 100 }
    expect(nextFees({ baseFee: 9, priorityFee: 0 }, tried, { ...roomy, maxFeePerGas: 10 })).toBeNull()
    expect(
      nextFees({ baseFee: 9, priorityFee: 0 }, tried, { ...roomy, maxFeePerGas: 11 })?.maxFeePerGas,
    ).toBe(11)
  })

  it('raises the tip even if the market pays no tip', () => {
    const fees = nextFees(
      { baseFee: gwei, priorityFee: 0 },
      { maxFeePerGas: 2 * gwei, maxPriorityFeePerGas: 0 },
      config,
    )
    expect(fees).toEqual({ maxFeePerGas: 2.5 * gwei, maxPriorityFeePerGas: 1 })
  })

  it('gives a finite series of replacements accepted by pools, within the ceilings', () => {
    // In integers, because doubles would hide rounding errors.
    const replaces = (next: number, tried: number) => next > tried && BigInt(next) * 8n >= BigInt(tried) * 9n
    fc.assert(
      fc.property(
        markets,
        configs,
        fc.array(markets, { minLength: 1, maxLength: 5 }),
        (market, config, later) => {
          let tried: TransactionFees = firstFees(market, config)
          for (let attempt = 0; ; attempt += 1) {
            expect(attempt).toBeLessThan(400)
            const now = later[attempt % later.length] ?? market
            const next = nextFees(now, tried, config)
            if (next === null) {
              if (attempt % later.length === 0 && attempt > 0) break
              if (later.length === 1) break
              continue
            }
            expect(replaces(next.maxFeePerGas, tried.maxFeePerGas)).toBe(true)
            expect(replaces(next.maxPriorityFeePerGas, tried.maxPriorityFeePerGas)).toBe(true)
            expect(next.maxPriorityFeePerGas).toBeLessThanOrEqual(next.maxFeePerGas)
            expect(next.maxFeePerGas).toBeLessThanOrEqual(config.maxFeePerGas)
            const fresh = firstFees(now, config)
            expect(next.maxFeePerGas).toBeLessThanOrEqual(
              config.maxFeeMultiplier * Math.max(1, fresh.maxFeePerGas),
            )
            tried = next
          }
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('the room for a cancel', () => {
  // Below nine wei, the room of 12.5 % is less than one wei.
  const maximum = fc.oneof(fc.integer({ min: 9, max: 30 }), fc.integer({ min: 9, max: 9_000_000 * gwei }))
  const steps = fc.array(fc.tuple(markets, fc.constantFrom('raise', 'market')), { maxLength: 12 })

  it('is left by every attempt of a batch, whatever the market does', () => {
    fc.assert(
      fc.property(markets, configs, maximum, steps, markets, (market, drawn, maxFeePerGas, moves, last) => {
        const config = { ...drawn, maxFeePerGas }
        const limits = limitsBelowCancel(config)
        let highest = firstFees(market, limits)
        for (const [now, pricing] of moves) {
          const next =
            pricing === 'raise' ? nextFees(now, highest, limits) : repricedFees(now, highest, limits)
          highest = next ?? highest
        }
        const cancel = nextFees(last, highest, limitsOfCancel(config))
        expect(cancel).not.toBeNull()
        expect(cancel?.maxFeePerGas).toBeLessThanOrEqual(maxFeePerGas)
      }),
      { numRuns: 500 },
    )
  })

  it('is left on a chain without fees', () => {
    const free = { baseFee: 0, priorityFee: 0 }
    const first = firstFees(free, limitsBelowCancel(config))
    expect(nextFees(free, first, limitsOfCancel(config))).toEqual({
      maxFeePerGas: 1,
      maxPriorityFeePerGas: 1,
    })
  })

  it('is not more than pools want', () => {
    expect(limitsBelowCancel({ ...config, maxFeePerGas: 90 }).maxFeePerGas).toBe(80)
    expect(limitsBelowCancel({ ...config, maxFeePerGas: 91 }).maxFeePerGas).toBe(80)
  })
})
