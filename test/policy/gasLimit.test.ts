import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Hex } from '../../src/domain/primitives.ts'
import { callAllowance, transactionGasLimit } from '../../src/policy/gasLimit.ts'

const noCap = Number.MAX_SAFE_INTEGER

function bytes(zero: number, nonZero: number): Hex {
  return `0x${'00'.repeat(zero)}${'a0'.repeat(nonZero)}`
}

function limitOf(calls: readonly { readonly gas: number }[], callData: Hex): number {
  const limit = transactionGasLimit(calls, callData, noCap)
  if (limit === null) throw new Error('the limit is null without a cap')
  return limit
}

/**
 * Meters `aggregate3` like the EVM (EIP-150). Every call receives at most 63/64 of the remaining gas and uses the needed
 * part. The gas of the multicall is due before or after each call.
 * @returns the calls without enough gas, and the remaining gas
 */
function starvedCalls(
  gasLimit: number,
  callData: { readonly zero: number; readonly nonZero: number },
  calls: readonly {
    readonly needs: number
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
    return offered < call.needs
  })
  return { starved, left: left - overhead.after }
}

describe('the 63/64 rule', () => {
  it('starves no call within its allowance, for any gas use of the other calls and any place of the overhead', () => {
    const calls = fc.array(
      fc.record({
        gas: fc.oneof(fc.integer({ min: 1, max: 600_000 }), fc.integer({ min: 1, max: 14_000_000 })),
        used: fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })),
        overhead: fc.integer({ min: 0, max: 3_000 }),
        isOverheadFirst: fc.boolean(),
      }),
      { minLength: 1, maxLength: 60 },
    )
    fc.assert(
      fc.property(calls, fc.nat(20_000), fc.nat(20_000), fc.nat(10_000), (calls, zero, nonZero, before) => {
        const run = calls.map(({ gas, used, overhead, isOverheadFirst }, index) => ({
          // A single call needs the full allowance, and every other call any part of the allowance.
          needs: Math.floor(callAllowance(gas) * (index === before % calls.length ? 1 : used)),
          overheadBefore: isOverheadFirst ? overhead : 0,
          overheadAfter: isOverheadFirst ? 0 : overhead,
        }))
        const gasLimit = limitOf(calls, bytes(zero, nonZero))
        const result = starvedCalls(gasLimit, { zero, nonZero }, run, { before, after: 10_000 - before })
        expect(result.starved).toEqual([])
        expect(result.left).toBeGreaterThanOrEqual(0)
      }),
    )
  })

  it('leaves every call enough for three nested calls and ten cold storage slots', () => {
    const calls = Array.from({ length: 20 }, () => ({ gas: 330_000 }))
    const run = calls.map(({ gas }) => ({
      // A cold slot costs 2,100 more. EIP-2929.
      needs: Math.ceil(gas * (64 / 63) ** 3) + 10 * 2_100,
      overheadBefore: 3_000,
      overheadAfter: 0,
    }))
    const { starved, left } = starvedCalls(limitOf(calls, '0x'), { zero: 0, nonZero: 0 }, run, {
      before: 10_000,
      after: 0,
    })
    expect(starved).toEqual([])
    // The reserve has a different purpose and must be untouched.
    expect(left).toBeGreaterThanOrEqual(150_000)
  })

  it('leaves more than the allowance to a large last call, because the call receives only 63/64', () => {
    const gas = 14_000_000
    const allowance = callAllowance(gas)
    const limit = limitOf([{ gas }], '0x')
    expect(limit).toBeGreaterThan(allowance + allowance / 63)
    expect(
      starvedCalls(
        limit - 40_000,
        { zero: 0, nonZero: 0 },
        [{ needs: allowance, overheadBefore: 3_000, overheadAfter: 0 }],
        { before: 10_000, after: 0 },
      ).starved,
    ).toHaveLength(1)
  })

  it('lets a single call use the reserve in addition to the margin', () => {
    const calls = Array.from({ length: 10 }, () => ({ gas: 330_000 }))
    const run = calls.map(({ gas }, index) => ({
      needs: callAllowance(gas) + (index === 9 ? 137_000 : 0),
      overheadBefore: 3_000,
      overheadAfter: 0,
    }))
    expect(
      starvedCalls(limitOf(calls, '0x'), { zero: 0, nonZero: 0 }, run, { before: 10_000, after: 0 }),
    ).toEqual({
      starved: [],
      left: 13_000,
    })
  })

  it('is tight: without a single allowance, a call may starve', () => {
    const anyGas = fc.integer({ min: 100_000, max: 14_000_000 })
    fc.assert(
      fc.property(fc.array(anyGas, { minLength: 1, maxLength: 20 }), (gases) => {
        const calls = gases.map((gas) => ({ gas }))
        const run = gases.map((gas) => ({
          needs: callAllowance(gas),
          overheadBefore: 3_000,
          overheadAfter: 0,
        }))
        const [least] = [...gases].sort((a, b) => a - b)
        // The reserve would be spare and is subtracted, too.
        const scarce = limitOf(calls, '0x') - callAllowance(least ?? 0) - 150_000
        const { starved } = starvedCalls(scarce, { zero: 0, nonZero: 0 }, run, { before: 10_000, after: 0 })
        expect(starved.length).toBeGreaterThan(0)
      }),
    )
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
    const reserve = 150_000
    for (const [count, size, spent] of measured) {
      const calls = Array.from({ length: count }, () => ({ gas }))
      const granted = limitOf(calls, bytes(size, 0)) - count * callAllowance(gas) - reserve
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
        expect(transactionGasLimit(calls, data, cap)).toBe(needed > cap ? null : needed)
      }),
    )
  })

  it('may be used up exactly', () => {
    const calls = [{ gas: 1_000_000 }, { gas: 2_000_000 }]
    const exact = limitOf(calls, bytes(10, 100))
    expect(transactionGasLimit(calls, bytes(10, 100), exact)).toBe(exact)
    expect(transactionGasLimit(calls, bytes(10, 100), exact - 1)).toBeNull()
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
