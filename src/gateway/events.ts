/** Brings what the actors emit to whoever listens. An observer that throws is cut off from harm, not the gateway. */
import type { AnyActorRef, InspectionEvent } from 'xstate'
import type { GatewayEvent } from '../domain/events.ts'

type Listener = (event: GatewayEvent) => void

/** What `createActor` takes as `inspect`. */
export type Watch = (inspection: InspectionEvent) => void

export class EventHub {
  readonly #listeners = new Set<Listener>()

  on(listener: Listener): () => void {
    const shielded = harmless(listener)
    this.#listeners.add(shielded)
    return () => this.#listeners.delete(shielded)
  }

  readonly publish = (event: GatewayEvent): void => {
    for (const listener of this.#listeners) listener(event)
  }

  /**
   * An `inspect` observer that follows the emitted events of every actor from its birth on, batches included.
   * @param watch is given every inspection event; what it throws is ignored
   */
  follow(watch: Watch = () => {}): Watch {
    const watched = harmless(watch)
    return harmless((inspection) => {
      watched(inspection)
      if (inspection.type !== '@xstate.actor') return
      const actor = inspection.actorRef
      if (!isActorRef(actor)) return
      actor.on('*', harmless(this.publish))
    })
  }
}

/**
 * An observer whose fault is its own. One that throws into an actor's processing would leave that actor alive and deaf for
 * ever, and one that throws out of it would end the process.
 */
export function harmless<T>(observe: (seen: T) => void): (seen: T) => void {
  return (seen) => {
    try {
      observe(seen)
    } catch {
      // Nobody is left to tell: the logger is an observer too.
    }
  }
}

/** The inspection event's type hides that it carries the actor itself. */
function isActorRef(actor: object): actor is AnyActorRef {
  return 'on' in actor && typeof actor.on === 'function'
}
