/** Reads the stream of the gateway like a browser's EventSource: the source reconnects and resumes after the last event. */
import type { Dropped, Message, Welcome } from '../wire.ts'

export interface SourceOptions {
  /** URL of the gateway. */
  readonly gateway: string
  /** The operator token. Null for a gateway without a token. */
  readonly token: string | null
  readonly signal: AbortSignal
}

export interface Listener {
  /** Called with the full current state. It replaces all earlier state. */
  welcome(welcome: Welcome): void
  message(message: Message): void
  /** Called when the stream ends or cannot be opened. The source reconnects. */
  lost(reason: string): void
}

const RETRY_MS = 1_000
/** Maximum length of one event in characters. A welcome message with full batches is far smaller. */
const MAX_CHARACTERS = 33_554_432

/** Resolves when the signal is aborted. */
export async function follow({ gateway, token, signal }: SourceOptions, listener: Listener): Promise<void> {
  let lastEventId: string | undefined
  while (!signal.aborted) {
    try {
      const headers = {
        ...(token !== null && { Authorization: `Bearer ${token}` }),
        ...(lastEventId !== undefined && { 'Last-Event-ID': lastEventId }),
      }
      const answer = await fetch(`${gateway}/inspector/stream`, { headers, signal })
      if (answer.status !== 200 || answer.body === null)
        throw new Error(`the gateway answers ${answer.status}`)
      for await (const event of eventsIn(answer.body)) {
        tell(event, listener)
        lastEventId = event.get('id') ?? lastEventId
      }
      throw new Error('the stream has ended')
    } catch (error) {
      if (signal.aborted) return
      listener.lost(error instanceof Error ? error.message : String(error))
      await pause(signal)
    }
  }
}

type Fields = ReadonlyMap<string, string>

async function* eventsIn(body: ReadableStream<Uint8Array>): AsyncGenerator<Fields> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > MAX_CHARACTERS) throw new Error('an event is too long')
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) yield fieldsOf(block)
  }
}

function fieldsOf(block: string): Fields {
  return new Map(
    block.split('\n').map((line) => {
      const colon = line.indexOf(': ')
      return [line.slice(0, colon), line.slice(colon + 2)]
    }),
  )
}

function tell(event: Fields, listener: Listener): void {
  const data = event.get('data')
  if (data === undefined) return
  switch (event.get('event')) {
    case 'welcome': {
      const welcome: Welcome = JSON.parse(data)
      listener.welcome(welcome)
      return
    }
    case 'messages': {
      const messages: readonly Message[] = JSON.parse(data)
      for (const message of messages) listener.message(message)
      return
    }
    case 'dropped': {
      const { reason }: Dropped = JSON.parse(data)
      throw new Error(`dropped: ${reason}`)
    }
  }
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, RETRY_MS)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
