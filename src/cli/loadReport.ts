/** The result of a load run as a person reads it. */
import type { LoadEvent, LoadReport } from '../load/report.ts'

/** Counts what went wrong, by reason. */
export class Mishaps {
  readonly #counts = new Map<string, number>()

  add(event: LoadEvent): void {
    const reason = reasonOf(event)
    if (reason !== null) this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1)
  }

  /** A line for each reason, the most frequent first. */
  lines(): readonly string[] {
    const entries = [...this.#counts].toSorted(([, a], [, b]) => b - a)
    return entries.map(([reason, count]) => `${count} x ${reason}`)
  }
}

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

export function describeRun(report: LoadReport, mishaps: Mishaps): string {
  const { accepted, rejected, finalized, failed, operationsPerSecond, latencyMs } = report
  const unfinished = accepted - finalized - failed
  const lines = [
    `accepted    ${accepted}`,
    `rejected    ${rejected}`,
    `finalized   ${finalized}`,
    `failed      ${failed}`,
    ...(unfinished > 0 ? [`unfinished  ${unfinished}`] : []),
    `rate        ${operationsPerSecond} operations finalized per second`,
    `latency     p50 ${time(latencyMs.p50)}, p95 ${time(latencyMs.p95)}, p99 ${time(latencyMs.p99)}`,
    ...mishaps.lines().map((line) => `  ${line}`),
  ]
  return `${lines.join('\n')}\n`
}

function time(milliseconds: number | null): string {
  return milliseconds === null ? '-' : `${(milliseconds / 1000).toFixed(2)} s`
}
