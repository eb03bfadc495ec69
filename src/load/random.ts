/** Source of keys, addresses and choices. Tests use a seeded source. */
import { randomBytes, randomInt } from 'node:crypto'

export interface Random {
  /** `size` random bytes. */
  bytes(size: number): Uint8Array
  /** A random whole number, at least 0 and below `limit`. */
  below(limit: number): number
}

export const secureRandom: Random = {
  bytes: (size) => randomBytes(size),
  below: (limit) => randomInt(limit),
}

/** A random item; all are equally likely. */
export function choose<T>(random: Random, [first, ...rest]: readonly [T, ...T[]]): T {
  return rest[random.below(rest.length + 1) - 1] ?? first
}
