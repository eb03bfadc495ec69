/** The result of a load run as text. */
import { formatEther, formatGwei } from 'viem'
import type { CostReport } from '../load/costs.ts'
import type { LoadEvent, LoadReport } from '../load/report.ts'

/** Counts the problems of a run by reason. */
export class Problems {
  readonly #counts = new Map<string, number>()
  #postponed: string | null = null
  #cut: string | null = null
  #allAnswered = true

  /** Why the run ended early; null if it was complete. */
  get cut(): string | null {
    return this.#cut
  }

  /** True if the gateway answered every operation. A refusal is an answer. */
  get allAnswered(): boolean {
    return this.#allAnswered
  }

  add(event: LoadEvent): void {
    if (event.type === 'postponed') this.#postponed = `${event.code} (${event.message})`
    if (event.type === 'accepted') this.#postponed = null
    if (event.type === 'cut') this.#cut = this.#describeCut(event.by)
    if (event.type === 'cut' || (event.type === 'rejected' && UNANSWERED.has(event.code))) {
      this.#allAnswered = false
    }
    const reason = reasonOf(event)
    if (reason !== null) this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1)
  }

  #describeCut(by: 'interruption' | 'timeout'): string {
    if (by === 'interruption') return 'interrupted; the gateway may still finalize the unfinished operations'
    const answer = this.#postponed === null ? '' : `; the last answer of the gateway was ${this.#postponed}`
    return `run ended: no operation changed for --timeout-secs${answer}`
  }

  /** One line per reason, the most frequent reason first. */
  lines(): readonly string[] {
    const entries = [...this.#counts].toSorted(([, a], [, b]) => b - a)
    return entries.map(([reason, count]) => `${count} x ${reason}`)
  }
}

/** Codes of operations without an answer of the gateway. */
const UNANSWERED = new Set(['unreachable', 'not_sent'])

function reasonOf(event: LoadEvent): string | null {
  switch (event.type) {
    case 'rejected':
      return event.code === event.message
        ? `rejected: ${event.code}`
        : `rejected: ${event.code} (${event.message})`
    case 'failed':
      return `failed: ${event.error}`
    case 'unprepared':
      return `account not created: ${event.message}`
    default:
      return null
  }
}

/** @param operations number of operations of the run */
export function describeRun(report: LoadReport, problems: Problems, operations: number): string {
  const { accepted, rejected, finalized, failed, operationsPerSecond, latencyMs, cost } = report
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
    ...costLines(cost),
    ...problems.lines().map((line) => `  ${line}`),
  ]
  return lines.join('\n')
}

/** The total, and the mean of each kind. The cost is not known after an early end, or if the gateway does not show it. */
function costLines(cost: CostReport | null): readonly string[] {
  if (cost === null) return ['cost        not known']
  const kinds = Object.entries(cost.byKind).map(
    ([kind, { operations, total }]) =>
      `  ${kind}: ${formatGwei(BigInt(total) / BigInt(operations))} gwei each`,
  )
  return [`cost        ${formatEther(BigInt(cost.total))} ETH`, ...kinds]
}

function time(milliseconds: number | null): string {
  return milliseconds === null ? '-' : `${(milliseconds / 1000).toFixed(2)} s`
}
