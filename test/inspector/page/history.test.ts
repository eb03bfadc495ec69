/** Replay: a step back shows exactly the past state, and every buffer is bounded. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { apply } from '../../../inspector/src/page/world/apply.ts'
import {
  begin,
  extend,
  fromRecording,
  isChangeOf,
  isEvent,
  nextStop,
  toRecording,
  worldAt,
} from '../../../inspector/src/page/world/history.ts'
import { fromWelcome, MAX, type World } from '../../../inspector/src/page/world/world.ts'
import { readRecording } from '../../../inspector/src/wire/recording.ts'
import type { Fact, Message } from '../../../inspector/src/wire.ts'
import { messages, WELCOME } from './messages.ts'

const start = begin(WELCOME)
const fold = (received: readonly Message[]): World => received.reduce(apply, fromWelcome(WELCOME))

/** Shrinking of long streams is too slow. The reported seed is enough to repeat a failure. */
const runs = (numRuns: number) => ({ numRuns, endOnFailure: true })

describe('a history', () => {
  it('shows the world that results from its messages, applied in order', () => {
    fc.assert(
      fc.property(messages(1_600), fc.nat(), (received, chance) => {
        const history = extend(start, received)
        const count = chance % (received.length + 1)
        expect(worldAt(history, count)).toEqual(fold(received.slice(0, count)))
      }),
      runs(40),
    )
  })

  it('is independent of the grouping of messages', () => {
    fc.assert(
      fc.property(messages(1_200), fc.nat(), (received, chance) => {
        const cut = chance % (received.length + 1)
        const pieces = extend(extend(start, received.slice(0, cut)), received.slice(cut))
        expect(pieces).toEqual(extend(start, received))
      }),
      runs(30),
    )
  })

  it('drops old messages without a change to the present', () => {
    fc.assert(
      fc.property(messages(300), fc.integer({ min: 2, max: 40 }), (received, most) => {
        const history = received.reduce((known, message) => extend(known, [message], most), start)
        expect(history.messages.length).toBeLessThanOrEqual(most)
        expect(history.messages).toEqual(received.slice(received.length - history.messages.length))
        expect(history.world).toEqual(fold(received))
        expect(worldAt(history, 0)).toEqual(fold(received.slice(0, -history.messages.length || undefined)))
      }),
      runs(60),
    )
  })

  it('is unchanged after saving and opening', () => {
    fc.assert(
      fc.property(messages(400), (received) => {
        const history = extend(start, received)
        const text = JSON.stringify(toRecording(history))
        expect(fromRecording(readRecording(text))).toEqual(history)
      }),
      runs(30),
    )
  })

  it('contains the past states of each machine after old messages were dropped', () => {
    fc.assert(
      fc.property(messages(200), (received) => {
        const history = received.reduce((known, message) => extend(known, [message], 20), start)
        const opened = fromRecording(readRecording(JSON.stringify(toRecording(history))))
        const paths = ({ runs }: World) =>
          [...runs.values()].map(({ sessionId, steps }) => ({ sessionId, steps }))
        expect(paths(opened.world)).toEqual(paths(history.world))
        expect([...opened.world.actors.keys()]).toEqual([...history.world.actors.keys()])
      }),
      runs(30),
    )
  })

  it('removes the failure of a revived operation', () => {
    const facts: readonly Fact[] = [
      { type: 'operation.failed', id: 'a', kind: 'k', reason: 'r', receivedAt: 0, at: 1 },
      { type: 'operation.failed', id: 'b', kind: 'k', reason: 'r', receivedAt: 0, at: 1 },
      { type: 'operation.revived', id: 'a', kind: 'k', blockNumber: 7, at: 2 },
    ]
    const received = facts.map((fact, index): Message => {
      return { type: 'opsbatcher.fact', id: `${index + 1}`, createdAt: '1', fact }
    })
    expect([...fold(received).failures.keys()]).toEqual(['b'])
  })

  it('keeps all buffers within their bounds', () => {
    const received = fc.sample(messages(4_000), { numRuns: 12, seed: 5 }).flat()
    expect(received.length).toBeGreaterThan(10_000)
    const { world } = extend(start, received, 1_000)
    expect(world.log.length).toBe(MAX.log)
    expect(world.blocks.length).toBe(MAX.blocks)
    expect(world.samples.length).toBe(MAX.samples)
    expect(world.failures.size).toBe(MAX.failures)
    expect(world.runs.size).toBeLessThanOrEqual(MAX.runs)
    expect(world.flows.size).toBeLessThanOrEqual(MAX.flows)
    for (const { events, steps } of world.runs.values()) {
      expect(events.length).toBeLessThanOrEqual(MAX.events)
      expect(steps.length).toBeLessThanOrEqual(MAX.steps)
    }
    for (const facts of world.facts.values()) expect(facts.length).toBeLessThanOrEqual(MAX.facts)
  })
})

describe("the clock's beat", () => {
  it('changes only the time', () => {
    const { world } = extend(start, fc.sample(messages(200), { numRuns: 1, seed: 3 })[0] ?? [])
    const beat: Message = {
      type: '@xstate.event',
      sessionId: 'x:1',
      rootId: 'x:0',
      sourceId: null,
      id: 'beat',
      _version: '0',
      createdAt: '900',
      event: { type: 'tick' },
    }
    expect(apply(world, beat)).toEqual({ ...world, at: 900 })
  })
})

describe('stepping', () => {
  it('stops at the next or previous matching message, or at the end or start', () => {
    fc.assert(
      fc.property(messages(120), fc.boolean(), (received, isAnyEvent) => {
        const stop = isAnyEvent ? isEvent : isChangeOf((sessionId) => sessionId !== 'x:0')
        const history = extend(start, received)
        const forth: number[] = []
        for (let at = 0; at < received.length; forth.push(at)) at = nextStop(history, at, 1, stop)
        const back: number[] = []
        for (let at = received.length; at > 0; back.push(at)) at = nextStop(history, at, -1, stop)
        // Both directions have equal stops, except the starting points.
        expect(back.slice(0, -1).reverse()).toEqual(forth.slice(0, -1))
        for (const count of forth.slice(0, -1)) {
          const message = received[count - 1]
          if (isAnyEvent) expect(message?.type).not.toBe('opsbatcher.sample')
          else expect(message).toMatchObject({ sessionId: expect.stringMatching(/x:[1-4]/) })
        }
      }),
      runs(60),
    )
  })
})
