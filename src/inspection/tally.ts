/** Counts events of the gateway for the samples. The work per event is small, because every event is counted. */
import type { Sample } from '../../inspector/src/wire.ts'
import type { GatewayEvent } from '../domain/events.ts'
import type { DurationMs, Millis } from '../domain/primitives.ts'

type Counters = Pick<
  Sample,
  'accepted' | 'refused' | 'finalized' | 'failed' | 'evicted' | 'commits' | 'chainCalls' | 'chainFailures'
>

/** Time and maximum number of the operations in the latency. */
const LATENCY_PERIOD: DurationMs = 300_000
const MAX_LATENCIES = 2_000

type Settled = Extract<GatewayEvent, { type: 'operation.settled' }>

export class Tally {
  /** The last finalized operations, oldest first. */
  #latencies: { readonly at: Millis; readonly took: DurationMs }[] = []

  readonly #counters = {
    accepted: 0,
    refused: 0,
    finalized: 0,
    failed: 0,
    evicted: 0,
    commits: 0,
    chainCalls: 0,
    chainFailures: 0,
  }

  get counters(): Counters {
    return { ...this.#counters }
  }

  /** @returns null if no operation was finalized in the period before `at` */
  latency(at: Millis): Sample['latency'] {
    this.#latencies = this.#latencies.filter((each) => at - each.at < LATENCY_PERIOD)
    const sorted = this.#latencies.map(({ took }) => took).sort((one, other) => one - other)
    const rank = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0
    return sorted.length === 0 ? null : { p50: rank(0.5), p99: rank(0.99) }
  }

  #noteSettled({ status, at, receivedAt }: Settled): void {
    switch (status.type) {
      case 'Finalized':
        this.#counters.finalized += 1
        this.#latencies.push({ at, took: at - receivedAt })
        if (this.#latencies.length > MAX_LATENCIES) this.#latencies.shift()
        return
      case 'Failed':
        this.#counters.failed += 1
        return
      case 'Evicted':
        this.#counters.evicted += 1
        return
    }
  }

  note(event: GatewayEvent): void {
    const counters = this.#counters
    switch (event.type) {
      case 'operation.accepted':
        counters.accepted += 1
        return
      case 'operation.refused':
        counters.refused += 1
        return
      case 'operation.settled':
        this.#noteSettled(event)
        return
      case 'store.committed':
        counters.commits += 1
        return
      case 'rpc.called':
        counters.chainCalls += 1
        if (event.outcome === 'unavailable') counters.chainFailures += 1
        return
    }
  }
}
