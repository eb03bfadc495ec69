import { afterEach, describe, expect, it, vi } from 'vitest'
import { EventStream } from '../../src/inspection/stream.ts'
import { type StreamEvent, view } from '../support/eventStream.ts'

const welcome = () => '{"version":1}'

/** Fills a ring of a thousand bytes several times. */
const LONG = JSON.stringify(['x'.repeat(400)])

function openView(stream: EventStream, lastEventId: string | null = null) {
  return view(stream.open(lastEventId, welcome))
}

/** Reads a stream until its end. */
async function drain({ next }: ReturnType<typeof view>): Promise<readonly StreamEvent[]> {
  const events: StreamEvent[] = []
  for (let event = await next(); event !== null; event = await next()) events.push(event)
  return events
}

afterEach(() => {
  vi.useRealTimers()
})

describe('a viewer', () => {
  it('receives the welcome message first, then all messages in order', async () => {
    const stream = new EventStream(() => 36)
    stream.push('["before"]')
    const viewing = openView(stream)
    stream.push('["one"]')
    stream.push('["two"]')
    expect(await viewing.next()).toEqual({ event: 'welcome', id: '10.1', data: { version: 1 } })
    expect(await viewing.next()).toEqual({ event: 'messages', id: '10.2', data: ['one'] })
    expect(await viewing.next()).toEqual({ event: 'messages', id: '10.3', data: ['two'] })
    await viewing.close()
  })

  it('is removed after it disconnects', async () => {
    const stream = new EventStream(() => 0)
    const viewing = openView(stream)
    expect(stream.viewers).toBe(1)
    await viewing.close()
    expect(stream.viewers).toBe(0)
  })

  it('is refused if there are too many', async () => {
    const stream = new EventStream(() => 0, { viewers: 1 })
    const viewing = openView(stream)
    expect(stream.open(null, welcome)).toBeNull()
    await viewing.close()
    await openView(stream).close()
  })

  it('shares the bytes of each chunk with the other viewers', async () => {
    const stream = new EventStream(() => 0)
    const readers = [1, 2].map(() => stream.open('0.0', welcome)?.getReader())
    stream.push('[1]')
    const chunks = []
    for (const reader of readers) {
      await reader?.read()
      chunks.push((await reader?.read())?.value)
    }
    expect(chunks[0]).toBeDefined()
    expect(chunks[0]).toBe(chunks[1])
  })
})

describe('a viewer that fails', () => {
  it('is disconnected, and the other viewers are still served', async () => {
    const stream = new EventStream(() => 0)
    const [failing, sound] = [stream.open(null, welcome)?.getReader(), openView(stream)]
    await failing?.read()
    expect((await sound.next())?.event).toBe('welcome')
    const spy = vi.spyOn(ReadableStreamDefaultController.prototype, 'enqueue')
    spy.mockImplementationOnce(() => {
      throw new TypeError('the connection is gone')
    })
    stream.push('[1]')
    spy.mockRestore()
    expect(await sound.next()).toMatchObject({ event: 'messages', data: [1] })
    expect(stream.viewers).toBe(1)
    await sound.close()
  })
})

describe('a viewer that reconnects', () => {
  it('resumes after the last received event, without a welcome message', async () => {
    const stream = new EventStream(() => 36)
    for (const data of ['[1]', '[2]', '[3]']) stream.push(data)
    const viewing = openView(stream, '10.1')
    stream.push('[4]')
    for (const [id, data] of [
      ['10.2', [2]],
      ['10.3', [3]],
      ['10.4', [4]],
    ]) {
      expect(await viewing.next()).toEqual({ event: 'messages', id, data })
    }
    await viewing.close()
  })

  it.each([
    ['whose events are not here any more', '10.1'],
    ['from another run', 'zz.5'],
    ['from the future', '10.99'],
    ['with nonsense', 'x'],
    ['with half an id', '10.'],
  ])('%s is welcomed anew', async (_, lastEventId) => {
    const stream = new EventStream(() => 36, { bytes: 1_000 })
    for (let times = 0; times < 6; times += 1) stream.push(LONG)
    const viewing = openView(stream, lastEventId)
    expect((await viewing.next())?.event).toBe('welcome')
    await viewing.close()
  })

  it('receives a new welcome message after the ring was emptied', async () => {
    const stream = new EventStream(() => 36)
    stream.push('[1]')
    stream.clear()
    const viewing = openView(stream, '10.1')
    expect((await viewing.next())?.event).toBe('welcome')
    await viewing.close()
  })
})

describe('a slow viewer', () => {
  it('receives the event dropped, and the other viewers receive all messages', async () => {
    const stream = new EventStream(() => 7, { bytes: 1_000 })
    const [slow, quick] = [openView(stream), openView(stream)]
    expect((await quick.next())?.event).toBe('welcome')
    for (let times = 0; times < 10; times += 1) {
      stream.push(LONG)
      expect((await quick.next())?.event).toBe('messages')
    }
    const seen = await drain(slow)
    expect(seen.at(-1)).toEqual({ event: 'dropped', id: undefined, data: { reason: 'slow', at: 7 } })
    expect(seen.length).toBeLessThan(10)
    expect(stream.viewers).toBe(1)
    await quick.close()
  })

  it('without a read of the event dropped is disconnected', async () => {
    vi.useFakeTimers()
    const stream = new EventStream(() => 0, { bytes: 1_000, closing: 5_000 })
    const reader = stream.open(null, welcome)?.getReader()
    for (let times = 0; times < 10; times += 1) stream.push(LONG)
    expect(stream.viewers).toBe(1)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(stream.viewers).toBe(0)
    await expect(reader?.read()).rejects.toThrow('does not read')
  })

  it('never receives more than the ring holds', () => {
    const stream = new EventStream(() => 0, { bytes: 1_000 })
    stream.open(null, welcome)
    let enqueued = 0
    const enqueue = ReadableStreamDefaultController.prototype.enqueue
    const spy = vi.spyOn(ReadableStreamDefaultController.prototype, 'enqueue').mockImplementation(function (
      this: ReadableStreamDefaultController,
      chunk,
    ) {
      enqueued += 1
      enqueue.call(this, chunk)
    })
    for (let times = 0; times < 1_000; times += 1) stream.push(LONG)
    spy.mockRestore()
    // The last chunk is the event `dropped`.
    expect(enqueued).toBe(1)
  })
})

it('ends all streams when the gateway stops', async () => {
  const stream = new EventStream(() => 9)
  const viewing = openView(stream)
  stream.push('[1]')
  stream.end()
  const seen = await drain(viewing)
  expect(seen.map(({ event }) => event)).toContain('welcome')
  expect(seen.at(-1)).toMatchObject({ event: 'dropped', data: { reason: 'stopping', at: 9 } })
})
