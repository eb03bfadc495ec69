/** Where keys, addresses and choices come from; tests give a seeded one. */
import { randomBytes, randomInt } from 'node:crypto'

export interface Random {
  /** `size` random bytes. */
  bytes(size: number): Uint8Array
  /** A whole number from 0 up to, and without, `limit`. */
  below(limit: number): number
}

export const secureRandom: Random = {
  bytes: (size) => randomBytes(size),
  below: (limit) => randomInt(limit),
}

/** One of the items, each as likely. */
export function choose<T>(random: Random, [first, ...rest]: readonly [T, ...T[]]): T {
  return rest[random.below(rest.length + 1) - 1] ?? first
}
