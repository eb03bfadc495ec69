import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allowanceOf, type BlockBudget } from '../../src/policy/blockBudget.ts'

const TRANSACTION = 2 ** 24

/** The allowances of batches that each use all of theirs, until no batch may start. */
function carve(target: number, transactionCap = TRANSACTION): number[] {
  const carved: number[] = []
  for (let inFlight = 0; carved.length < 100; ) {
    const allowance = allowanceOf({ target, inFlight, transactionCap })
    if (allowance === 0) break
    carved.push(allowance)
    inFlight += allowance
  }
  return carved
}

describe('the gas budget of a block', () => {
  it('is carved into full transactions and a rest', () => {
    expect(carve(54_000_000)).toEqual([TRANSACTION, TRANSACTION, TRANSACTION, 54_000_000 - 3 * TRANSACTION])
    expect(carve(6_000_000)).toEqual([6_000_000])
    expect(carve(60_000_000, 30_000_000)).toEqual([30_000_000, 30_000_000])
  })

  it('leaves a rest too small for a transaction', () => {
    expect(carve(TRANSACTION + TRANSACTION / 8)).toEqual([TRANSACTION, TRANSACTION / 8])
    expect(carve(TRANSACTION + TRANSACTION / 8 - 1)).toEqual([TRANSACTION])
  })

  it('allows a batch while nothing is in flight, and none while too much is in flight', () => {
    expect(allowanceOf({ target: 100, inFlight: 0, transactionCap: TRANSACTION })).toBe(100)
    expect(allowanceOf({ target: 6_000_000, inFlight: 30_000_000, transactionCap: TRANSACTION })).toBe(0)
  })

  it('never puts more in flight than the budget', () => {
    const budget: fc.Arbitrary<BlockBudget> = fc.record({
      target: fc.integer({ min: 1, max: 200_000_000 }),
      inFlight: fc.nat(200_000_000),
      transactionCap: fc.integer({ min: 1_000_000, max: 60_000_000 }),
    })
    fc.assert(
      fc.property(budget, (given) => {
        const allowance = allowanceOf(given)
        expect(allowance).toBeLessThanOrEqual(given.transactionCap)
        if (allowance > 0) expect(given.inFlight + allowance).toBeLessThanOrEqual(given.target)
      }),
    )
  })
})
