import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Hex } from '../../src/domain/primitives.ts'
import {
  callAllowance,
  expectedGas,
  type GasMargin,
  isolatedGasLimit,
  leastGiven,
  transactionGasLimit,
} from '../../src/policy/gasLimit.ts'

const noCap = Number.MAX_SAFE_INTEGER

function bytes(zero: number, nonZero: number): Hex {
  return `0x${'00'.repeat(zero)}${'a0'.repeat(nonZero)}`
}

const NESTED = 3
const RESERVE = 150_000
const wide: GasMargin = { nestedCalls: NESTED, reserve: RESERVE }

function limitOf(calls: readonly { readonly gas: number }[], callData: Hex, margin = wide): number {
  const limit = transactionGasLimit(calls, callData, noCap, margin)
  if (limit === null) throw new Error('the limit is null without a cap')
  return limit
}

/** What a call must receive if its innermost call needs all its gas. */
const toReceive = (gas: number, nestedCalls: number) => Math.ceil(gas * (64 / 63) ** nestedCalls)

/**
 * Meters `aggregate3` like the EVM (EIP-150). Every call receives at most 63/64 of the remaining gas and uses the needed
 * part. The gas of the multicall is due before or after each call. A call must receive `receives`, and then uses `needs`.
 * @returns the calls without enough gas, and the remaining gas
 */
function starvedCalls(
  gasLimit: number,
  callData: { readonly zero: number; readonly nonZero: number },
  calls: readonly {
    readonly needs: number
    readonly receives?: number
    readonly overheadBefore: number
    readonly overheadAfter: number
  }[],
  overhead: { readonly before: number; readonly after: number },
) {
  let left = gasLimit - 21_000 - 4 * callData.zero - 16 * callData.nonZero - overhead.before
  const starved = calls.filter((call) => {
    left -= call.overheadBefore
    const offered = left - Math.floor(left / 64)
    left -= Math.min(call.needs, offered) + call.overheadAfter
    return offered < (call.receives ?? call.needs)
  })
  return { starved, left: left - overhead.after }
}

