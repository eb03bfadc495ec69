/** The prediction of the next block: regular and irregular chains, late observations, missed slots and clock offsets. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BlockTimes, predictNextBlock } from '../../src/policy/nextBlock.ts'

const START = 1_700_000_000_000

/** Blocks by the slots that they are made in. The timestamp is in whole seconds, as on a real chain. */
function chainOf(
  slots: readonly number[],
  blockTime: number,
  observedAfter: (index: number) => number = () => 0,
  phase = 0,
): BlockTimes[] {
  return slots.map((slot, index) => {
    const madeAt = START + phase + slot * blockTime
    return {
      blockNumber: index + 1,
      minedAt: Math.floor(madeAt / 1_000) * 1_000,
      timestamp: madeAt + observedAfter(index),
    }
  })
}

const regular = (count: number) => Array.from({ length: count }, (_, index) => index)

describe('the prediction of the next block', () => {
  it.each([12_000, 2_000, 1_000, 250])('is exact on a regular chain with blocks of %i ms', (blockTime) => {
    expect(predictNextBlock(chainOf(regular(20), blockTime))).toEqual({
      blockNumber: 21,
      expectedAt: START + 20 * blockTime,
      blockTime,
    })
  })

  it('needs five blocks', () => {
    expect(predictNextBlock(chainOf(regular(4), 2_000))).toBeNull()
    expect(predictNextBlock(chainOf(regular(5), 2_000))).toMatchObject({ expectedAt: START + 10_000 })
    expect(predictNextBlock([])).toBeNull()
  })

  it('does not depend on the difference between the clocks', () => {
    for (const offset of [-3_600_000, -400, 777, 86_400_000]) {
      const blocks = chainOf(regular(12), 2_000, () => offset)
      expect(predictNextBlock(blocks)).toMatchObject({ expectedAt: START + 24_000 + offset })
    }
  })

  it('counts the earliest observation when blocks are polled', () => {
    const polled = chainOf(regular(12), 2_000, (index) => [430, 180, 20, 310, 90, 470][index % 6] ?? 0)
    expect(predictNextBlock(polled)).toMatchObject({ expectedAt: START + 24_000 + 20 })
  })

  it.each([
    ['the newest block', [0, 1, 2, 3, 4, 5, 6, 8], 9],
    ['an older block', [0, 1, 2, 4, 5, 6, 7, 8], 9],
    ['two slots in sequence', [0, 1, 2, 3, 6, 7, 8, 9, 10], 11],
  ])('survives missed slots before %s', (_, slots, next) => {
    expect(predictNextBlock(chainOf(slots, 12_000))).toMatchObject({
      expectedAt: START + next * 12_000,
      blockTime: 12_000,
    })
  })

  it('survives one observation that was very late', () => {
    const late = chainOf(regular(12), 2_000, (index) => (index === 9 ? 1_900 : 0))
    expect(predictNextBlock(late)).toMatchObject({ expectedAt: START + 24_000 })
  })

  it('survives a chain whose blocks are made just before or just after a full second', () => {
    const blocks = chainOf(regular(12), 2_000, () => 0, 0).map((block, index) =>
      index % 3 === 0 ? { ...block, minedAt: block.minedAt - 1_000 } : block,
    )
    expect(predictNextBlock(blocks)).toMatchObject({ expectedAt: START + 24_000 })
  })

  it('ignores the timestamps of a chain that counts a second for each block of a quarter second', () => {
    const blocks = chainOf(regular(12), 250).map((block, index) => ({
      ...block,
      minedAt: START + index * 1_000,
    }))
    expect(predictNextBlock(blocks)).toMatchObject({ expectedAt: START + 3_000, blockTime: 250 })
  })

  it('is not possible just after many blocks were caught up at once', () => {
    const caughtUp = chainOf(regular(12), 2_000, (index) => 22_000 - 2_000 * index)
    expect(predictNextBlock(caughtUp)).toBeNull()
    const followed = chainOf(regular(20), 2_000, (index) => Math.max(0, 22_000 - 2_000 * index))
    expect(predictNextBlock(followed)).toMatchObject({ expectedAt: START + 40_000 })
  })

  it('is not possible on a chain that makes blocks for transactions', () => {
    const gaps = [0, 3, 4, 11, 12, 13, 29, 41, 44, 60, 61, 75, 90]
    expect(predictNextBlock(chainOf(gaps, 1_000))).toBeNull()
  })

  it('is never later than the block, and at most the jitter earlier, whatever the delays of the observations', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(12_000, 2_000, 250),
        fc.array(fc.double({ min: 0, max: 0.3, noNaN: true }), { minLength: 12, maxLength: 12 }),
        fc.integer({ min: -1e7, max: 1e7 }),
        (blockTime, delays, offset) => {
          const blocks = chainOf(regular(12), blockTime, (index) => offset + (delays[index] ?? 0) * blockTime)
          const next = predictNextBlock(blocks)
          if (next === null) return
          const due = START + offset + 12 * blockTime
          // A block observed at the latest possible delay after the prediction is still not missed.
          expect(next.expectedAt).toBeLessThanOrEqual(due + 0.3 * blockTime + 1)
          expect(next.expectedAt).toBeGreaterThanOrEqual(due - 0.8 * blockTime)
        },
      ),
    )
  })
})
