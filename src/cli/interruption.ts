/**
 * Interruptions of the program: the first interruption stops the program gracefully, the second ends the program at
 * once.
 */
import type { DurationMs, Millis, Now } from '../domain/primitives.ts'

/**
 * Signals within this time count as a single interruption. Under npm one Ctrl-C arrives twice: from the terminal and
 * from npm.
 */
const SAME_INTERRUPTION: DurationMs = 1000

export interface Interruption {
  /** Aborted by the first interruption. */
  readonly signal: AbortSignal
  /** Call this for every signal. */
  interrupt(exitCode: number): void
}

/** @param exit called at the second interruption with its exit code */
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
