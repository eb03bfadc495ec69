/** What is known of actors that died: how long to pause before the next life, and when to give up. Pure. */
import type { DurationMs, Millis } from '../../domain/primitives.ts'

/** An actor's crash. */
export interface Crash {
  /** Its id with the root; a batch dies as the opsBatcher. */
  readonly actor: string
  readonly error: unknown
  /** What it has died of, in a line and without secrets. */
  readonly message: string
  readonly at: Millis
}

export interface Crashes {
  /** By actor, since the start. */
  readonly counts: Readonly<Record<string, number>>
  readonly last: Crash | null
  /** In a row, without a calm time in between: the pause follows from them. */
  readonly row: number
  /** In a row, without a calm time or the end of a batch in between. */
  readonly fruitless: number
}

export const noCrashes: Crashes = { counts: {}, last: null, row: 0, fruitless: 0 }

/** Pause after the first crash of a row; each further one doubles it. */
const FIRST_PAUSE_MS: DurationMs = 1_000
const LONGEST_PAUSE_MS: DurationMs = 30_000

/** A crash that comes so long after the last one begins a new row. Longer than the longest pause and a life after it. */
const CALM_MS: DurationMs = 120_000

/** So many crashes without anything to show for the lives in between end the gateway. They take at least two and a half minutes. */
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

/** A batch came to its end: the last life was not in vain. */
export function noteProgress(crashes: Crashes): Crashes {
  return crashes.fruitless === 0 ? crashes : { ...crashes, fruitless: 0 }
}

/** The pause before what has died is started again. */
export function restartPause({ row }: Crashes): DurationMs {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.max(0, row - 1))
}

/** Whether starting again has shown to be of no use. */
export function isHopeless({ fruitless }: Crashes): boolean {
  return fruitless >= MOST_FRUITLESS
}

/** How many actors have died since the start. */
export function countCrashes({ counts }: Crashes): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}
