import { describe, expect, it } from 'vitest'
import type { NextBlock } from '../../src/domain/chain.ts'
import {
  afterBroadcast,
  afterInclusion,
  FIRST_LEAD,
  type Lead,
  leadTime,
  nextDeparture,
} from '../../src/policy/departure.ts'

const nextBlock: NextBlock = { blockNumber: 10, expectedAt: 20_000, blockTime: 2_000 }
const lead: Lead = { work: 80, margin: 40 }
const busy = { nextBlock, lead, isClear: false }
const clear = { nextBlock, lead, isClear: true }

describe('the next departure', () => {
  it('is the lead before the block', () => {
    expect(nextDeparture(busy, 18_500)).toEqual({ at: 19_880, blockNumber: 10 })
    expect(nextDeparture(busy, 19_880)).toEqual({ at: 19_880, blockNumber: 10 })
  })

  it('is that for the block after it when the departure is over', () => {
    expect(nextDeparture(busy, 19_881)).toEqual({ at: 21_880, blockNumber: 11 })
    expect(nextDeparture(busy, 24_000)).toEqual({ at: 25_880, blockNumber: 13 })
  })

  it('is at once for an operation that is late and alone, as long as the usual work fits', () => {
    expect(nextDeparture(clear, 19_881)).toEqual({ at: 19_881, blockNumber: null })
    expect(nextDeparture(clear, 19_920)).toEqual({ at: 19_920, blockNumber: null })
    expect(nextDeparture(clear, 19_921)).toEqual({ at: 21_880, blockNumber: 11 })
  })

  it('counts blocks that are already on their way when the lead is longer than a block', () => {
    const fast = { blockNumber: 10, expectedAt: 20_000, blockTime: 250 }
    const slow = { nextBlock: fast, lead: { work: 600, margin: 50 }, isClear: false }
    expect(nextDeparture(slow, 19_900)).toEqual({ at: 20_000 + 3 * 250 - 650, blockNumber: 13 })
  })

  it('is unknown without a prediction, and when blocks are missing', () => {
    expect(nextDeparture({ ...busy, nextBlock: null }, 19_000)).toBeNull()
    expect(nextDeparture(busy, 28_000)).not.toBeNull()
    expect(nextDeparture(busy, 28_001)).toBeNull()
  })
})

describe('the lead', () => {
  it('follows slow work quickly and fast work slowly', () => {
    expect(afterBroadcast(lead, 180, 2_000)).toEqual({ work: 130, margin: 40 })
    expect(afterBroadcast(lead, 30, 2_000)).toEqual({ work: 75, margin: 40 })
  })

  it('counts an outage as one block time', () => {
    expect(afterBroadcast(lead, 60_000, 2_000)).toEqual({ work: 1_040, margin: 40 })
  })

  it('widens when a block was missed, up to a quarter of the block time', () => {
    expect(afterInclusion(lead, true, 2_000)).toEqual({ work: 80, margin: 80 })
    expect(afterInclusion({ work: 80, margin: 400 }, true, 2_000)).toEqual({ work: 80, margin: 500 })
    expect(afterInclusion({ work: 80, margin: 600 }, true, 2_000)).toEqual({ work: 80, margin: 600 })
  })

  it('narrows slowly when the block was made, and never below its least margin', () => {
    expect(afterInclusion(lead, false, 2_000).margin).toBeCloseTo(39.8)
    expect(afterInclusion({ work: 80, margin: 25 }, false, 2_000)).toEqual({ work: 80, margin: 25 })
  })

  it('is below the fixed window and the work of a usual batch at the start', () => {
    expect(leadTime(FIRST_LEAD)).toBeLessThanOrEqual(250)
  })
})
