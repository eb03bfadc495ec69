/** The number of notes between two flushes is bounded. */

import { describe, expect, it } from 'vitest'
import { createActor } from 'xstate'
import { type Note, Notes } from '../../src/inspection/notes.ts'
import { lampMachine } from './system.ts'

const lamp = createActor(lampMachine)
const snapshot = lamp.getSnapshot()
const FLOOD = 100_000

function flooded(note: (notes: Notes, index: number) => void): readonly Note[] {
  const notes = new Notes()
  for (let index = 0; index < FLOOD; index += 1) note(notes, index)
  return notes.take(FLOOD)
}

describe('a flood', () => {
  it('of steps keeps the first steps and the latest step of each actor', () => {
    const told = flooded((notes, at) => notes.step(lamp, snapshot, { type: 'burn' }, [], at))
    expect(told).toHaveLength(501)
    expect(told.at(-1)).toMatchObject({ type: 'step', at: FLOOD - 1 })
  })

  it('of changes of context keeps the latest', () => {
    const told = flooded((notes, at) => notes.context(lamp, snapshot, { type: 'count' }, at))
    expect(told).toMatchObject([{ type: 'step', at: FLOOD - 1 }])
  })

  it('of facts keeps the first facts', () => {
    const told = flooded((notes, at) => notes.fact({ type: 'chain.followed', at }, at))
    expect(told).toHaveLength(500)
  })

  it('of started effects keeps the first', () => {
    expect(flooded((notes, at) => notes.start(lamp, false, at))).toHaveLength(250)
  })

  it('of events of many types keeps some and counts the others by sender and receiver', () => {
    const told = flooded((notes, index) => notes.event(lamp, undefined, { type: `kind-${index}` }, index))
    expect(told).toHaveLength(251)
    const traffic = told.at(-1)
    expect(traffic?.type === 'traffic' ? traffic.edges : []).toHaveLength(200)
  })

  it('of events of a single type is counted by sender', () => {
    const senders = ['a', 'b'].map((sessionId) => ({ sessionId }))
    const told = flooded((notes, index) => notes.event(lamp, senders[index % 2], { type: 'count' }, index))
    expect(told).toHaveLength(11)
    const common = { sessionId: lamp.sessionId, event: 'count' }
    expect(told.at(-1)).toMatchObject({
      edges: [
        { ...common, sourceId: 'a', count: FLOOD / 2 - 5 },
        { ...common, sourceId: 'b', count: FLOOD / 2 - 5 },
      ],
    })
  })

  it('is dropped after it was taken', () => {
    const notes = new Notes()
    for (let index = 0; index < 20; index += 1) notes.event(lamp, undefined, { type: 'count' }, index)
    expect(notes.take(0)).toHaveLength(11)
    expect(notes.take(0)).toEqual([])
    notes.event(lamp, undefined, { type: 'count' }, 0)
    expect(notes.take(0)).toMatchObject([{ type: 'event' }])
  })
})
