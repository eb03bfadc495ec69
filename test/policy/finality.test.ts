import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { noTags } from '../../src/domain/finality.ts'
import { cutTags, isSettled, raiseTags, settlementDepth, witnessOf } from '../../src/policy/finality.ts'

const ends = { headNumber: 100, tags: { safe: 90, finalized: 80 } }

describe('the depth of a settled block', () => {
  it('is the number of confirmations, or the distance of the tag from the head', () => {
    const rule = { confirmations: 3 }
    expect(settlementDepth({ ...rule, finality: 'confirmed' }, ends)).toBe(3)
    expect(settlementDepth({ ...rule, finality: 'safe' }, ends)).toBe(10)
    expect(settlementDepth({ ...rule, finality: 'finalized' }, ends)).toBe(20)
  })

  it('is beyond every block while the tag is unknown', () => {
    const unknown = { headNumber: 100, tags: noTags }
    expect(isSettled({ finality: 'safe', confirmations: 0 }, 0, unknown)).toBe(false)
    expect(isSettled({ finality: 'finalized', confirmations: 0 }, 0, unknown)).toBe(false)
    expect(isSettled({ finality: 'confirmed', confirmations: 2 }, 98, unknown)).toBe(true)
  })

  it('ends exactly at the tag', () => {
    const rule = { finality: 'finalized', confirmations: 0 } as const
    expect(isSettled(rule, 80, ends)).toBe(true)
    expect(isSettled(rule, 81, ends)).toBe(false)
  })
})

describe('the levels of a block', () => {
  const levels = ['included', 'confirmed', 'safe', 'finalized'] as const
  const reached = (blockNumber: number) =>
    levels.filter((level) => witnessOf(level, blockNumber, 5, ends) !== null)

  it('come one after the other as the chain grows', () => {
    expect(reached(98)).toEqual(['included'])
    expect(reached(95)).toEqual(['included', 'confirmed'])
    expect(reached(90)).toEqual(['included', 'confirmed', 'safe'])
    expect(reached(80)).toEqual(levels)
  })

  it('name the block that shows the level', () => {
    expect(levels.map((level) => witnessOf(level, 70, 5, ends))).toEqual([70, 100, 90, 80])
  })

  it('count a finalized block as safe, on a node that is late with the tag safe', () => {
    const late = { headNumber: 100, tags: { safe: 60, finalized: 80 } }
    expect(witnessOf('safe', 70, 5, late)).toBe(80)
    expect(witnessOf('safe', 70, 5, { headNumber: 100, tags: { safe: null, finalized: 80 } })).toBe(80)
  })
})

describe('the tags', () => {
  it('are never lowered by a node that is behind, nor raised above the head', () => {
    expect(raiseTags({ safe: 90, finalized: 80 }, { safe: 85, finalized: null }, 100)).toEqual({
      safe: 90,
      finalized: 80,
    })
    expect(raiseTags(noTags, { safe: 200, finalized: 50 }, 100)).toEqual({ safe: 100, finalized: 50 })
  })

  it('end below the orphaned blocks after a reorg', () => {
    const tag = fc.option(fc.nat(200), { nil: null })
    fc.assert(
      fc.property(tag, tag, fc.integer({ min: 1, max: 200 }), (safe, finalized, orphanedFrom) => {
        const cut = cutTags({ safe, finalized }, orphanedFrom)
        for (const [before, after] of [
          [safe, cut.safe],
          [finalized, cut.finalized],
        ] as const) {
          expect(after).toBe(before === null ? null : Math.min(before, orphanedFrom - 1))
        }
      }),
    )
  })
})
