import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PlannedCall } from '../../src/domain/batch.ts'
import { type Cost, sumCosts, totalCost } from '../../src/domain/cost.ts'
import type { Wei } from '../../src/domain/primitives.ts'
import { apportion, costShares, gasShares } from '../../src/policy/costShares.ts'

const wei = fc.bigInt({ min: 0n, max: 10n ** 30n })
const weight = fc.oneof(fc.integer({ min: 0, max: 2 ** 24 }), fc.constant(0))
const fee: fc.Arbitrary<Wei | null> = fc.option(wei.map(String))

/** Calls of one to four operations each. A fold has more than one. */
const calls: fc.Arbitrary<readonly PlannedCall[]> = fc
  .array(fc.tuple(weight, fc.integer({ min: 4, max: 2_000 }), fc.integer({ min: 1, max: 4 })), {
    minLength: 1,
    maxLength: 30,
  })
  .map((shapes) =>
    shapes.map(([gas, bytes, size], call) => ({
      target: '0x00',
      callData: `0x${'ab'.repeat(bytes)}`,
      operations: Array.from({ length: size }, (_, member) => `op-${call}-${member}`),
      gas,
    })),
  )
const cost: fc.Arbitrary<Cost> = fc.record({ gasFee: wei.map(String), l1Fee: fee, operatorFee: fee })

/** A call of each operation, or of several. */
const call = (operations: readonly string[], gas: number, bytes: number): PlannedCall => ({
  target: '0x00',
  callData: `0x${'ab'.repeat(bytes)}`,
  operations,
  gas,
})

describe('the parts of an amount', () => {
  it('sum up to the amount, and differ by less than one unit from the exact proportion', () => {
    fc.assert(
      fc.property(wei, fc.array(weight, { minLength: 1, maxLength: 200 }), (amount, weights) => {
        const parts = apportion(amount, weights)
        expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(amount)
        const whole = BigInt(weights.reduce((sum, each) => sum + each, 0))
        for (const [index, part] of parts.entries()) {
          const difference = part * whole - amount * BigInt(weights[index] ?? 0)
          if (whole > 0n) expect(difference < whole && difference > -whole).toBe(true)
        }
      }),
    )
  })

  it('give each unit of the rest to the largest remainders, and to the first of equal ones', () => {
    expect(apportion(10n, [1, 2, 4])).toEqual([1n, 3n, 6n])
    expect(apportion(5n, [1, 1, 1])).toEqual([2n, 2n, 1n])
  })

  it('are equal if nothing has a weight', () => {
    expect(apportion(7n, [0, 0])).toEqual([4n, 3n])
  })

  it('follow from weights without limit: a heavier part is never smaller', () => {
    fc.assert(
      fc.property(wei, fc.array(weight, { minLength: 2, maxLength: 20 }), (amount, weights) => {
        const sorted = weights.toSorted((a, b) => b - a)
        const parts = apportion(amount, sorted)
        for (const [index, part] of parts.slice(1).entries()) expect(part <= (parts[index] ?? 0n)).toBe(true)
      }),
    )
  })
})

describe('the shares in the cost of a transaction', () => {
  it('sum up exactly to the cost, in each part and in the total', () => {
    fc.assert(
      fc.property(calls, cost, fc.func(weight), (planned, whole, bytesOf) => {
        const shares = costShares(whole, planned, bytesOf)
        expect(Object.keys(shares)).toEqual(planned.flatMap(({ operations }) => operations))
        const sum = sumCosts(Object.values(shares))
        expect(sum).toEqual(whole)
        expect(sum && totalCost(sum)).toBe(totalCost(whole))
      }),
    )
  })

  it('follow the gas, and for the data fee the bytes', () => {
    const whole = { gasFee: '1000', l1Fee: '1000', operatorFee: '100' }
    const planned = [call(['a'], 300, 100), call(['b'], 100, 900)]
    expect(costShares(whole, planned, () => 1)).toEqual({
      a: { gasFee: '750', l1Fee: '101', operatorFee: '75' },
      b: { gasFee: '250', l1Fee: '899', operatorFee: '25' },
    })
  })

  it('are even in the gas of a fold, and follow the bytes of each member', () => {
    const whole = { gasFee: '100', l1Fee: '100', operatorFee: null }
    const bytes = { small: 100, large: 300 }
    const planned = [call(['small', 'large'], 300, 400)]
    expect(costShares(whole, planned, (id) => bytes[id as 'small' | 'large'])).toEqual({
      small: { gasFee: '50', l1Fee: '25', operatorFee: null },
      large: { gasFee: '50', l1Fee: '75', operatorFee: null },
    })
  })
})

describe('the shares in the gas of a transaction', () => {
  it('sum up exactly to the gas', () => {
    fc.assert(
      fc.property(calls, fc.integer({ min: 21_000, max: 2 ** 24 }), (planned, gasUsed) => {
        const shares = [...gasShares(gasUsed, planned).values()]
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(gasUsed)
      }),
    )
  })
})
