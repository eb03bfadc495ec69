/**
 * An actor system with one machine under test. Every other actor is a stub that records the events sent to it. Time
 * stands still until a test advances the clock.
 */
import { setImmediate } from 'node:timers/promises'
import { type AnyActorRef, createActor, type EventObject, fromTransition, SimulatedClock } from 'xstate'
import { ACTORS, type ActorName, ROOT } from '../../../src/machines/protocol.ts'

/** The time at which every stage begins, in ms. */
export const START = 1_000_000

/** An event with untyped details. Tests compare the details with `toEqual`. */
interface Heard extends EventObject {
  readonly [detail: string]: unknown
  /** The error of a crashed actor. */
  readonly error?: unknown
}

export class Stage {
  readonly clock: SimulatedClock
  readonly now = (): number => START + this.clock.now()
  /**
   * The emitted events of all actors, in order. The requestTracker publishes the events of a record request after its
   * commit: its stub commits at once.
   */
  readonly emitted: Heard[] = []
  /** The parent of the machine under test. It replaces the gateway. */
  readonly parent: AnyActorRef
  readonly #heard: { readonly by: ActorName; readonly event: Heard }[] = []

  /** @param subject the actor that the test starts with the real machine; the stage starts a stub for every other actor */
  constructor(subject: ActorName | null, clock = new SimulatedClock()) {
    this.clock = clock
    this.parent = createActor(this.#listener(ROOT), {
      systemId: ROOT,
      clock: this.clock,
      inspect: (inspection) => {
        if (inspection.type !== '@xstate.actor' || !isActor(inspection.actorRef)) return
        inspection.actorRef.on('*', (event: Heard) => this.emitted.push(event))
      },
    }).start()
    for (const name of Object.values(ACTORS)) {
      if (name === subject) continue
      createActor(this.#listener(name), { parent: this.parent, systemId: name }).start()
    }
  }

  /** All events sent to an actor, in order. */
  receivedBy(by: ActorName): readonly Heard[] {
    return this.#heard.filter((entry) => entry.by === by).map(({ event }) => event)
  }

  /** The events of one type sent to an actor, in order. */
  received<E extends EventObject>(to: ActorName, type: E['type']): readonly E[] {
    const heard: readonly EventObject[] = this.receivedBy(to)
    return heard.filter((event): event is E => event.type === type)
  }

  /** Receiver and type of every event, in order. */
  get messages(): readonly string[] {
    return this.#heard.map(({ by, event }) => `${by}: ${event.type}`)
  }

  /** The emitted events of one type, in order. */
  emittedOf(type: string): readonly Heard[] {
    return this.emitted.filter((event) => event.type === type)
  }

  /** Forgets all received and emitted events. */
  clear(): void {
    this.#heard.length = 0
    this.emitted.length = 0
  }

  /** Advances the clock, and lets all promises settle. */
  async advance(ms: number): Promise<void> {
    this.clock.increment(ms)
    await this.settle()
  }

  /** Lets the machine handle all settled promises. @throws the error of a crashed actor */
  async settle(): Promise<void> {
    await setImmediate()
    const crash = this.#heard.find(({ event }) => event.type.startsWith('xstate.error.actor'))
    if (crash !== undefined) throw crash.event.error
  }

  #listener(by: ActorName) {
    return fromTransition((_, event: Heard) => {
      this.#heard.push({ by, event })
      if (Array.isArray(event['events'])) this.emitted.push(...event['events'])
      return null
    }, null)
  }
}

/** The type of the inspection event hides the methods of the actor. */
export function isActor(actor: object): actor is AnyActorRef {
  return 'on' in actor && typeof actor.on === 'function'
}
