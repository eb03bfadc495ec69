/** The size of batches while fees and backlog move, compared with the specification's formula in its plainest form. */
import fc from 'fast-check'
import { describe, it } from 'vitest'
import type { ChainState } from '../../src/domain/chain.ts'
import type { AdaptiveConfig } from '../../src/domain/config.ts'
import { AdaptiveSizer } from '../../src/policy/adaptiveSizer.ts'
import { pressureAt } from '../machines/support/samples.ts'
import { agree, playSequences } from '../support/sequences.ts'

const adaptive: AdaptiveConfig = {
  gasPerOp: null,
  targetBaseFee: 100,
  softCapBaseFee: 800,
  maxBaseFee: 1_100,
  backlogThreshold: 200,
  minBatchOps: 5,
  maxBatchOps: 60,
  maxTransactionGas: 16_777_216,
  minBlockUtilisation: 0.1,
  maxBlockUtilisation: 0.9,
}
const MAX_WAIT = 60_000
const GAS_PER_OP = 100_000
const sizer = new AdaptiveSizer({ adaptive, maxWait: MAX_WAIT })

const command = fc.oneof(
  fc.record({ type: fc.constant('fee' as const), by: fc.integer({ min: -400, max: 400 }) }),
  fc.record({ type: fc.constant('trend' as const), is: fc.double({ min: -1, max: 1, noNaN: true }) }),
  fc.record({ type: fc.constant('limit' as const), is: fc.integer({ min: 1_000_000, max: 60_000_000 }) }),
  fc.record({ type: fc.constant('arrive' as const), count: fc.nat(90) }),
  fc.record({ type: fc.constant('wait' as const), ms: fc.nat(40_000) }),
  { weight: 2, arbitrary: fc.record({ type: fc.constant('send' as const) }) },
)

/** The input of the formula. */
interface State {
  baseFee: number
  trend: number
  limit: number
  /** Arrival times of the queued operations, in any order. */
  arrivals: number[]
  now: number
}

/** The median of three numbers. */
function middle(...three: [number, number, number]): number {
  return three.toSorted((a, b) => a - b)[1] ?? 0
}

function least(...some: number[]): number {
  return some.toSorted((a, b) => a - b)[0] ?? 0
}

/** Gas and operations of the next batch; null if no batch may be sent. */
function naiveSize({
  baseFee,
  trend,
  limit,
  arrivals,
  now,
}: State): readonly [gas: number, ops: number] | null {
  const { targetBaseFee, softCapBaseFee, maxBaseFee, backlogThreshold, minBatchOps, maxBatchOps } = adaptive
  const isLate = arrivals.some((arrival) => now - arrival >= MAX_WAIT)
  if (baseFee >= maxBaseFee && !isLate) return null
  const feePressure = middle(0, (baseFee - targetBaseFee) / (maxBaseFee - targetBaseFee), 1)
  const backlog = least(arrivals.length / backlogThreshold, 1)
  const queuePressure = baseFee < softCapBaseFee ? backlog : backlog / 2
  const net = middle(0, feePressure * (1 + 0.5 * trend), 1) - queuePressure
  const gas = Math.floor(limit * middle(0.1, 0.5 - 0.4 * net, 0.9))
  const affordable = least(Math.floor(gas / GAS_PER_OP), maxBatchOps)
  return [gas, least(arrivals.length, -least(-affordable, -minBatchOps))]
}

function sizeOf({ baseFee, trend, limit, arrivals, now }: State): readonly [gas: number, ops: number] | null {
  const chain: ChainState = {
    ...{ blockNumber: 1, baseFee, baseFeeEma: baseFee, baseFeeTrend: trend, blockGasLimit: limit },
    feePressure: pressureAt(baseFee, adaptive),
    ...{ recentUtilization: 0.5, lastUpdated: now, nextBlock: null },
  }
  const oldestAge = now - Math.min(now, ...arrivals)
  const backlog = { depth: arrivals.length, oldestAge, gasPerOp: GAS_PER_OP }
  if (sizer.isFeeTooHigh(chain, backlog)) return null
  return [sizer.targetGas(chain, arrivals.length), sizer.batchSize(chain, backlog)]
}

describe('AdaptiveSizer over any sequence of fees, arrivals and batches', () => {
  it('agrees with the formula, and every batch shortens a queue that is not empty', () => {
    playSequences(command, (commands) => {
      const state: State = { baseFee: 100, trend: 0, limit: 30_000_000, arrivals: [], now: 0 }
      for (const each of commands) {
        if (each.type === 'fee') state.baseFee = Math.max(0, state.baseFee + each.by)
        if (each.type === 'trend') state.trend = each.is
        if (each.type === 'limit') state.limit = each.is
        if (each.type === 'wait') state.now += each.ms
        if (each.type === 'arrive') state.arrivals.push(...Array(each.count).fill(state.now))
        const size = sizeOf(state)
        const expected = naiveSize(state)
        agree(size, expected)
        if (each.type !== 'send' || size === null) continue
        const [, ops] = size
        agree(ops > 0, state.arrivals.length > 0)
        state.arrivals.splice(0, ops)
      }
    })
  })
})
