/** What is seen of a run while it goes on, and what is said of it in the end. */
import type { DurationMs, Millis } from '../domain/primitives.ts'

export type LoadEvent =
  /** The run is about to create so many accounts that it needs beforehand. */
  | { readonly type: 'planned'; readonly accounts: number }
  /** One of them is there. */
  | { readonly type: 'prepared' }
  /** One of them could not be created. */
  | { readonly type: 'unprepared'; readonly message: string }
  /** The counted operations begin. */
  | { readonly type: 'started'; readonly at: Millis }
  | { readonly type: 'accepted' }
  /** Refused by the gateway, or not sent (`not_sent`) since what it builds on was refused or failed. */
  | { readonly type: 'rejected'; readonly code: string; readonly message: string }
  | { readonly type: 'finalized'; readonly latency: DurationMs; readonly at: Millis }
  | { readonly type: 'failed'; readonly error: string }
  /** The gateway had no room for an operation, which is sent again. */
  | { readonly type: 'postponed'; readonly code: string; readonly message: string }
  /** The run ends before its end: it was interrupted, or nothing has moved for too long. */
  | { readonly type: 'cut'; readonly by: 'interruption' | 'patience' }

export interface LoadReport {
  readonly accepted: number
  readonly rejected: number
  readonly finalized: number
  readonly failed: number
  /** Finalized operations per second, from the first counted request to the last finalization. */
  readonly operationsPerSecond: number
  /** From sending an operation to seeing it finalized, in milliseconds; null when none was. */
  readonly latencyMs: {
    readonly p50: number | null
    readonly p95: number | null
    readonly p99: number | null
  }
}

/** Adds events up. */
export class Tally {
  readonly #counts = { accepted: 0, rejected: 0, finalized: 0, failed: 0 }
  readonly #latencies: DurationMs[] = []
  #startedAt: Millis = 0
  #lastFinalizedAt: Millis = 0

  add(event: LoadEvent): void {
    if (event.type === 'started') this.#startedAt = event.at
    if (isCounted(event)) this.#counts[event.type] += 1
    if (event.type === 'finalized') {
      this.#latencies.push(event.latency)
      this.#lastFinalizedAt = event.at
    }
  }

  report(): LoadReport {
    const seconds = (this.#lastFinalizedAt - this.#startedAt) / 1000
    const sorted = this.#latencies.toSorted((a, b) => a - b)
    return {
      ...this.#counts,
      operationsPerSecond: seconds > 0 ? Math.round((10 * this.#counts.finalized) / seconds) / 10 : 0,
      latencyMs: { p50: percentile(sorted, 50), p95: percentile(sorted, 95), p99: percentile(sorted, 99) },
    }
  }
}

/** True for what happens to a counted operation. */
function isCounted(event: LoadEvent): event is Extract<LoadEvent, { type: keyof LoadReport }> {
  return ['accepted', 'rejected', 'finalized', 'failed'].includes(event.type)
}

/** True when every accepted operation has ended well, and there was one. */
export function isSuccess({ accepted, finalized }: LoadReport): boolean {
  return accepted > 0 && finalized === accepted
}

/**
 * The nearest-rank percentile: the smallest value that `percent` of all are not above, rounded.
 * @param sorted values in ascending order
 * @returns null for no values
 */
export function percentile(sorted: readonly number[], percent: number): number | null {
  const value = sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)]
  return value === undefined ? null : Math.round(value)
}
