/**
 * An actor system in which one machine is under test: everybody whom it speaks to is there by name and only remembers
 * what was said. Time stands still until a test moves it.
 */
import { setImmediate } from 'node:timers/promises'
import { type AnyActorRef, createActor, type EventObject, fromTransition, SimulatedClock } from 'xstate'
import { ACTORS, type ActorName, ROOT } from '../../../src/machines/protocol.ts'

/** When every stage begins. */
export const START = 1_000_000

/** An event as a test looks at it: whatever else it carries is compared, not typed. */
interface Heard extends EventObject {
  readonly [detail: string]: unknown
  /** What an actor has died of. */
  readonly error?: unknown
}

export class Stage {
  readonly clock: SimulatedClock
  readonly now = (): number => START + this.clock.now()
  /** What any actor emitted, in order. */
  readonly emitted: Heard[] = []
  /** The parent of the machine under test, in the place of the gateway. */
  readonly parent: AnyActorRef
  readonly #heard: { readonly by: ActorName; readonly event: Heard }[] = []

  /** @param subject whom the test plays with the real machine; the others are stood in for */
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

  /** What an actor was told, in order. */
  heardBy(by: ActorName): readonly Heard[] {
    return this.#heard.filter((entry) => entry.by === by).map(({ event }) => event)
  }

  /** What an actor was told of a type, in order. */
  told<E extends EventObject>(to: ActorName, type: E['type']): readonly E[] {
    const heard: readonly EventObject[] = this.heardBy(to)
    return heard.filter((event): event is E => event.type === type)
  }

  /** Everything that was said, and to whom, in order. */
  get conversation(): readonly string[] {
    return this.#heard.map(({ by, event }) => `${by}: ${event.type}`)
  }

  /** What was emitted of a type, in order. */
  emittedOf(type: string): readonly Heard[] {
    return this.emitted.filter((event) => event.type === type)
  }

  /** Forgets what was said and emitted so far. */
  forget(): void {
    this.#heard.length = 0
    this.emitted.length = 0
  }

  /** Moves time, and lets what follows from it happen. */
  async advance(ms: number): Promise<void> {
    this.clock.increment(ms)
    await this.settle()
  }

  /** Lets every promise that is decided be heard of. @throws what an actor has died of */
  async settle(): Promise<void> {
    await setImmediate()
    const crash = this.#heard.find(({ event }) => event.type.startsWith('xstate.error.actor'))
    if (crash !== undefined) throw crash.event.error
  }

  #listener(by: ActorName) {
    return fromTransition((_, event: Heard) => {
      this.#heard.push({ by, event })
      return null
    }, null)
  }
}

/** The inspection event's type hides that it carries the actor itself. */
export function isActor(actor: object): actor is AnyActorRef {
  return 'on' in actor && typeof actor.on === 'function'
}
