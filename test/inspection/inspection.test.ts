import { afterEach, describe, expect, it, vi } from 'vitest'
import { Inspection, type InspectionOptions } from '../../src/inspection/inspection.ts'
import { view } from '../support/eventStream.ts'
import { ABOUT, lampOf, startRoom } from './system.ts'

const time = 0
const made: Inspection[] = []

function inspect(options: Partial<InspectionOptions> = {}): Inspection {
  const inspection = new Inspection({
    now: () => time,
    redact: (text) => text,
    about: ABOUT,
    ...options,
  })
  made.push(inspection)
  return inspection
}

afterEach(() => {
  vi.useRealTimers()
  for (const inspection of made.splice(0)) inspection.close()
})

describe('the stream of messages', () => {
  it('contains no secret', async () => {
    const inspection = inspect({ redact: (text) => text.replaceAll('hunter2', '[redacted]') })
    startRoom(inspection.observe)
    const stream = inspection.open(null)
    inspection.noteEvent({ type: 'chain.stalled', message: 'no answer of hunter2', at: time })
    const viewing = view(stream)
    const messages = await viewing.until(({ type }) => type === 'opsbatcher.fact')
    expect(messages.find(({ type }) => type === 'opsbatcher.fact')).toMatchObject({
      fact: { message: 'no answer of [redacted]' },
    })
    expect(viewing.text).not.toContain('hunter2')
    await viewing.close()
  })

  it('accepts an unexpected bigint', async () => {
    const inspection = inspect()
    startRoom(inspection.observe)
    const viewing = view(inspection.open(null))
    const code = 12n as unknown as 'not_found'
    inspection.noteEvent({ type: 'operation.refused', kind: 'create_account', code, at: time })
    const messages = await viewing.until(({ type }) => type === 'opsbatcher.fact')
    expect(messages).toMatchObject([{ fact: { code: '12' } }])
    await viewing.close()
  })
})

describe('messages within 100 ms', () => {
  it('are sent together, in order, after the welcome message', async () => {
    vi.useFakeTimers()
    const inspection = inspect()
    const { relay } = startRoom(inspection.observe)
    const viewing = view(inspection.open(null))
    expect(await viewing.next()).toMatchObject({
      event: 'welcome',
      data: { actors: [{ name: 'room' }, { name: 'lamp', states: ['lamp.Off'] }] },
    })
    for (const type of ['count', 'press', 'burn'] as const) relay(type)
    await vi.advanceTimersByTimeAsync(100)
    const event = await viewing.next()
    if (event?.event !== 'messages') throw new Error('nothing was told')
    const types = event.data.flatMap((message) =>
      message.type === '@xstate.event' && message.event.type !== 'relay' ? [message.event.type] : [],
    )
    expect(types).toEqual(['count', 'press', 'burn'])
    const ids = event.data.map(({ id }) => Number(id))
    expect(ids).toEqual([...ids].sort((a, b) => a - b))
    await viewing.close()
  })
})

describe('a serialiser that throws', () => {
  it('harms neither the actors nor later messages', async () => {
    vi.useFakeTimers()
    let isBroken = false
    const inspection = inspect({
      redact: (text) => {
        if (isBroken) throw new Error('a bad serialiser')
        return text
      },
    })
    const { relay, room } = startRoom(inspection.observe)
    const viewing = view(inspection.open(null))
    await viewing.next()
    isBroken = true
    relay('press')
    await vi.advanceTimersByTimeAsync(1_000)
    expect(() => inspection.open(null)).toThrow('a bad serialiser')
    expect(lampOf(room).getSnapshot()).toMatchObject({ value: { On: 'Warming' } })
    isBroken = false
    relay('burn')
    await vi.advanceTimersByTimeAsync(1_000)
    const messages = await viewing.until(
      (message) => message.type === '@xstate.snapshot' && message.event.type === 'burn',
    )
    expect(messages.length).toBeGreaterThan(0)
    await viewing.close()
  })
})
