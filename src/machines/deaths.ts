/** What is known of actors that died: how long to pause before the next life, and when to give up. Pure. */
import type { DurationMs, Millis } from '../domain/primitives.ts'

/** An actor's death. */
export interface Death {
  /** Its id with the root; a batch dies as the opsBatcher. */
  readonly actor: string
  readonly error: unknown
  /** What it has died of, in a line and without secrets. */
  readonly message: string
  readonly at: Millis
}

export interface Deaths {
  /** By actor, since the start. */
  readonly counts: Readonly<Record<string, number>>
  readonly last: Death | null
  /** In a row, without a calm time in between: the pause follows from them. */
  readonly row: number
  /** In a row, without a calm time or the end of a batch in between. */
  readonly fruitless: number
}

export const noDeaths: Deaths = { counts: {}, last: null, row: 0, fruitless: 0 }

/** Pause after the first death of a row; each further one doubles it. */
const FIRST_PAUSE_MS: DurationMs = 1_000
const LONGEST_PAUSE_MS: DurationMs = 30_000

/** A death that comes so long after the last one begins a new row. Longer than the longest pause and a life after it. */
const CALM_MS: DurationMs = 120_000

/** So many deaths without anything to show for the lives in between end the gateway. They take at least two and a half minutes. */
export const MOST_FRUITLESS = 10

export function noteDeath({ counts, last, row, fruitless }: Deaths, death: Death): Deaths {
  const isCalm = last !== null && death.at - last.at >= CALM_MS
  return {
    counts: { ...counts, [death.actor]: (counts[death.actor] ?? 0) + 1 },
    last: death,
    row: (isCalm ? 0 : row) + 1,
    fruitless: (isCalm ? 0 : fruitless) + 1,
  }
}

/** A batch came to its end: the last life was not in vain. */
export function noteProgress(deaths: Deaths): Deaths {
  return deaths.fruitless === 0 ? deaths : { ...deaths, fruitless: 0 }
}

/** The pause before what has died is started again. */
export function restartPause({ row }: Deaths): DurationMs {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.max(0, row - 1))
}

/** Whether starting again has shown to be of no use. */
export function isHopeless({ fruitless }: Deaths): boolean {
  return fruitless >= MOST_FRUITLESS
}

/** How many actors have died since the start. */
export function countDeaths({ counts }: Deaths): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}
