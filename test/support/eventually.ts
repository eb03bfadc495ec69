/** Polling for a condition, with growing pauses. */
import { setTimeout as delay } from 'node:timers/promises'
import type { DurationMs } from '../../src/domain/primitives.ts'

const FIRST_PAUSE: DurationMs = 10
const LONGEST_PAUSE: DurationMs = 250
/** Far longer than any wait on a slow machine under load: at this limit the test has failed. */
const PATIENCE: DurationMs = 240_000

/**
 * Polls until an answer satisfies the condition, and returns the answer.
 * @param what name of the condition, for the error message
 * @param longestPause most milliseconds between two questions
 * @throws Error when the condition is not true within `PATIENCE`
 */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T>,
  satisfies: (answer: T) => boolean,
  longestPause = LONGEST_PAUSE,
): Promise<T> {
  const deadline = performance.now() + PATIENCE
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 1.5, longestPause)) {
    const answer = await ask()
    if (satisfies(answer)) return answer
    if (performance.now() > deadline) {
      throw new Error(`timed out waiting for ${what}; the last answer was ${JSON.stringify(answer)}`)
    }
    await delay(pause)
  }
}
