/** The size of batches as fees and backlog move, against the specification's formula written out with sorted lists. */
import fc from 'fast-check'
import { describe, it } from 'vitest'
import type { ChainState } from '../../src/domain/chain.ts'
import type { AdaptiveConfig } from '../../src/domain/config.ts'
import { sizeBatch } from '../../src/policy/sizer.ts'
import { agree, playSequences } from '../support/sequences.ts'

const adaptive: AdaptiveConfig = {
  gasPerOp: 100_000,
  targetBaseFee: 100,
  softCapBaseFee: 800,
  maxBaseFee: 1_100,
  backlogThreshold: 200,
  minBatchOps: 5,
  maxBatchOps: 60,
  maxTransactionGas: 16_777_216,
}
const MAX_WAIT = 60_000

const command = fc.oneof(
  fc.record({ type: fc.constant('fee' as const), by: fc.integer({ min: -400, max: 400 }) }),
  fc.record({ type: fc.constant('trend' as const), is: fc.double({ min: -1, max: 1, noNaN: true }) }),
  fc.record({ type: fc.constant('limit' as const), is: fc.integer({ min: 1_000_000, max: 60_000_000 }) }),
  fc.record({ type: fc.constant('arrive' as const), count: fc.nat(90) }),
  fc.record({ type: fc.constant('wait' as const), ms: fc.nat(40_000) }),
  { weight: 2, arbitrary: fc.record({ type: fc.constant('send' as const) }) },
)

/** Everything that the size depends on. */
interface State {
  baseFee: number
  trend: number
  limit: number
  /** When each of the waiting operations came, in any order. */
  arrivals: number[]
  now: number
}

/** The one in the middle of three. */
function middle(...three: [number, number, number]): number {
  return three.toSorted((a, b) => a - b)[1] ?? 0
}

function least(...some: number[]): number {
  return some.toSorted((a, b) => a - b)[0] ?? 0
}

/** Gas and operations of the next batch; null when none is to be sent. */
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
  const gas = least(Math.floor(limit * middle(0.1, 0.5 - 0.4 * net, 0.9)), adaptive.maxTransactionGas)
  const affordable = least(Math.floor(gas / adaptive.gasPerOp), maxBatchOps)
  return [gas, least(arrivals.length, -least(-affordable, -minBatchOps))]
}

function sizeOf({ baseFee, trend, limit, arrivals, now }: State) {
  const chain: ChainState = {
    ...{ blockNumber: 1, baseFee, baseFeeEma: baseFee, baseFeeTrend: trend, blockGasLimit: limit },
    ...{ recentUtilization: 0.5, lastUpdated: now },
  }
  const oldestAge = now - Math.min(now, ...arrivals)
  return sizeBatch({ adaptive, maxWait: MAX_WAIT }, chain, { depth: arrivals.length, oldestAge })
}

describe('the size of batches after any sequence of moves', () => {
  it('is what the formula says, and a backlog that is sent batch by batch comes to its end', () => {
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
        if ('refused' in size || expected === null) {
          agree([size, expected], [{ refused: 'FeeAboveCeiling' }, null])
          continue
        }
        agree([size.targetGas, size.maxOps], expected)
        if (each.type !== 'send') continue
        agree(size.maxOps > 0, state.arrivals.length > 0)
        state.arrivals.splice(0, size.maxOps)
      }
    })
  })
})
