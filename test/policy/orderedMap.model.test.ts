/** OrderedMap after any sequence of edits, compared with an array that is sorted after each edit. */
import fc from 'fast-check'
import { describe, it } from 'vitest'
import { OrderedMap } from '../../src/policy/orderedMap.ts'
import { agree, pick, playSequences } from '../support/sequences.ts'

/** Ranges of adjacent keys make edits add and remove whole nodes of the tree. */
const range = fc.record({ first: fc.nat(200), length: fc.nat(40) })
const key = fc.nat(240)
const command = fc.oneof(
  fc.record({ type: fc.constantFrom('with', 'without'), key }),
  fc.record({ type: fc.constantFrom('withAll', 'withoutAll'), range }),
  // Continues from an earlier version.
  fc.record({ type: fc.constant('goBack' as const), which: fc.nat() }),
)

type Pairs = readonly (readonly [number, string])[]

interface Version {
  readonly map: OrderedMap<number, string>
  readonly pairs: Pairs
}

function edited(pairs: Pairs, edit: 'with' | 'without', keys: readonly number[], value: string): Pairs {
  const changed = new Set(keys)
  const kept = pairs.filter(([key]) => !changed.has(key))
  const added = edit === 'with' ? keys.map((key) => [key, value] as const) : []
  return [...kept, ...added].sort(([a], [b]) => a - b)
}

function take(versions: readonly Version[], each: CommandOf<typeof command>, value: string): Version {
  const now = versions.at(-1) ?? empty
  if ('which' in each) return pick(versions, each.which) ?? now
  const { map, pairs } = now
  if ('key' in each) {
    const { type, key } = each
    const next = type === 'with' ? map.with(key, value) : map.without(key)
    return { map: next, pairs: edited(pairs, type, [key], value) }
  }
  const keys = Array.from({ length: each.range.length }, (_, index) => each.range.first + index)
  return each.type === 'withAll'
    ? { map: map.withAll(keys.map((key) => [key, value])), pairs: edited(pairs, 'with', keys, value) }
    : { map: map.withoutAll(keys), pairs: edited(pairs, 'without', keys, value) }
}

type CommandOf<A> = A extends fc.Arbitrary<infer C> ? C : never

const empty: Version = { map: OrderedMap.empty((a, b) => a - b), pairs: [] }

function checkEntries({ map, pairs }: Version): void {
  let index = 0
  for (const [key, value] of map) {
    agree(key, pairs[index]?.[0])
    agree(value, pairs[index]?.[1])
    index += 1
  }
  agree(index, pairs.length)
}

describe('OrderedMap after any sequence of edits', () => {
  it('equals a sorted array, and earlier versions do not change', () => {
    playSequences(command, (commands) => {
      const versions: Version[] = [empty]
      for (const [step, each] of commands.entries()) {
        const next = take(versions, each, `v${step}`)
        versions.push(next)
        const { map, pairs } = next
        const probe = (step * 37) % 240
        agree(map.size, pairs.length)
        agree(map.firstKey, pairs[0]?.[0])
        agree(map.get(probe), pairs.find(([key]) => key === probe)?.[1])
        agree(
          map.has(probe),
          pairs.some(([key]) => key === probe),
        )
        agree(map.below(probe)?.[0], pairs.findLast(([key]) => key < probe)?.[0])
      }
      for (const version of versions) checkEntries(version)
    })
  })
})
