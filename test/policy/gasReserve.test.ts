import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type GasUsage,
  learnReserve,
  reserveOf,
  START_RESERVE,
  startReserve,
} from '../../src/policy/gasReserve.ts'
import { OPERATION_KINDS } from '../../src/registry/worldId/operations.ts'

/** A batch of creates that used exactly its simulated gas. */
const asExpected: GasUsage = {
  kinds: ['create_account'],
  expected: 1_000_000,
  extraReserve: 0,
  used: 1_000_000,
  isComplete: true,
}

const learnt = (usages: readonly GasUsage[]) => usages.reduce(learnReserve, startReserve)
const reserveAfter = (...usages: readonly GasUsage[]) => reserveOf(learnt(usages), ['create_account'])
const times = (count: number, usage: GasUsage) => Array.from({ length: count }, () => usage)
const surprising = (gas: number) => ({ ...asExpected, used: asExpected.expected + gas })

describe('the gas reserve', () => {
  it('narrows slowly while batches use their simulated gas, down to a least value', () => {
    expect(reserveAfter(asExpected)).toBeGreaterThan(START_RESERVE * 0.8)
    expect(reserveAfter(...times(20, asExpected))).toBeLessThan(START_RESERVE * 0.1)
    expect(reserveAfter(...times(100, asExpected))).toBe(2_000)
  })

  it('is wide at once after a batch that used more gas than in simulation', () => {
    const narrow = times(60, asExpected)
    expect(reserveAfter(...narrow, surprising(1))).toBe(START_RESERVE)
    expect(reserveAfter(...narrow, surprising(120_000))).toBe(240_000)
    expect(reserveAfter(...narrow, surprising(15_000_000))).toBe(400_000)
  })

  it('does not become smaller by a surprise', () => {
    expect(reserveAfter(surprising(180_000), surprising(1))).toBe(360_000)
  })

  it('learns nothing from a batch with a failed operation, or with an inexact simulation within its extra reserve', () => {
    expect(reserveAfter({ ...asExpected, isComplete: false })).toBe(START_RESERVE)
    const inexact = { ...asExpected, extraReserve: 200_000 }
    expect(reserveAfter(inexact)).toBe(START_RESERVE)
    const narrow = times(60, asExpected)
    expect(reserveAfter(...narrow, { ...inexact, used: 1_150_000 })).toBe(2_000)
    expect(reserveAfter(...narrow, { ...inexact, used: 1_250_000 })).toBe(400_000)
  })

  it('learns for the kinds of the batch only, and a batch has the widest reserve of its kinds', () => {
    const reserve = learnt(times(60, asExpected))
    expect(reserveOf(reserve, ['insert_authenticator'])).toBe(START_RESERVE)
    expect(reserveOf(reserve, ['create_account', 'insert_authenticator'])).toBe(START_RESERVE)
  })

  it('stays between its bounds, and never below twice the last surprise up to the greatest value', () => {
    const usage = fc.record({
      kinds: fc.uniqueArray(fc.constantFrom(...OPERATION_KINDS), { minLength: 1 }),
      expected: fc.constant(1_000_000),
      extraReserve: fc.constant(0),
      used: fc.integer({ min: 500_000, max: 3_000_000 }),
      isComplete: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(usage, { maxLength: 40 }), usage, (before, last) => {
        const reserve = reserveOf(learnReserve(learnt(before), last), last.kinds)
        const surprise = last.used - last.expected
        expect(reserve).toBeGreaterThanOrEqual(2_000)
        expect(reserve).toBeLessThanOrEqual(400_000)
        expect(reserve).toBeGreaterThanOrEqual(Math.min(400_000, 2 * surprise))
      }),
    )
  })
})
