/** Events of a run, and the final report. */
import type { DurationMs, Millis } from '../domain/primitives.ts'
import type { CostReport, SettledOperation } from './costs.ts'

export type LoadEvent =
  /** The run starts creating the accounts of the setup. */
  | { readonly type: 'planned'; readonly accounts: number }
  /** An account of the setup exists. */
  | { readonly type: 'prepared' }
  /** An account of the setup could not be created. */
  | { readonly type: 'unprepared'; readonly message: string }
  /** The setup is complete. Counted operations follow. */
  | { readonly type: 'started'; readonly at: Millis }
  | { readonly type: 'accepted' }
  /** The gateway refused an operation, or (`not_sent`) an earlier operation of its account did not succeed. */
  | { readonly type: 'rejected'; readonly code: string; readonly message: string }
  /** `latency` is the time from submission to finalization. */
  | ({ readonly type: 'finalized'; readonly latency: DurationMs; readonly at: Millis } & SettledOperation)
  | ({ readonly type: 'failed'; readonly error: string } & SettledOperation)
  /** The gateway had no room for an operation. The run sends it again. */
  | { readonly type: 'postponed'; readonly code: string; readonly message: string }
  /** The run ended early: interrupted, or without a change for too long. */
  | { readonly type: 'cut'; readonly by: 'interruption' | 'timeout' }

export interface LoadReport {
  readonly accepted: number
  readonly rejected: number
  readonly finalized: number
  readonly failed: number
  /** Finalized operations per second, from the first counted submission to the last finalization. */
  readonly operationsPerSecond: number
  /** Time from submission to finalization of an operation; null if no operation was finalized. */
  readonly latencyMs: {
    readonly p50: number | null
    readonly p95: number | null
    readonly p99: number | null
  }
  /** Null if the run ended early, or if the gateway does not show the costs. */
  readonly cost: CostReport | null
}

/** Builds the report from the events of a run. */
export class Tally {
  readonly #counts = { accepted: 0, rejected: 0, finalized: 0, failed: 0 }
  readonly #latencies: DurationMs[] = []
  /** The counted operations that are finalized or failed. */
  readonly settled: SettledOperation[] = []
  #startedAt: Millis = 0
  #lastFinalizedAt: Millis = 0

  add(event: LoadEvent): void {
    if (event.type === 'started') this.#startedAt = event.at
    if (isCounted(event)) this.#counts[event.type] += 1
    if (event.type === 'finalized' || event.type === 'failed') {
      this.settled.push({ id: event.id, kind: event.kind })
    }
    if (event.type === 'finalized') {
      this.#latencies.push(event.latency)
      this.#lastFinalizedAt = event.at
    }
  }

  report(cost: CostReport | null): LoadReport {
    const seconds = (this.#lastFinalizedAt - this.#startedAt) / 1000
    const sorted = this.#latencies.toSorted((a, b) => a - b)
    return {
      ...this.#counts,
      operationsPerSecond: seconds > 0 ? Math.round((10 * this.#counts.finalized) / seconds) / 10 : 0,
      latencyMs: { p50: percentile(sorted, 50), p95: percentile(sorted, 95), p99: percentile(sorted, 99) },
      cost,
    }
  }
}

type Counted = 'accepted' | 'rejected' | 'finalized' | 'failed'

/** True for an event of a counted operation. */
function isCounted(event: LoadEvent): event is Extract<LoadEvent, { type: Counted }> {
  return ['accepted', 'rejected', 'finalized', 'failed'].includes(event.type)
}

/** True if at least one operation was accepted, and every accepted operation is finalized. */
export function isSuccess({ accepted, finalized }: LoadReport): boolean {
  return accepted > 0 && finalized === accepted
}

/**
 * The nearest-rank percentile: the smallest value not below `percent` of all values. Rounded.
 * @param sorted values in ascending order
 * @returns null for an empty list
 */
export function percentile(sorted: readonly number[], percent: number): number | null {
  const value = sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)]
  return value === undefined ? null : Math.round(value)
}
