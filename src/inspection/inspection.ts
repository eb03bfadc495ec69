/**
 * The live view's source: observes a system of actors and streams what it does to whoever watches.
 *
 * Nobody watching, it follows paths, counts and samples, which costs next to nothing; the rest starts with the first viewer
 * and ends some time after the last. Whatever goes wrong in here, the actors do not notice.
 */
import type { InspectionEvent } from 'xstate'
import type { Limits, Message, Recording, Sample, Welcome } from '../../inspector/src/wire.ts'
import type { GatewayConfig } from '../domain/config.ts'
import type { GatewayEvent } from '../domain/events.ts'
import type { Millis, Now } from '../domain/primitives.ts'
import { factOf } from './facts.ts'
import { Messages } from './messages.ts'
import { Notes } from './notes.ts'
import { Observer } from './observer.ts'
import { Paths } from './paths.ts'
import { type Chunks, EventStream, type StreamLimits } from './stream.ts'
import { blocksOf, depthsOf, livingIn } from './system.ts'
import { Tally } from './tally.ts'

export interface InspectionOptions {
  readonly now: Now
  /** Blanks secrets in a text. Everything that is told goes through it. */
  readonly redact: (text: string) => string
  /** What a viewer is told of the gateway; asked for each time. */
  readonly about: () => Pick<Welcome, 'gateway' | 'limits'>
  readonly limits?: Partial<StreamLimits>
}

const FLUSH_MS = 100
const SAMPLE_MS = 1_000
/** Five minutes. */
const MOST_SAMPLES = 300
/** How long it goes on without viewers: one that has lost its connection comes back sooner. */
const LINGER_MS = 10_000
/** Most messages of a recording. */
const MOST_RECORDED = 500_000

export interface Recorder {
  /** Ends it. @returns what has happened since its start, up to a bound */
  end(): Recording
}

export class Inspection {
  readonly #options: InspectionOptions
  readonly #paths = new Paths()
  readonly #notes = new Notes()
  readonly #messages = new Messages()
  readonly #tally = new Tally()
  readonly #samples: Sample[] = []
  readonly #observer: Observer
  readonly #stream: EventStream
  readonly #recorders = new Set<Message[]>()
  readonly #sampling: NodeJS.Timeout
  #flushing: NodeJS.Timeout | null = null
  #watchedAt: Millis = 0
  #flushedAt: Millis = 0

  constructor(options: InspectionOptions) {
    const { now, limits } = options
    this.#options = options
    this.#observer = new Observer({ now, paths: this.#paths, notes: this.#notes })
    this.#stream = new EventStream(now, limits)
    this.#sampling = setInterval(guarded(this.sample), SAMPLE_MS).unref()
  }

  /** For `createActor`'s option `inspect`. Never throws. */
  readonly observe = (inspection: InspectionEvent): void => {
    if (this.#recorders.size > 0) this.#keepPace()
    this.#observer.observe(inspection)
  }

  /** For whoever emits the gateway's events. Never throws. */
  readonly noteEvent = guarded((event: GatewayEvent): void => {
    this.#tally.note(event)
    if (!this.#notes.isOpen) return
    const fact = factOf(event)
    if (fact !== null) this.#notes.fact(fact, this.#options.now())
  })

  /**
   * Streams to a viewer: server-sent events, see `wire.ts`.
   * @param lastEventId of the last event that it has got; null for a new viewer
   * @returns null when there are too many viewers
   */
  open(lastEventId: string | null): Chunks | null {
    this.#start()
    return this.#stream.open(lastEventId, () => {
      // What is noted so far is in the welcome already; told after it, it would be told twice.
      this.#flush()
      return this.#redacted(this.#welcome())
    })
  }

