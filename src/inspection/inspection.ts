/**
 * The source of the live view: streams the activity of a system of actors to viewers. It starts with the first viewer and stops
 * some time after the last viewer has left.
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
/** Time without viewers before the feed closes. A disconnected viewer reconnects sooner. */
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

  /** Use as the option `inspect` of `createActor`. Never throws. */
  readonly observe = (inspection: InspectionEvent): void => this.#feed.observe(inspection)

  /** Use as a listener for the events of the gateway. Never throws. */
  readonly noteEvent = (event: GatewayEvent): void => this.#feed.noteEvent(event)

  /**
   * Opens a stream of server-sent events, described in `wire.ts`.
   * @param lastEventId id of the last received event, or null for a new viewer
   * @returns null if there are too many viewers
   */
  open(lastEventId: string | null): Chunks | null {
    this.#start()
    return this.#stream.open(lastEventId, () => {
      // The collected messages are sent to the other viewers first, because the welcome message includes them.
      this.#flush()
      return this.#options.redact(toJson(this.#feed.welcome()) ?? 'null')
    })
  }

  /** Takes a sample. Called once a second. */
  readonly sample = (): void => this.#feed.sample()

  /** Ends all streams and stops. */
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
