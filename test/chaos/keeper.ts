/** Supervises a gateway in its own process: starts it again after every end. */
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { connect, type ServiceClient } from '../support/client.ts'
import { type Program, startCommand } from '../support/command.ts'

export interface KeeperOptions {
  /** Default: the sources. */
  readonly program: Program | undefined
  readonly environment: NodeJS.Dict<string>
  /** The working directory. */
  readonly folder: string
  readonly logFile: string
  readonly note: (text: string) => void
}

export interface Keeper {
  /** Null while no gateway listens. */
  readonly client: ServiceClient | null
  /** Number of starts that reached listening. */
  readonly starts: number
  /** Number of starts that ended before listening. */
  readonly failedStarts: number
  /** Whether the last start ended before listening. */
  readonly hasFailedToStart: boolean
  /** Lines of the log that report a foreign transaction of the wallet. */
  readonly alarms: readonly string[]
  /** Unexpected ends after listening. */
  readonly crashes: readonly string[]
  /** Sends SIGKILL. @returns whether a gateway was running */
  kill(): boolean
  /** Sends SIGTERM; the gateway is started again afterwards. @returns whether a gateway was running */
  terminate(): boolean
  /** Stops the gateway for good. @returns the exit code; null when the gateway was killed or not running */
  stop(): Promise<number | null>
}

/** Pause before the next start. */
const PAUSE_MS = 100
/** A stop of longer duration counts as a hang. */
const STOP_TIMEOUT_MS = 15_000

/** The words of the log after a foreign transaction. */
const ALARM = 'another program uses the wallet key'

type Child = ReturnType<typeof startCommand>

export function keepGateway({ program, environment, folder, logFile, note }: KeeperOptions): Keeper {
  const log = createWriteStream(logFile, { flags: 'a' })
  const crashes: string[] = []
  const alarms: string[] = []
  let child: Child | null = null
  let client: ServiceClient | null = null
  let starts = 0
  let failedStarts = 0
  let hasFailedToStart = false
  let isEndAsked = false
  let isStopped = false

  async function runOnce(): Promise<void> {
    const started = startCommand(['serve'], environment, folder, program)
    child = started
    const killWithUs = () => started.kill('SIGKILL')
    process.once('exit', killWithUs)
    isEndAsked = false
    let hasListened = false
    let lastWords = ''
    const ended = once(started, 'exit')
    for await (const line of createInterface({ input: started.stderr })) {
      log.write(`${line}\n`)
      lastWords = line
      if (line.includes(ALARM)) alarms.push(line)
      const url = hasListened ? null : listeningAt(line)
      if (url === null) continue
      hasListened = true
      starts += 1
      hasFailedToStart = false
      client = connect(url)
      note(`gateway listens, start ${starts}`)
    }
    await ended
    process.off('exit', killWithUs)
    client = null
    child = null
    const how = `code ${started.exitCode}, signal ${started.signalCode}: ${lastWords}`
    if (isEndAsked) return note(`gateway ended: ${how}`)
    if (hasListened) crashes.push(how)
    else failedStarts += 1
    hasFailedToStart = !hasListened
    note(`gateway ${hasListened ? 'crashed' : 'did not start'}: ${how}`)
  }

  async function run(): Promise<void> {
    while (!isStopped) {
      await runOnce()
      await delay(PAUSE_MS)
    }
  }

  const signal = (name: NodeJS.Signals): boolean => {
    if (child === null) return false
    isEndAsked = true
    return child.kill(name)
  }

  const running = run()
  return {
    get client() {
      return client
    },
    get starts() {
      return starts
    },
    get failedStarts() {
      return failedStarts
    },
    get hasFailedToStart() {
      return hasFailedToStart
    },
    alarms,
    crashes,
    kill: () => signal('SIGKILL'),
    terminate: () => signal('SIGTERM'),
    async stop() {
      isStopped = true
      const last = child
      const timer = setTimeout(() => signal('SIGKILL'), STOP_TIMEOUT_MS)
      signal('SIGTERM')
      await running
      clearTimeout(timer)
      log.end()
      return last?.exitCode ?? null
    },
  }
}

/** The URL in the log line about the admission of operations. */
function listeningAt(line: string): string | null {
  if (!line.includes('"ready: ')) return null
  const { msg, url } = JSON.parse(line)
  return msg === 'ready: operations are admitted' ? url : null
}
