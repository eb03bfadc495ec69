/**
 * Random numbers from a seed. Each question has a separate stream, named by a path. Without a question all other
 * answers stay equal: a failing run can be shrunk.
 */
import type { Random } from '../../src/load/random.ts'

export interface Dice extends Random {
  /** From 0 (included) to 1 (excluded). */
  draw(): number
  /** True with the given probability. */
  hits(probability: number): boolean
  /** A whole number between both ends, inclusive. */
  between(least: number, most: number): number
  pick<T>(items: readonly [T, ...T[]]): T
}

export function diceOf(seed: number, ...path: readonly (string | number)[]): Dice {
  return new SeededDice(hashOf(`${seed}/${path.join('/')}`))
}

/** Mulberry32. */
class SeededDice implements Dice {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  draw(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    const state = this.#state
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  below(limit: number): number {
    return Math.floor(this.draw() * limit)
  }

  bytes(size: number): Uint8Array {
    return Uint8Array.from({ length: size }, () => this.below(256))
  }

  hits(probability: number): boolean {
    return this.draw() < probability
  }

  between(least: number, most: number): number {
    return least + this.below(most - least + 1)
  }

  pick<T>([first, ...rest]: readonly [T, ...T[]]): T {
    return rest[this.below(rest.length + 1) - 1] ?? first
  }
}

/** A UUID of version 4. */
export function uuidOf(dice: Dice): string {
  const hex = Buffer.from(dice.bytes(16)).toString('hex')
  const variant = '89ab'.charAt(dice.below(4))
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`
}

/** FNV-1a over the UTF-16 code units, 32 bits, mixed once more: similar paths give unrelated numbers. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return (hash ^ (hash >>> 13)) >>> 0
}
