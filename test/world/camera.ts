/** Records a run for the live view: all gateway processes, one after the other. */
import type { ActorMessage, Message, Recording } from '../../inspector/src/wire.ts'
import { VERSION } from '../../src/cli/version.ts'
import { secretsOf } from '../../src/config/secrets.ts'
import type { GatewayConfig } from '../../src/domain/config.ts'
import { createRedactor } from '../../src/gateway/log.ts'
import { aboutGateway } from '../../src/inspection/about.ts'
import { Recorder } from '../../src/inspection/recorder.ts'
import type { Clock } from './clock.ts'
import { CHAIN_ID } from './settings.ts'

/** The recording of a gateway process, and the end time of the process. */
interface Take {
  readonly recorder: Recorder
  endedAt: number | null
}

export class Camera {
  readonly #clock: Clock
  readonly #config: GatewayConfig
  readonly #takes: Take[] = []

  constructor(clock: Clock, config: GatewayConfig) {
    this.#clock = clock
    this.#config = config
  }

  /** A gateway process starts. The former one has ended. */
  roll(): Recorder {
    const { chain } = this.#config
    const startedAt = this.#clock.now
    const recorder = new Recorder({
      now: () => this.#clock.now,
      redact: createRedactor(secretsOf({ ...this.#config, rpcUrl: chain.rpcUrls })),
      about: () => aboutGateway(this.#config, { version: VERSION, chainId: CHAIN_ID, startedAt }),
    })
    this.#takes.push({ recorder, endedAt: null })
    return recorder
  }

  /** The gateway process has crashed: the actors had no time to report the stop. */
  cut(): void {
    const take = this.#takes.at(-1)
    if (take !== undefined) take.endedAt ??= this.#clock.now
  }

  /** @throws Error when the recording is empty */
  recording(): Recording {
    const lives = this.#takes.map(({ recorder }) => recorder.recording())
    const [first] = lives
    if (first === undefined) throw new Error('no life was recorded')
    const messages = lives.flatMap(({ welcome, messages }, index) => {
      const all = index === 0 ? messages : [...welcome.actors, ...messages]
      const endedAt = this.#takes[index]?.endedAt ?? null
      const ends = endedAt === null ? [] : endsOf([...welcome.actors, ...messages], endedAt)
      // Every gateway process numbers messages from 1.
      return [...all, ...ends].map((message) => ({ ...message, id: `${index + 1}.${message.id}` }))
    })
    return { ...first, messages }
  }
}

/** The missing stops of the actors of a crashed gateway. */
function endsOf(messages: readonly Message[], at: number): readonly Message[] {
  const living = new Map<string, ActorMessage>()
  for (const message of messages) {
    if (message.type === '@xstate.actor') living.set(message.sessionId, message)
    else if (message.type === '@xstate.snapshot' && message.snapshot.status !== 'active') {
      living.delete(message.sessionId)
    }
  }
  return [...living.values()].map(({ sessionId, rootId, _version }) => ({
    type: '@xstate.snapshot',
    sessionId,
    rootId,
    createdAt: `${at}`,
    id: `end of ${sessionId}`,
    _version,
    event: { type: 'xstate.stop' },
    snapshot: { status: 'stopped' },
    states: [],
    transitions: [],
  }))
}
