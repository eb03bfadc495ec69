/** Reads the stream of the gateway and reconnects after every interruption. */
import type { Message, Welcome } from '../../wire.ts'
import { received } from './store.ts'

/** Maximum silence of the stream. A sample arrives every second. A longer silence means a broken connection. */
const SILENCE_MS = 6_000
const RETRY_MS = 1_000

let source: EventSource | null = null
let timer = 0
let wasHeard = false

export function connect(): void {
  source?.close()
  const opened = new EventSource('/inspector/stream')
  source = opened
  expectNews()
  opened.addEventListener('welcome', ({ data }) => {
    wasHeard = true
    expectNews()
    const welcome: Welcome = JSON.parse(data)
    received.welcome(welcome)
  })
  opened.addEventListener('messages', ({ data }) => {
    expectNews()
    const messages: readonly Message[] = JSON.parse(data)
    received.messages(messages)
  })
  opened.onerror = () => {
    received.link(wasHeard ? 'reconnecting' : 'connecting')
    // After an interruption the browser reconnects and resumes. After an HTTP error it does not.
    if (opened.readyState === EventSource.CLOSED) void refused()
    else expectNews()
  }
}

function expectNews(): void {
  clearTimeout(timer)
  timer = window.setTimeout(() => {
    received.link(wasHeard ? 'reconnecting' : 'connecting')
    connect()
  }, SILENCE_MS)
}

/** An `EventSource` does not report the HTTP status. A plain request does. */
async function refused(): Promise<void> {
  clearTimeout(timer)
  const asking = new AbortController()
  try {
    const answer = await fetch('/inspector/stream', { signal: asking.signal })
    const isText = answer.headers.get('Content-Type')?.startsWith('text/plain') ?? false
    if (answer.status === 401) received.link('refused')
    if (answer.status === 503 && isText) received.link('crowded')
  } catch {
    // The gateway does not answer.
  }
  asking.abort()
  timer = window.setTimeout(connect, RETRY_MS)
}
