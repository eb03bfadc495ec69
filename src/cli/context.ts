/** Access of a command to its process. */
import type { Now } from '../domain/primitives.ts'

export interface CliContext {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly now: Now
  /**
   * From now on the first SIGINT or SIGTERM aborts the returned signal instead of ending the process. The second signal
   * ends the process at once.
   */
  interruption(): AbortSignal
}

/** Flags of a command, as parsed by commander. */
export type Flags = Readonly<Record<string, unknown>>

/** Exit codes of the program. */
export const EXIT = { ok: 0, failure: 1, usage: 2 } as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]
