/** Delivers the emitted events of all actors to listeners. A listener that throws harms neither actors nor other listeners. */
import type { AnyActorRef, InspectionEvent } from 'xstate'
import type { GatewayEvent } from '../domain/events.ts'

type Listener = (event: GatewayEvent) => void

/** The type of the option `inspect` of `createActor`. */
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
   * Makes an `inspect` observer that publishes the emitted events of every actor, batches included.
   * @param watch receives every inspection event; its errors are ignored
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
 * Makes an observer whose errors are ignored. XState calls observers in the middle of an actor's work: an error would stop the
 * actor from processing events, or end the process.
 */
export function harmless<T>(observe: (seen: T) => void): (seen: T) => void {
  return (seen) => {
    try {
      observe(seen)
    } catch {
      // The error cannot be logged, because the logger is an observer, too.
    }
  }
}

/** The type of the inspection event hides the actor's methods. */
function isActorRef(actor: object): actor is AnyActorRef {
  return 'on' in actor && typeof actor.on === 'function'
}
