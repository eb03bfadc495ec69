/** How often the block watch looks for a new block. */
import type { DurationMs } from '../../domain/primitives.ts'

/** Looks at a block's time: what is seen is a quarter of it old at most. */
const LOOKS_PER_BLOCK = 4

/** However fast the chain is. */
const SHORTEST_PAUSE: DurationMs = 50

export interface Pace {
  /** Longest pause, while nobody pushes. */
  readonly pollInterval: DurationMs
  /** Time without an answer after which the chain counts as stalled: pushed or not, it is asked in time. */
  readonly stallTimeout: DurationMs
  /** Average time between the last blocks; null while it is not known. */
  readonly blockTime: DurationMs | null
  /** Time since the last new block. */
  readonly sinceNews: DurationMs
  /** Whether new blocks are pushed, as the last one was. */
  readonly isPushed: boolean
}

/** Time until the next look. While blocks are pushed, it is for the case that the push has died. */
export function pauseOf(pace: Pace): DurationMs {
  const { pollInterval, stallTimeout, blockTime, sinceNews, isPushed } = pace
  const isSteady = blockTime !== null && sinceNews < LOOKS_PER_BLOCK * blockTime
  if (isPushed) {
    const wait = isSteady ? 2 * blockTime : patienceOf(pace)
    return Math.max(pollInterval, Math.min(wait, stallTimeout / 2))
  }
  return isSteady
    ? Math.min(pollInterval, Math.max(SHORTEST_PAUSE, blockTime / LOOKS_PER_BLOCK))
    : pollInterval
}

/** How long nothing new is nothing to wonder at. */
export function patienceOf({ pollInterval, blockTime }: Omit<Pace, 'sinceNews' | 'isPushed'>): DurationMs {
  return Math.max(10 * pollInterval, 4 * (blockTime ?? 0))
}
