/** Brings what the actors emit to whoever listens. An observer that throws is cut off from harm, not the gateway. */
import type { AnyActorRef, InspectionEvent } from 'xstate'
import type { GatewayEvent } from '../domain/events.ts'
import type { Admission } from '../machines/protocol.ts'

type Listener = (event: GatewayEvent) => void

/** What `createActor` takes as `inspect`. */
export type Watch = (inspection: InspectionEvent) => void

export class EventHub {
  readonly #listeners = new Set<Listener>()

  on(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  readonly publish = (event: GatewayEvent): void => {
    for (const listener of this.#listeners) {
      try {
        listener(event)
      } catch {
        // An observer's fault is its own.
      }
    }
  }

  /**
   * An `inspect` observer that follows the emitted events of every actor from its birth on, batches included.
   * @param onAdmission is given the nonceTracker's answers, which are for the intake alone
   * @param watch is given every inspection event; what it throws is ignored
   */
  follow(onAdmission: (answer: Admission) => void, watch: Watch = () => {}): Watch {
    return (inspection) => {
      try {
        watch(inspection)
      } catch {
        // An observer's fault is its own: let through, it would wedge the actor for good.
      }
      if (inspection.type !== '@xstate.actor') return
      const actor = inspection.actorRef
      if (!isActorRef(actor)) return
      actor.on('*', (emitted: GatewayEvent | Admission) => {
        if (emitted.type === 'admission.granted' || emitted.type === 'admission.denied') onAdmission(emitted)
        else this.publish(emitted)
      })
    }
  }
}

/** The inspection event's type hides that it carries the actor itself. */
function isActorRef(actor: object): actor is AnyActorRef {
  return 'on' in actor && typeof actor.on === 'function'
}
