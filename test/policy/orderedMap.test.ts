import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OrderedMap } from '../../src/policy/orderedMap.ts'

const empty = OrderedMap.empty<number, string>((a, b) => a - b)

/** Keys with a stride: few parameters make trees of several levels. */
const keys = fc
  .record({ first: fc.nat(3_000), stride: fc.integer({ min: 1, max: 5 }), length: fc.nat(1_200) })
  .map(({ first, stride, length }) => Array.from({ length }, (_, index) => first + index * stride))
const edits = fc.array(fc.record({ from: fc.nat(), adds: keys, removes: keys, single: fc.boolean() }), {
  minLength: 1,
  maxLength: 6,
})

describe('OrderedMap', () => {
  it('equals a sorted copy of a Map, and no edit changes an earlier version', () => {
    fc.assert(
      fc.property(edits, (script) => {
        const versions = [{ map: empty, model: new Map<number, string>() }]
        for (const [step, { from, adds, removes, single }] of script.entries()) {
          const base = versions[from % versions.length]
          if (base === undefined) continue
          const entries = adds.map((key) => [key, `${key}@${step}`] as const)
          const grown = {
            map: single
              ? entries.reduce((map, [key, value]) => map.with(key, value), base.map)
              : base.map.withAll(entries),
            model: new Map([...base.model, ...entries]),
          }
          const shrunk = {
            map: single
              ? removes.reduce((map, key) => map.without(key), grown.map)
              : grown.map.withoutAll(removes),
            model: new Map(grown.model),
          }
          for (const key of removes) shrunk.model.delete(key)
          versions.push(grown, shrunk)
        }
        for (const { map, model } of versions) {
          const sorted = [...model].sort(([a], [b]) => a - b)
          expect([...map]).toEqual(sorted)
          expect([...map.keys()]).toEqual(sorted.map(([key]) => key))
          expect([...map.values()]).toEqual(sorted.map(([, value]) => value))
          expect(map.size).toBe(sorted.length)
          expect(map.firstKey).toBe(sorted[0]?.[0])
          for (const probe of [0, 17, 1_500, 3_001, 9_999]) {
            expect(map.get(probe)).toBe(model.get(probe))
            expect(map.has(probe)).toBe(model.has(probe))
            expect(map.below(probe)).toEqual(sorted.findLast(([key]) => key < probe))
            expect(map.keyAbove(probe)).toBe(sorted.find(([key]) => key > probe)?.[0])
          }
        }
      }),
      { numRuns: 30 },
    )
  })

  it('returns itself if nothing is removed', () => {
    const map = empty.with(1, 'one')
    expect(map.without(2)).toBe(map)
    expect(map.withoutAll([])).toBe(map)
  })

  it('is only its size in JSON', () => {
    expect(JSON.stringify({ map: empty.with(1, 'one') })).toBe('{"map":{"size":1}}')
  })
})
