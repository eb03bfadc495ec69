/** The crashes of actors, the pauses before a restart and a start, and the limit at which the gateway fails. Pure. */
import type { DurationMs, Millis } from '../../domain/primitives.ts'

/** A crash of an actor. */
export interface Crash {
  /** The actor's id. A crash of a batch counts as a crash of the opsBatcher. */
  readonly actor: string
  readonly error: unknown
  /** The error's message in one line, without secrets. */
  readonly message: string
  readonly at: Millis
}

export interface Crashes {
  /** Number of crashes by actor, since the start of the gateway. */
  readonly counts: Readonly<Record<string, number>>
  readonly last: Crash | null
  /** Crashes in a row, without a calm time between two of them. The pause before the restart depends on this number. */
  readonly row: number
  /** Crashes in a row, without a calm time or a settled batch between two of them. */
  readonly fruitless: number
}

export const noCrashes: Crashes = { counts: {}, last: null, row: 0, fruitless: 0 }

/** Pause after the first failure of a row. Each further failure doubles the pause. */
const FIRST_PAUSE_MS: DurationMs = 1_000
const LONGEST_PAUSE_MS: DurationMs = 30_000
/** A try to start costs a few reads, and a chain that is back should be used soon. */
const LONGEST_START_PAUSE_MS: DurationMs = 10_000

/** A crash starts a new row this long after the last crash. Longer than the longest pause and the run after it. */
const CALM_MS: DurationMs = 120_000

/** The gateway fails after this number of fruitless crashes. With the pauses they take at least two and a half minutes. */
export const MOST_FRUITLESS = 10

export function noteCrash({ counts, last, row, fruitless }: Crashes, crash: Crash): Crashes {
  const isCalm = last !== null && crash.at - last.at >= CALM_MS
  return {
    counts: { ...counts, [crash.actor]: (counts[crash.actor] ?? 0) + 1 },
    last: crash,
    row: (isCalm ? 0 : row) + 1,
    fruitless: (isCalm ? 0 : fruitless) + 1,
  }
}

/** A batch was settled, so the last restart was not fruitless. */
export function noteProgress(crashes: Crashes): Crashes {
  return crashes.fruitless === 0 ? crashes : { ...crashes, fruitless: 0 }
}

/** The pause before the next restart. */
export function restartPause({ row }: Crashes): DurationMs {
  return doubledPause(row, LONGEST_PAUSE_MS)
}

/** The pause before the next try to start. @param failures number of failed tries in a row */
export function startPause(failures: number): DurationMs {
  return doubledPause(failures, LONGEST_START_PAUSE_MS)
}

function doubledPause(failures: number, longest: DurationMs): DurationMs {
  return Math.min(longest, FIRST_PAUSE_MS * 2 ** Math.max(0, failures - 1))
}

/** True when further restarts would be fruitless. */
export function isHopeless({ fruitless }: Crashes): boolean {
  return fruitless >= MOST_FRUITLESS
}

/** Number of crashes since the start of the gateway. */
export function countCrashes({ counts }: Crashes): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}
