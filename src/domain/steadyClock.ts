/**
 * The clock of a process: the wall time at its start plus the time elapsed since then. A step of the system clock does not
 * change the elapsed time, so no deadline and no pause becomes longer or shorter by a step.
 */
import type { DurationMs, Millis, Now } from './primitives.ts'

/**
 * @param wall the system clock
 * @param elapsed a clock that never steps; only differences matter
 */
export function createSteadyClock(wall: Now, elapsed: () => DurationMs): Now {
  const offset = wall() - elapsed()
  return () => Math.floor(offset + elapsed())
}

/** The steady clock of this process. */
export const steadyNow: Now = createSteadyClock(
  () => Date.now(),
  () => performance.now(),
)

/** A smaller difference is a measurement error, or a correction that no deadline notices. */
const SMALLEST_STEP: DurationMs = 1_000

export interface ClockStep {
  /** Positive if the system clock went forward. */
  readonly by: DurationMs
  readonly at: Millis
}

/**
 * Compares the system clock with a steady clock.
 * @returns a function that gives the step since its last call; null for none
 */
export function createStepDetector(wall: Now, steady: Now): () => ClockStep | null {
  let known = wall() - steady()
  return () => {
    const by = wall() - steady() - known
    if (Math.abs(by) <= SMALLEST_STEP) return null
    known += by
    return { by, at: steady() }
  }
}
