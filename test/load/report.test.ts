import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSuccess, percentile, Tally } from '../../src/load/report.ts'

describe('percentile', () => {
  it('is the smallest value with the given share of equal or smaller values', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(1000), { minLength: 1 }),
        fc.integer({ min: 1, max: 100 }),
        (values, percent) => {
          const sorted = values.toSorted((a, b) => a - b)
          const share = (limit: number) =>
            (100 * values.filter((value) => value <= limit).length) / values.length
          const result = percentile(sorted, percent)
          const lower = values.filter((value) => result !== null && value < result)
          expect(values).toContain(result)
          expect(share(result ?? -1)).toBeGreaterThanOrEqual(percent)
          if (lower.length > 0) expect(share(Math.max(...lower))).toBeLessThan(percent)
        },
      ),
    )
  })

  it('is null for an empty list', () => {
    expect(percentile([], 50)).toBeNull()
  })
})

describe('Tally', () => {
  it('counts events, and measures the rate from the start to the last finalization', () => {
    const tally = new Tally()
    const kind = 'create_account'
    tally.add({ type: 'planned', accounts: 1 })
    tally.add({ type: 'prepared' })
    tally.add({ type: 'started', at: 10_000 })
    for (const latency of [300, 100, 200]) {
      tally.add({ type: 'accepted' })
      tally.add({ type: 'finalized', id: `gw_${latency}`, kind, latency, at: 10_000 + 10 * latency })
    }
    tally.add({ type: 'accepted' })
    tally.add({ type: 'failed', id: 'gw_failed', kind, error: 'transaction_reverted' })
    tally.add({ type: 'rejected', code: 'bad_request', message: 'no' })
    tally.add({ type: 'finalized', id: 'gw_400', kind, latency: 400, at: 12_000 })
    expect(tally.settled.map(({ id }) => id)).toEqual(['gw_300', 'gw_100', 'gw_200', 'gw_failed', 'gw_400'])
    expect(tally.report(null)).toEqual({
      accepted: 4,
      rejected: 1,
      finalized: 4,
      failed: 1,
      operationsPerSecond: 2,
      latencyMs: { p50: 200, p95: 400, p99: 400 },
      cost: null,
    })
  })

  it('has the rate 0 and no latency without events', () => {
    expect(new Tally().report(null)).toMatchObject({ operationsPerSecond: 0, latencyMs: { p50: null } })
  })
})

describe('isSuccess', () => {
  const report = { ...new Tally().report(null), accepted: 2, finalized: 2, rejected: 3 }

  it('is true if at least one operation was accepted and every accepted operation was finalized', () => {
    expect(isSuccess(report)).toBe(true)
    expect(isSuccess({ ...report, finalized: 1 })).toBe(false)
    expect(isSuccess({ ...report, accepted: 0, finalized: 0 })).toBe(false)
  })
})