describe('the 63/64 rule', () => {
  const someCalls = fc.array(
    fc.record({
      gas: fc.oneof(fc.integer({ min: 1, max: 600_000 }), fc.integer({ min: 1, max: 14_000_000 })),
      overhead: fc.integer({ min: 0, max: 3_000 }),
      isOverheadFirst: fc.boolean(),
      more: fc.nat(RESERVE),
    }),
    { minLength: 1, maxLength: 60 },
  )

  it('starves no call while the calls together use at most the reserve more than in simulation, with any nested calls', () => {
    fc.assert(
      fc.property(someCalls, fc.nat(5), fc.nat(10_000), fc.nat(20_000), (calls, nested, before, zero) => {
        let left = RESERVE
        const run = calls.map(({ gas, overhead, isOverheadFirst, more }) => {
          const extra = Math.min(left, more)
          left -= extra
          return {
            needs: gas + extra,
            receives: toReceive(gas + extra, nested),
            overheadBefore: isOverheadFirst ? overhead : 0,
            overheadAfter: isOverheadFirst ? 0 : overhead,
          }
        })
        const margin = { nestedCalls: nested, reserve: RESERVE }
        const gasLimit = limitOf(calls, bytes(zero, zero), margin)
        const rest = { before, after: 10_000 - before }
        const result = starvedCalls(gasLimit, { zero, nonZero: zero }, run, rest)
        expect(result.starved).toEqual([])
        expect(result.left).toBeGreaterThanOrEqual(0)
      }),
    )
  })

  it('is tight: with a hundredth less than the calls need, a call may starve', () => {
    const gases = fc.array(fc.integer({ min: 100_000, max: 14_000_000 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(gases, (each) => {
        const calls = each.map((gas) => ({ gas }))
        const run = each.map((gas) => ({
          needs: gas,
          receives: toReceive(gas, NESTED),
          overheadBefore: 3_000,
          overheadAfter: 0,
        }))
        const limit = limitOf(calls, '0x', { nestedCalls: NESTED, reserve: 0 })
        const { starved } = starvedCalls(Math.floor(limit * 0.99), { zero: 0, nonZero: 0 }, run, {
          before: 10_000,
          after: 0,
        })
        expect(starved.length).toBeGreaterThan(0)
      }),
    )
  })

  it('counts the gas that nested calls keep back only once: it is left for the later calls', () => {
    const calls = Array.from({ length: 40 }, () => ({ gas: 330_000 }))
    const margin = { nestedCalls: NESTED, reserve: 0 }
    expect(limitOf(calls, '0x', margin) / expectedGas(calls, '0x')).toBeLessThan(1.005)
  })

  it('leaves a folded call less than 3.3 % above its gas if it is proved to nest one call', () => {
    const calls = [{ gas: 15_000_000 }]
    const margin = { nestedCalls: 1, reserve: 0 }
    expect(limitOf(calls, '0x', margin) / expectedGas(calls, '0x')).toBeLessThan(1.033)
  })

  it('gives each call what the check for starved calls demands', () => {
    fc.assert(
      fc.property(someCalls, fc.integer({ min: 1, max: 3 }), (calls, nestedCalls) => {
        const limit = limitOf(calls, '0x', { nestedCalls, reserve: 0 })
        const run = calls.map(({ gas }) => ({
          needs: gas,
          receives: leastGiven(gas, nestedCalls === NESTED ? 1 : 2),
          overheadBefore: 3_000,
          overheadAfter: 0,
        }))
        const overhead = { before: 10_000, after: 0 }
        expect(starvedCalls(limit, { zero: 0, nonZero: 0 }, run, overhead).starved).toEqual([])
      }),
    )
  })
})

describe('the gas limit of an isolated call', () => {
  it('gives the call its allowance and the usual reserve', () => {
    const gas = 600_000
    const run = [{ needs: callAllowance(gas) + RESERVE, overheadBefore: 3_000, overheadAfter: 0 }]
    const limit = isolatedGasLimit(gas, '0x', noCap)
    const overhead = { before: 10_000, after: 0 }
    expect(starvedCalls(limit ?? 0, { zero: 0, nonZero: 0 }, run, overhead).starved).toEqual([])
  })

  it('is null above the cap', () => {
    expect(isolatedGasLimit(2_000_000, '0x', 2_000_000)).toBeNull()
  })
})

describe('transactionGasLimit', () => {
  it('covers calldata by the byte, and at least the minimum of EIP-7623', () => {
    const busy = [{ gas: 5_000_000 }]
    expect(limitOf(busy, bytes(0, 3_200)) - limitOf(busy, bytes(3_200, 0))).toBe(12 * 3_200)
    expect(limitOf([], bytes(10_000, 90_000))).toBe(21_000 + 10 * 10_000 + 40 * 90_000)
  })

  it('covers the measured gas of multicalls with idle targets', () => {
    // [calls, calldata bytes, gas above the intrinsic]
    const measured = [
      [1, 644, 6_311],
      [225, 129_668, 632_951],
      [10, 30_148, 32_808],
      [1, 60_228, 24_408],
      [2, 120_388, 32_713],
    ] as const
    const gas = 1_000_000
    for (const [count, size, spent] of measured) {
      const calls = Array.from({ length: count }, () => ({ gas }))
      const granted = expectedGas(calls, bytes(size, 0)) - count * gas
      expect(granted - 21_000 - 4 * size).toBeGreaterThanOrEqual(spent)
    }
  })
})

describe('the cap of the gas limit (block gas limit, and 2^24 by EIP-7825)', () => {
  const someCalls = fc.array(fc.record({ gas: fc.integer({ min: 1, max: 2_000_000 }) }), { maxLength: 60 })
  const someCap = fc.oneof(
    fc.constant(2 ** 24),
    fc.integer({ min: 21_000, max: 2 ** 24 }),
    fc.integer({ min: 21_000, max: 60_000_000 }),
  )

  it('gives null exactly if the required gas exceeds the cap', () => {
    fc.assert(
      fc.property(someCalls, someCap, fc.nat(20_000), fc.nat(20_000), (calls, cap, zero, nonZero) => {
        const data = bytes(zero, nonZero)
        const needed = limitOf(calls, data)
        expect(transactionGasLimit(calls, data, cap, wide)).toBe(needed > cap ? null : needed)
      }),
    )
  })

  it('may be used up exactly', () => {
    const calls = [{ gas: 1_000_000 }, { gas: 2_000_000 }]
    const exact = limitOf(calls, bytes(10, 100))
    expect(transactionGasLimit(calls, bytes(10, 100), exact, wide)).toBe(exact)
    expect(transactionGasLimit(calls, bytes(10, 100), exact - 1, wide)).toBeNull()
  })

  it('is never reached by fewer calls, less gas or less calldata: removing an operation always helps', () => {
    fc.assert(
      fc.property(someCalls, fc.nat(500_000), fc.nat(5_000), (calls, more, size) => {
        const limit = limitOf(calls, bytes(size, size))
        expect(limitOf([...calls, { gas: more }], bytes(size, size))).toBeGreaterThan(limit)
        expect(limitOf([{ gas: more }, ...calls], bytes(size, size))).toBeGreaterThan(limit)
        expect(limitOf(calls, bytes(size, size + 32))).toBeGreaterThan(limit)
        const [first, ...rest] = calls
        if (first === undefined) return
        const dearer = [{ gas: first.gas + more }, ...rest]
        expect(limitOf(dearer, bytes(size, size))).toBeGreaterThanOrEqual(limit)
      }),
    )
  })
})
