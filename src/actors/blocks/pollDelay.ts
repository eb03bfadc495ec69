/** How often the block watcher polls the endpoint. */
import type { DurationMs } from '../../domain/primitives.ts'

/** Polls within one block time. A new block is then noticed after a quarter of the block time at most. */
const POLLS_PER_BLOCK = 4

/** Lower limit of the delay on a fast chain. */
const SHORTEST_DELAY: DurationMs = 50

export interface Polling {
  /** Longest delay while blocks are not pushed. */
  readonly pollInterval: DurationMs
  /**
   * The chain counts as stalled after this time without an answer. A poll must come earlier, even while blocks are
   * pushed.
   */
  readonly stallTimeout: DurationMs
  /** Average time between recent blocks; null while unknown. */
  readonly blockTime: DurationMs | null
  /** Time since the last new block. */
  readonly sinceNewBlock: DurationMs
  /** Whether the last new block was pushed. */
  readonly isPushed: boolean
}

/** Time until the next poll. While blocks are pushed, the poll only detects a dead subscription. */
export function pollDelay(polling: Polling): DurationMs {
  const { pollInterval, stallTimeout, blockTime, sinceNewBlock, isPushed } = polling
  const isSteady = blockTime !== null && sinceNewBlock < POLLS_PER_BLOCK * blockTime
  if (isPushed) {
    const delay = isSteady ? 2 * blockTime : suspicionDelay(polling)
    return Math.max(pollInterval, Math.min(delay, stallTimeout / 2))
  }
  return isSteady
    ? Math.min(pollInterval, Math.max(SHORTEST_DELAY, blockTime / POLLS_PER_BLOCK))
    : pollInterval
}

/** Time without a new block before the endpoint is suspected. */
export function suspicionDelay({
  pollInterval,
  blockTime,
}: Pick<Polling, 'pollInterval' | 'blockTime'>): DurationMs {
  return Math.max(10 * pollInterval, 4 * (blockTime ?? 0))
}
