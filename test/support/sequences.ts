/** Sequences of commands, for reducers: what holds after any of them. */
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect } from 'vitest'
import { sizeOf } from './campaign.ts'

const MOST_COMMANDS = 100

/**
 * Plays many sequences of commands, of up to a hundred each.
 * @param play takes one sequence from its beginning, and throws when the reducer does not agree with its model
 */
export function playSequences<Command>(
  command: fc.Arbitrary<Command>,
  play: (commands: readonly Command[]) => void,
): void {
  const sequences = fc.array(command, { maxLength: MOST_COMMANDS, size: 'max' })
  fc.assert(fc.property(sequences, play), { numRuns: sizeOf('reducerModels') })
}

/** An entry of a list that a command has chosen without knowing how long it is; undefined of an empty one. */
export function pick<T>(from: readonly T[], which: number): T | undefined {
  return from[which % Math.max(1, from.length)]
}

/** `expect`, but quick where there is nothing to say: it is asked a hundred thousand times. */
export function agree(actual: unknown, expected: unknown): void {
  if (!Object.is(actual, expected) && !isDeepStrictEqual(actual, expected)) expect(actual).toEqual(expected)
}
