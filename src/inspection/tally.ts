/** Counts events of the gateway for the samples. The work per event is small, because every event is counted. */
import type { Sample } from '../../inspector/src/wire.ts'
import type { GatewayEvent } from '../domain/events.ts'

type Counters = Pick<
  Sample,
  'accepted' | 'refused' | 'finalized' | 'failed' | 'commits' | 'chainCalls' | 'chainFailures'
>

export class Tally {
  readonly #counters = {
    accepted: 0,
    refused: 0,
    finalized: 0,
    failed: 0,
    commits: 0,
    chainCalls: 0,
    chainFailures: 0,
  }

  get counters(): Counters {
    return { ...this.#counters }
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
        if (event.status.type === 'Finalized') counters.finalized += 1
        if (event.status.type === 'Failed') counters.failed += 1
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
