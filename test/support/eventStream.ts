/** A reader of server-sent events, like a browser. */
import type { Dropped, Message, Welcome } from '../../inspector/src/wire.ts'

export type StreamEvent =
  | { readonly event: 'welcome'; readonly id: string; readonly data: Welcome }
  | { readonly event: 'messages'; readonly id: string; readonly data: readonly Message[] }
  | { readonly event: 'dropped'; readonly id: string | undefined; readonly data: Dropped }

export interface Viewing {
  /** The raw text received so far. */
  readonly text: string
  /** The next event; null at the end of the stream. */
  next(): Promise<StreamEvent | null>
  /** Reads until a message satisfies. @returns all messages read, this message included */
  until(satisfies: (message: Message) => boolean): Promise<readonly Message[]>
  /** Closes the connection. */
  close(): Promise<void>
}

export function view(body: ReadableStream<Uint8Array> | null): Viewing {
  if (body === null) throw new TypeError('there is nothing to read')
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let read = 0
  async function nextBlock(): Promise<string | null> {
    for (;;) {
      const end = text.indexOf('\n\n', read)
      if (end >= 0) {
        const block = text.slice(read, end)
        read = end + 2
        return block
      }
      const { done, value } = await reader.read()
      if (done) return null
      text += decoder.decode(value, { stream: true })
    }
  }
  async function next(): Promise<StreamEvent | null> {
    for (;;) {
      const block = await nextBlock()
      if (block === null) return null
      const fields = new Map(block.split('\n').map((line) => splitOnce(line)))
      const [event, data] = [fields.get('event'), fields.get('data')]
      if (data !== undefined) return { event, id: fields.get('id'), data: JSON.parse(data) } as StreamEvent
    }
  }
  return {
    get text() {
      return text
    },
    next,
    async until(satisfies) {
      const seen: Message[] = []
      for (;;) {
        const event = await next()
        if (event === null) throw new Error('the stream has ended')
        if (event.event !== 'messages') continue
        seen.push(...event.data)
        if (event.data.some(satisfies)) return seen
      }
    },
    close: () => reader.cancel(),
  }
}

function splitOnce(line: string): readonly [string, string] {
  const colon = line.indexOf(': ')
  return [line.slice(0, colon), line.slice(colon + 2)]
}
