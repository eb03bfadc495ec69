/** The result of a load run as a person reads it. */
import type { LoadEvent, LoadReport } from '../load/report.ts'

/** Counts what went wrong, by reason. */
export class Mishaps {
  readonly #counts = new Map<string, number>()
  #postponed: string | null = null
  #cut: string | null = null
  #allArrived = true

  /** Why the run did not go on to its end; null when it did. */
  get cut(): string | null {
    return this.#cut
  }

  /** Whether the gateway has answered every operation, with whatever. */
  get allArrived(): boolean {
    return this.#allArrived
  }

  add(event: LoadEvent): void {
    if (event.type === 'postponed') this.#postponed = `${event.code} (${event.message})`
    if (event.type === 'accepted') this.#postponed = null
    if (event.type === 'cut') this.#cut = this.#describeCut(event.by)
    if (event.type === 'cut' || (event.type === 'rejected' && NOT_ARRIVED.has(event.code))) {
      this.#allArrived = false
    }
    const reason = reasonOf(event)
    if (reason !== null) this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1)
  }

  #describeCut(by: 'interruption' | 'patience'): string {
    if (by === 'interruption') return 'interrupted before the end: what is not finalized here may still be'
    const answer = this.#postponed === null ? '' : `; the gateway's last answer was ${this.#postponed}`
    return `given up, since nothing moved for --timeout-secs${answer}`
  }

  /** A line for each reason, the most frequent first. */
  lines(): readonly string[] {
    const entries = [...this.#counts].toSorted(([, a], [, b]) => b - a)
    return entries.map(([reason, count]) => `${count} x ${reason}`)
  }
}

/** What is said of operations that the gateway has not answered. */
const NOT_ARRIVED = new Set(['unreachable', 'not_sent'])

function reasonOf(event: LoadEvent): string | null {
  switch (event.type) {
    case 'rejected':
      return event.code === event.message
        ? `rejected: ${event.code}`
        : `rejected: ${event.code} (${event.message})`
    case 'failed':
      return `failed: ${event.error}`
    case 'unprepared':
      return `an account could not be prepared: ${event.message}`
    default:
      return null
  }
}

/** @param operations how many were to be sent */
export function describeRun(report: LoadReport, mishaps: Mishaps, operations: number): string {
  const { accepted, rejected, finalized, failed, operationsPerSecond, latencyMs } = report
  const unfinished = accepted - finalized - failed
  const unanswered = operations - accepted - rejected
  const lines = [
    `accepted    ${accepted}`,
    `rejected    ${rejected}`,
    `finalized   ${finalized}`,
    `failed      ${failed}`,
    ...(unfinished > 0 ? [`unfinished  ${unfinished}`] : []),
    ...(unanswered > 0 ? [`unanswered  ${unanswered}`] : []),
    `rate        ${operationsPerSecond} operations finalized per second`,
    `latency     p50 ${time(latencyMs.p50)}, p95 ${time(latencyMs.p95)}, p99 ${time(latencyMs.p99)}`,
    ...mishaps.lines().map((line) => `  ${line}`),
  ]
  return lines.join('\n')
}

function time(milliseconds: number | null): string {
  return milliseconds === null ? '-' : `${(milliseconds / 1000).toFixed(2)} s`
}
