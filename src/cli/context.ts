/** What a command knows of the process that it runs in. */
import type { Now } from '../domain/primitives.ts'

export interface CliContext {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly now: Now
  /**
   * From now on the first interruption (SIGINT or SIGTERM) aborts the signal instead of ending the process; a second
   * one ends it at once.
   */
  interruption(): AbortSignal
}

/** The flags of a command, as commander has parsed them. */
export type Flags = Readonly<Record<string, unknown>>

/** What a command ends with. */
export const EXIT = { ok: 0, failure: 1, usage: 2 } as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]
