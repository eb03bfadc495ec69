/** Random sequences of commands, for property tests of reducers. */
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect } from 'vitest'
import { sizeOf } from './campaign.ts'

const MOST_COMMANDS = 100

/**
 * Plays many sequences of up to a hundred commands each.
 * @param play plays a sequence from the start, and throws when reducer and model disagree
 */
export function playSequences<Command>(
  command: fc.Arbitrary<Command>,
  play: (commands: readonly Command[]) => void,
): void {
  const sequences = fc.array(command, { maxLength: MOST_COMMANDS, size: 'max' })
  fc.assert(fc.property(sequences, play), { numRuns: sizeOf('reducerModels') })
}

/** The entry for an arbitrary index, also above the length; undefined for an empty list. */
export function pick<T>(from: readonly T[], which: number): T | undefined {
  return from[which % Math.max(1, from.length)]
}

/** `expect(actual).toEqual(expected)`, but fast for equal values, because tests call it a hundred thousand times. */
export function agree(actual: unknown, expected: unknown): void {
  if (!Object.is(actual, expected) && !isDeepStrictEqual(actual, expected)) expect(actual).toEqual(expected)
}
