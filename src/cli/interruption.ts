/** How a person ends the program: the first time gracefully, the second time at once. */
import type { DurationMs, Millis, Now } from '../domain/primitives.ts'

/**
 * When npm runs the program, one Ctrl-C in the terminal arrives twice: from the terminal, and from npm. Interruptions
 * this close together are one.
 */
const SAME_INTERRUPTION: DurationMs = 1000

export interface Interruption {
  /** Aborted by the first interruption. */
  readonly signal: AbortSignal
  /** Called for each. */
  interrupt(exitCode: number): void
}

/** @param exit called by the second interruption, with its exit code */
export function createInterruption(now: Now, exit: (code: number) => void): Interruption {
  const controller = new AbortController()
  let first: Millis | null = null
  return {
    signal: controller.signal,
    interrupt(exitCode) {
      if (first !== null && now() - first > SAME_INTERRUPTION) exit(exitCode)
      first ??= now()
      controller.abort()
    },
  }
}
