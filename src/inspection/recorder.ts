/**
 * Records a system of actors without viewers, for example a simulated run. The recorder has no timers and follows the injected
 * clock. A recording is bounded. The recorder keeps the last messages of a run, because a run fails at the end.
 */
import type { InspectionEvent } from 'xstate'
import type { Message, Recording, Welcome } from '../../inspector/src/wire.ts'
import type { GatewayEvent } from '../domain/events.ts'
import type { Millis } from '../domain/primitives.ts'
import { Feed, type FeedOptions, guarded } from './feed.ts'
import { toJson } from './json.ts'

export interface RecorderOptions extends FeedOptions {
  /** Minimum number of kept messages of a longer run. At most twice as many are kept. Default: 20,000. */
  readonly kept?: number
}

const KEPT = 20_000
const FLUSH_MS = 100
const SAMPLE_MS = 1_000

/** A part of a run: the state at the start, and all later messages. */
interface Stretch {
  readonly welcome: Welcome
  readonly messages: Message[]
}

/**
 * @example
 * const recorder = new Recorder({ now, redact, about: () => aboutGateway(config, { version, chainId, startedAt }) })
 * createActor(root, { inspect: recorder.observe }).start()
 * gateway.on(recorder.noteEvent)
 * writeFileSync('run.json', JSON.stringify(recorder.recording()))
 */
export class Recorder {
  readonly #options: RecorderOptions
  readonly #feed: Feed
  #before: Stretch | null = null
  #current: Stretch
  #flushedAt: Millis
  #sampledAt: Millis

  constructor(options: RecorderOptions) {
    this.#options = options
    this.#feed = new Feed(options)
    this.#feed.open()
    this.#current = { welcome: this.#feed.welcome(), messages: [] }
    this.#flushedAt = this.#sampledAt = options.now()
  }

  /** Use as the option `inspect` of `createActor`. Never throws. */
  readonly observe = (inspection: InspectionEvent): void => {
    this.#keepPace()
    this.#feed.observe(inspection)
  }

  /** Use as a listener for the events of the gateway. Never throws. */
  readonly noteEvent = (event: GatewayEvent): void => this.#feed.noteEvent(event)

  /** The recording from the start of the run, or from the oldest kept message. */
  recording(): Recording {
    this.#flush()
    const { welcome } = this.#before ?? this.#current
    const messages = [...(this.#before?.messages ?? []), ...this.#current.messages]
    const recording: Recording = { format: 'opsbatcher-recording', version: 1, welcome, messages }
    return JSON.parse(this.#options.redact(toJson(recording) ?? 'null'))
  }

  /** Samples and flushes by the injected clock, because simulated time has no timers. */
  readonly #keepPace = guarded((): void => {
    const at = this.#options.now()
    if (at - this.#sampledAt >= SAMPLE_MS) {
      this.#sampledAt = at
      this.#feed.sample()
    }
    if (at - this.#flushedAt >= FLUSH_MS) this.#flush()
  })

  #flush(): void {
    this.#flushedAt = this.#options.now()
    this.#current.messages.push(...this.#feed.take())
    if (this.#current.messages.length < (this.#options.kept ?? KEPT)) return
    this.#before = this.#current
    this.#current = { welcome: this.#feed.welcome(), messages: [] }
  }
}
