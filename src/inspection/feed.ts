/**
 * What is told of one system of actors: it observes them from their birth on, and whoever streams or records takes from it
 * what has happened since the last time. It has no timers.
 *
 * While it is closed it follows paths, counts and samples, which costs next to nothing; the rest is only noted while it is
 * open. Whatever goes wrong in here, the actors do not notice.
 */
import type { InspectionEvent } from 'xstate'
import type { Message, Sample, Welcome } from '../../inspector/src/wire.ts'
import type { GatewayEvent } from '../domain/events.ts'
import type { Now } from '../domain/primitives.ts'
import { factOf } from './facts.ts'
import { Messages } from './messages.ts'
import { Notes } from './notes.ts'
import { Observer } from './observer.ts'
import { Paths } from './paths.ts'
import { blocksOf, depthsOf, livingIn } from './system.ts'
import { Tally } from './tally.ts'

export interface FeedOptions {
  readonly now: Now
  /** Blanks secrets in a text. Everything that leaves is to go through it. */
  readonly redact: (text: string) => string
  /** What is told of the gateway itself; asked for each time. */
  readonly about: () => Pick<Welcome, 'gateway' | 'limits'>
}

/** Five minutes. */
const MOST_SAMPLES = 300

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

  /** For `createActor`'s option `inspect`. Never throws. */
  readonly observe = (inspection: InspectionEvent): void => this.#observer.observe(inspection)

  /** For whoever emits the gateway's events. Never throws. */
  readonly noteEvent = guarded((event: GatewayEvent): void => {
    this.#tally.note(event)
    if (!this.#notes.isOpen) return
    const fact = factOf(event)
    if (fact !== null) this.#notes.fact(fact, this.#options.now())
  })

  /** From now on everything is noted. */
  open(): void {
    this.#notes.isOpen = true
  }

  /** Forgets what was noted. */
  close(): void {
    this.#notes.isOpen = false
    this.#notes.take(0)
  }

  /** Takes a sample; to be done once a second. */
  sample(): void {
    this.#observer.sweep()
    const { root } = this.#observer
    if (root === null) return
    const at = this.#options.now()
    const sample = { at, ...depthsOf(root, at), ...this.#tally.counters }
    this.#samples.push(sample)
    if (this.#samples.length > MOST_SAMPLES) this.#samples.shift()
    if (this.#notes.isOpen) this.#notes.sample(sample, at)
  }

  /** What has happened since the last time, in order; to be done ten times a second. */
  take(): readonly Message[] {
    return this.#notes
      .take(this.#options.now())
      .map((note) => this.#messages.of(note))
      .filter((message) => message !== null)
  }

  /** Everything as it is now. What was noted and not taken is in it already. */
  welcome(): Welcome {
    const { now, about } = this.#options
    const { root } = this.#observer
    const at = now()
    const living = root === null ? [] : livingIn(root)
    return {
      version: 1,
      ...about(),
      at,
      actors: living.map((actor) => this.#messages.birth(actor, actor.getSnapshot(), at)),
      paths: this.#paths.view(),
      samples: [...this.#samples],
      blocks: root === null ? [] : blocksOf(root),
    }
  }
}

/** The function without its exceptions: an observer's fault is its own. */
export function guarded<A extends readonly unknown[]>(work: (...args: A) => void): (...args: A) => void {
  return (...args) => {
    try {
      work(...args)
    } catch {
      // What is not told is missed by nobody but viewers.
    }
  }
}
