/**
 * Random numbers from a seed. Each matter has a separate stream: a further draw for a matter does not change the draws
 * of any other matter.
 */
import type { Random } from '../../src/load/random.ts'
import { seededRandom } from '../load/seededRandom.ts'

export interface Chance extends Random {
  /** True with the given probability. */
  hits(probability: number): boolean
  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number
  /** A uniformly chosen item. @throws RangeError for an empty list */
  pick<T>(items: readonly T[]): T
}

/** @param matter the purpose of the draws, for example `7, 'lanes', 3`: the same matter gives the same draws */
export function chanceOf(...matter: readonly (string | number)[]): Chance {
  const random = seededRandom(hashOf(matter.join('/')))
  return {
    ...random,
    hits: (probability) => random.below(1_000_000) < probability * 1_000_000,
    between: (least, most) => least + random.below(most - least + 1),
    pick(items) {
      const picked = items[random.below(items.length)]
      if (picked === undefined) throw new RangeError('there is nothing to pick from')
      return picked
    },
  }
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return hash
}
