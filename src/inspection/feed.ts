/**
 * Observes a system of actors from the start. The stream or the recorder takes the messages since the last call. The feed has no
 * timers.
 *
 * A closed feed only follows paths, counters and samples, at very low cost. An open feed also collects messages. An error of the
 * feed never reaches an actor.
 */
import type { InspectionEvent } from 'xstate'
import type { Message, Money, Sample, Welcome } from '../../inspector/src/wire.ts'
import type { GatewayEvent } from '../domain/events.ts'
import type { Now } from '../domain/primitives.ts'
import { factOf } from './facts.ts'
import { Messages } from './messages.ts'
import { Notes } from './notes.ts'
import { Observer } from './observer.ts'
import { Paths } from './paths.ts'
import { activeActors, blocksOf, depthsOf } from './system.ts'
import { Tally } from './tally.ts'

export interface FeedOptions {
  readonly now: Now
  /** Removes secrets from a text. All output must pass through this function. */
  readonly redact: (text: string) => string
  /** Returns facts about the gateway. Called for each welcome message. */
  readonly about: () => Pick<Welcome, 'gateway' | 'limits' | 'endpoints'>
  /** Returns what the gateway spends. Called for each sample while there are viewers. */
  readonly money?: () => Money | null
}

/** Number of samples in five minutes. */
const MAX_SAMPLES = 300

export class Feed {
  readonly #options: FeedOptions
  readonly #paths = new Paths()
  readonly #notes = new Notes()
  readonly #messages = new Messages()
  readonly #tally = new Tally()
  readonly #samples: Sample[] = []
  readonly #observer: Observer

  constructor(options: FeedOptions) {
    const { now } = options
    this.#options = options
    this.#observer = new Observer({ now, paths: this.#paths, notes: this.#notes })
  }

  /** Use as the option `inspect` of `createActor`. Never throws. */
  readonly observe = (inspection: InspectionEvent): void => this.#observer.observe(inspection)

  /** Use as a listener for the events of the gateway. Never throws. */
  readonly noteEvent = guarded((event: GatewayEvent): void => {
    this.#tally.note(event)
    if (!this.#notes.isOpen) return
    const fact = factOf(event)
    if (fact !== null) this.#notes.fact(fact, this.#options.now())
  })

  /** Starts to collect messages. */
  open(): void {
    this.#notes.isOpen = true
  }

  /** Stops collecting and discards the collected messages. */
  close(): void {
    this.#notes.isOpen = false
    this.#notes.take(0)
  }

  /** Takes a sample. Call once a second. */
  sample(): void {
    this.#observer.sweep()
    const { root } = this.#observer
    if (root === null) return
    const at = this.#options.now()
    const money = this.#notes.isOpen ? (this.#options.money?.() ?? null) : null
    const sample = {
      at,
      ...depthsOf(root, at),
      ...this.#tally.counters,
      latency: this.#tally.latency(at),
      money,
    }
    this.#samples.push(sample)
    if (this.#samples.length > MAX_SAMPLES) this.#samples.shift()
    if (this.#notes.isOpen) this.#notes.sample(sample, at)
  }

  /** Takes the messages since the last call, in order. Call ten times a second. */
  take(): readonly Message[] {
    return this.#notes
      .take(this.#options.now())
      .map((note) => this.#messages.of(note))
      .filter((message) => message !== null)
  }

  /** The current state of the system. Messages that were not taken yet are included. */
  welcome(): Welcome {
    const { now, about } = this.#options
    const { root } = this.#observer
    const at = now()
    const active = root === null ? [] : activeActors(root)
    return {
      version: 1,
      ...about(),
      at,
      actors: active.map((actor) => this.#messages.start(actor, actor.getSnapshot(), at)),
      paths: this.#paths.view(),
      samples: [...this.#samples],
      blocks: root === null ? [] : blocksOf(root),
    }
  }
}

/** Wraps a function and drops exceptions. An error of an observer must not reach the observed actor. */
export function guarded<A extends readonly unknown[]>(work: (...args: A) => void): (...args: A) => void {
  return (...args) => {
    try {
      work(...args)
    } catch {
      // Only viewers miss this message. The gateway does not depend on it.
    }
  }
}
