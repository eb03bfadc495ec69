/**
 * The live view's source: streams what a system of actors does to whoever watches. The first viewer starts it, and some time
 * after the last one has gone it stops.
 */
import type { InspectionEvent } from 'xstate'
import type { GatewayEvent } from '../domain/events.ts'
import type { Millis } from '../domain/primitives.ts'
import { Feed, type FeedOptions, guarded } from './feed.ts'
import { toJson } from './json.ts'
import { type Chunks, EventStream, type StreamLimits } from './stream.ts'

export interface InspectionOptions extends FeedOptions {
  readonly limits?: Partial<StreamLimits>
}

const FLUSH_MS = 100
const SAMPLE_MS = 1_000
/** How long it goes on without viewers: one that has lost its connection comes back sooner. */
const LINGER_MS = 10_000

export class Inspection {
  readonly #options: InspectionOptions
  readonly #feed: Feed
  readonly #stream: EventStream
  readonly #sampling: NodeJS.Timeout
  #flushing: NodeJS.Timeout | null = null
  #watchedAt: Millis = 0

  constructor(options: InspectionOptions) {
    this.#options = options
    this.#feed = new Feed(options)
    this.#stream = new EventStream(options.now, options.limits)
    this.#sampling = setInterval(guarded(this.sample), SAMPLE_MS).unref()
  }

  /** For `createActor`'s option `inspect`. Never throws. */
  readonly observe = (inspection: InspectionEvent): void => this.#feed.observe(inspection)

  /** For whoever emits the gateway's events. Never throws. */
  readonly noteEvent = (event: GatewayEvent): void => this.#feed.noteEvent(event)

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
      return this.#options.redact(toJson(this.#feed.welcome()) ?? 'null')
    })
  }

  /** Takes a sample; done once a second. */
  readonly sample = (): void => this.#feed.sample()

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
    this.#feed.open()
    this.#flushing = setInterval(guarded(this.#beat), FLUSH_MS).unref()
  }

  #stop(): void {
    if (this.#flushing !== null) clearInterval(this.#flushing)
    this.#flushing = null
    this.#feed.close()
    this.#stream.clear()
  }

  readonly #beat = (): void => {
    this.#flush()
    const at = this.#options.now()
    if (this.#stream.viewers > 0) this.#watchedAt = at
    else if (at - this.#watchedAt > LINGER_MS) this.#stop()
  }

  #flush(): void {
    const texts = this.#feed
      .take()
      .map(toJson)
      .filter((text) => text !== null)
    if (texts.length > 0) this.#stream.push(this.#options.redact(`[${texts.join(',')}]`))
  }
}
