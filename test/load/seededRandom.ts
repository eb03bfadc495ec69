/** Pseudo-random numbers from a seed: the same seed gives the same numbers. Mulberry32. */
import type { Random } from '../../src/load/random.ts'

export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  return { below, bytes: (size) => Uint8Array.from({ length: size }, () => below(256)) }
}