  /** Records from now on. It follows the injected clock: a simulated day is recorded like a real one. */
  record(): Recorder {
    this.#start()
    this.#flush()
    const welcome = this.#welcome()
    const messages: Message[] = []
    this.#recorders.add(messages)
    return {
      end: () => {
        this.#flush()
        this.#recorders.delete(messages)
        const recording: Recording = { format: 'opsbatcher-recording', version: 1, welcome, messages }
        return JSON.parse(this.#redacted(recording))
      },
    }
  }

  /** Takes a sample; done once a second. */
  readonly sample = (): void => {
    this.#observer.sweep()
    const { root } = this.#observer
    if (root === null) return
    const at = this.#options.now()
    const sample = { at, ...depthsOf(root, at), ...this.#tally.counters }
    this.#samples.push(sample)
    if (this.#samples.length > MOST_SAMPLES) this.#samples.shift()
    if (this.#notes.isOpen) this.#notes.sample(sample, at)
  }

  /** Tells the viewers that it is over, and stops. */
  close(): void {
    clearInterval(this.#sampling)
    if (this.#flushing !== null) this.#flush()
    this.#stop()
    this.#stream.end()
  }

  #start(): void {
    this.#watchedAt = this.#options.now()
    if (this.#flushing !== null) return
    this.#notes.isOpen = true
    this.#flushing = setInterval(guarded(this.#beat), FLUSH_MS).unref()
  }

  #stop(): void {
    if (this.#flushing !== null) clearInterval(this.#flushing)
    this.#flushing = null
    this.#notes.isOpen = false
    this.#notes.take(0)
    this.#stream.clear()
  }

  readonly #beat = (): void => {
    this.#flush()
    const at = this.#options.now()
    if (this.#stream.viewers + this.#recorders.size > 0) this.#watchedAt = at
    else if (at - this.#watchedAt > LINGER_MS) this.#stop()
  }

  /** Where time is simulated, no timer of this process tells when a moment is over. */
  readonly #keepPace = guarded((): void => {
    const at = this.#options.now()
    if (at - (this.#samples.at(-1)?.at ?? 0) >= SAMPLE_MS) this.sample()
    if (at - this.#flushedAt >= FLUSH_MS) this.#flush()
  })

  #flush(): void {
    this.#flushedAt = this.#options.now()
    const messages = this.#notes
      .take(this.#flushedAt)
      .map((note) => this.#messages.of(note))
      .filter((message) => message !== null)
    if (messages.length === 0) return
    for (const recorded of this.#recorders) {
      if (recorded.length < MOST_RECORDED) recorded.push(...messages)
    }
    const texts = messages.map(toJson).filter((text) => text !== null)
    this.#stream.push(this.#options.redact(`[${texts.join(',')}]`))
  }

  #welcome(): Welcome {
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

  #redacted(value: object): string {
    return this.#options.redact(toJson(value) ?? 'null')
  }
}

/** The settings that a viewer's charts are drawn against. */
export function limitsOf({ batching, transactions }: GatewayConfig): Limits {
  const { targetBaseFee, softCapBaseFee, maxBaseFee, maxTransactionGas } = batching.adaptive
  return {
    targetBaseFee,
    softCapBaseFee,
    maxBaseFee,
    maxConcurrentBatches: batching.maxConcurrentBatches,
    confirmations: transactions.confirmations,
    resubmitTimeout: transactions.resubmitTimeout,
    maxResubmissions: transactions.maxResubmissions,
    batchWindow: batching.window,
    maxTransactionGas,
  }
}

/** @returns null for what cannot be written: it takes nothing else with it */
function toJson(value: object): string | null {
  try {
    return JSON.stringify(value)
  } catch {
    return withoutBigints(value)
  }
}

/** A bigint where none should be is told in decimal. */
function withoutBigints(value: object): string | null {
  try {
    return JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? part.toString() : part))
  } catch {
    return null
  }
}

/** The function without its exceptions: an observer's fault is its own. */
function guarded<A extends readonly unknown[]>(work: (...args: A) => void): (...args: A) => void {
  return (...args) => {
    try {
      work(...args)
    } catch {
      // What is not told is missed by nobody but viewers.
    }
  }
}
