/** Collects the persistent failures of all actors for `/health`. */
import type { GatewayEvent } from '../domain/events.ts'
import type { PersistentFailure } from '../domain/handle.ts'
import type { EventHub } from './events.ts'

export class PersistentFailures {
  readonly #failures = new Map<string, PersistentFailure>()

  constructor(hub: EventHub) {
    hub.on((event) => this.#observe(event))
  }

  /** The failures that have not ended, the oldest first. */
  get all(): readonly PersistentFailure[] {
    return [...this.#failures.values()].sort((a, b) => a.since - b.since)
  }

  #observe(event: GatewayEvent): void {
    switch (event.type) {
      case 'failure.persisted': {
        const { actor, batchId, effect, reason, since } = event
        this.#failures.set(keyOf(event), { actor, batchId, effect, reason, since })
        break
      }
      case 'failure.ended':
        this.#failures.delete(keyOf(event))
        break
      case 'batch.finalized':
      case 'batch.failed':
        this.#forget(({ batchId }) => batchId === event.batch.batchId)
        break
      case 'actor.crashed':
        // The actors restart with no failure on record.
        this.#forget(() => true)
        break
    }
  }

  #forget(isOver: (failure: PersistentFailure) => boolean): void {
    for (const [key, failure] of this.#failures) if (isOver(failure)) this.#failures.delete(key)
  }
}

type FailureEvent = Extract<GatewayEvent, { type: 'failure.persisted' | 'failure.ended' }>

function keyOf({ actor, batchId, effect }: FailureEvent): string {
  return JSON.stringify([actor, batchId, effect])
}
