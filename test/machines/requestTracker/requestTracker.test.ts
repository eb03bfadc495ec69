import { describe, expect, it } from 'vitest'
import { createActor } from 'xstate'
import type { StoreWrite } from '../../../src/domain/writes.ts'
import { ACTORS, type RecordRequested } from '../../../src/machines/protocol.ts'
import {
  type CommitReport,
  ContradictionError,
  requestTrackerMachine,
} from '../../../src/machines/requestTracker/requestTracker.ts'
import { Deferred } from '../support/deferred.ts'
import { START, Stage } from '../support/stage.ts'

const RETENTION = 3_600_000
const MINUTE = 60_000

/** A write that is told from others by its number. */
function write(number: number): StoreWrite {
  return { type: 'pruned', before: number }
}

function asked(number: number, traits: Partial<RecordRequested> = {}): RecordRequested {
  return { type: 'record.requested', writes: [write(number)], reply: null, onFailure: 'retry', ...traits }
}

function setting() {
  const stage = new Stage(ACTORS.requestTracker)
  const commit = new Deferred<CommitReport, { readonly writes: readonly StoreWrite[] }>(stage)
  const tracker = createActor(requestTrackerMachine.provide({ actors: { writeRecords: commit.logic } }), {
    parent: stage.parent,
    systemId: ACTORS.requestTracker,
    input: { now: stage.now, retention: RETENTION },
  }).start()
  const state = () => tracker.getSnapshot().value
  const committed = () => commit.inputs.map(({ writes }) => writes)
  return { stage, commit, tracker, state, committed }
}

const done: CommitReport = { writes: 1, duration: 2, at: START, ignored: [] }

describe('requestTracker', () => {
  it('writes the first request at once, and is idle when it is in', async () => {
    const { stage, commit, tracker, state, committed } = setting()
    expect(state()).toBe('Idle')
    tracker.send(asked(1))
    expect(state()).toBe('Writing')
    expect(committed()).toEqual([[write(1)]])
    await commit.resolve(done)
    expect(state()).toBe('Idle')
    expect(stage.emitted).toEqual([{ type: 'store.committed', writes: 1, duration: 2, at: START }])
  })

  it('reports each transition that the store ignored', async () => {
    const { stage, commit, tracker } = setting()
    tracker.send(asked(1))
    const ignored = [
      { id: 'op-1', batchId: 'batch-1', from: 'queued', to: 'submitted' },
      { id: 'op-2', batchId: null, from: 'finalized', to: 'failed' },
    ] as const
    await commit.resolve({ ...done, ignored })
    expect(stage.emittedOf('transition.ignored')).toEqual(
      ignored.map((each) => ({ type: 'transition.ignored', ...each, at: START })),
    )
  })

  it('gathers what arrives during a commit into the next one, in order of arrival', async () => {
    const { commit, tracker, state, committed } = setting()
    tracker.send(asked(1))
    tracker.send(asked(2, { writes: [write(2), write(3)] }))
    tracker.send(asked(4))
    expect(committed()).toEqual([[write(1)]])
    await commit.resolve(done)
    expect(state()).toBe('Writing')
    expect(committed()).toEqual([[write(1)], [write(2), write(3), write(4)]])
    await commit.resolve(done)
    expect(state()).toBe('Idle')
  })

  it('tells the nonceTracker of all its operations of a commit at once', async () => {
    const { stage, commit, tracker } = setting()
    tracker.send(asked(0))
    for (const number of [1, 2, 3]) {
      tracker.send(asked(number, { reply: { to: 'nonceTracker', token: `op-${number}` } }))
    }
    await commit.resolve(done)
    await commit.resolve(done)
    expect(stage.heardBy('nonceTracker')).toEqual([
      { type: 'operations.recorded', ids: ['op-1', 'op-2', 'op-3'] },
    ])
  })

  it('answers each asker by name, a batch through the opsBatcher, and not before the commit has returned', async () => {
    const { stage, commit, tracker } = setting()
    tracker.send(asked(0))
    tracker.send(asked(1, { reply: { to: 'nonceTracker', token: 'op-1' } }))
    tracker.send(asked(2, { reply: { to: 'wallet', token: '0xabc' } }))
    tracker.send(asked(3, { reply: { to: 'batch', token: 'batch-1' } }))
    await commit.resolve(done)
    expect(stage.conversation).toEqual([])
    await commit.resolve(done)
    expect(stage.heardBy('nonceTracker')).toEqual([{ type: 'operations.recorded', ids: ['op-1'] }])
    expect(stage.heardBy('wallet')).toEqual([{ type: 'recorded', token: '0xabc' }])
    expect(stage.heardBy('opsBatcher')).toEqual([
      { type: 'batch.addressed', batchId: 'batch-1', message: { type: 'recorded', token: 'batch-1' } },
    ])
  })
})

describe('requestTracker when the store fails', () => {
  it('says so, waits, and tries again what must not be lost', async () => {
    const { stage, commit, tracker, state, committed } = setting()
    tracker.send(asked(1, { reply: { to: 'wallet', token: '0xabc' } }))
    await commit.reject('disk full')
    expect(state()).toBe('Failing')
    expect(tracker.getSnapshot().context.failure).toBe('Error: disk full')
    expect(stage.emitted).toEqual([{ type: 'store.failing', message: 'Error: disk full', at: START }])
    expect(commit.inputs).toHaveLength(1)
    await stage.advance(999)
    expect(state()).toBe('Failing')
    await stage.advance(1)
    expect(committed()).toEqual([[write(1)], [write(1)]])
    expect(stage.conversation).toEqual([])
    await commit.resolve(done)
    expect(stage.heardBy('wallet')).toEqual([{ type: 'recorded', token: '0xabc' }])
    expect(tracker.getSnapshot().context.failure).toBeNull()
  })

  it('drops what may be refused, and tells its asker', async () => {
    const { stage, commit, tracker, state, committed } = setting()
    tracker.send(asked(1, { reply: { to: 'nonceTracker', token: 'op-1' }, onFailure: 'reject' }))
    await commit.reject('disk full')
    expect(stage.heardBy('nonceTracker')).toEqual([
      { type: 'record.failed', token: 'op-1', message: 'Error: disk full' },
    ])
    await stage.advance(1_000)
    expect(state()).toBe('Idle')
    expect(committed()).toEqual([[write(1)]])
  })

  it('keeps the order: what is tried again goes before what arrived meanwhile', async () => {
    const { stage, commit, tracker, state, committed } = setting()
    tracker.send(asked(0))
    tracker.send(asked(1))
    tracker.send(asked(2, { reply: { to: 'nonceTracker', token: 'op-2' }, onFailure: 'reject' }))
    tracker.send(asked(3))
    await commit.resolve(done)
    tracker.send(asked(4))
    await commit.reject('locked')
    tracker.send(asked(5))
    expect(state()).toBe('Failing')
    await stage.advance(1_000)
    expect(committed().at(-1)).toEqual([write(1), write(3), write(4), write(5)])
  })

  it('fails again and again without losing anything', async () => {
    const { stage, commit, tracker, committed } = setting()
    tracker.send(asked(1))
    for (let round = 1; round <= 3; round += 1) {
      await commit.reject('locked')
      await stage.advance(1_000)
    }
    expect(committed()).toEqual([[write(1)], [write(1)], [write(1)], [write(1)]])
    expect(stage.emittedOf('store.failing')).toHaveLength(3)
  })
})

describe('requestTracker when a write contradicts what is stored', () => {
  const contradiction = new ContradictionError('no batch 2')
  const SET_ASIDE = 'pruned is set aside for good: ContradictionError: no batch 2'

  /** A commit of 0 is under way, and five more requests wait; 2 is the one that the store will never take. */
  async function refused() {
    const all = setting()
    const { commit, tracker } = all
    tracker.send(asked(0))
    tracker.send(asked(1, { reply: { to: 'nonceTracker', token: 'op-1' }, onFailure: 'reject' }))
    tracker.send(asked(2, { reply: { to: 'batch', token: 'batch-2' } }))
    tracker.send(asked(3, { reply: { to: 'wallet', token: '0x3' } }))
    await commit.resolve(done)
    await commit.reject(contradiction)
    return all
  }

  it('finds it by committing one at a time, and sets it aside', async () => {
    const { stage, commit, committed, state } = await refused()
    expect(committed().slice(2)).toEqual([[write(1)]])
    expect(stage.emittedOf('store.failing')).toEqual([])
    await commit.resolve(done)
    expect(stage.heardBy('nonceTracker')).toEqual([{ type: 'operations.recorded', ids: ['op-1'] }])
    expect(committed().slice(3)).toEqual([[write(2)]])
    await commit.reject(contradiction)
    expect(stage.emittedOf('store.failing')).toEqual([
      { type: 'store.failing', message: SET_ASIDE, at: START },
    ])
    expect(committed().slice(4)).toEqual([[write(3)]])
    await commit.resolve(done)
    expect(stage.heardBy('wallet')).toEqual([{ type: 'recorded', token: '0x3' }])
    expect(stage.heardBy('opsBatcher')).toEqual([])
    expect(state()).toBe('Idle')
  })

  it('goes on in groups, and in order, with what arrived meanwhile', async () => {
    const { commit, tracker, committed, state } = await refused()
    tracker.send(asked(4))
    tracker.send(asked(5))
    await commit.resolve(done)
    await commit.reject(contradiction)
    await commit.resolve(done)
    expect(committed().at(-1)).toEqual([write(4), write(5)])
    await commit.resolve(done)
    expect(state()).toBe('Idle')
  })

  it('sets aside each of several, at once when it was alone', async () => {
    const { stage, commit, tracker, committed, state } = setting()
    tracker.send(asked(0))
    await commit.reject(contradiction)
    expect(state()).toBe('Idle')
    tracker.send(asked(1))
    tracker.send(asked(2))
    tracker.send(asked(3))
    for (let refusals = 0; refusals < 4; refusals += 1) await commit.reject(contradiction)
    expect(state()).toBe('Idle')
    expect(committed()).toEqual([[write(0)], [write(1)], [write(2), write(3)], [write(2)], [write(3)]])
    expect(stage.emittedOf('store.failing')).toHaveLength(4)
  })

  it('tells its asker, if it may be refused', async () => {
    const { stage, commit, tracker } = setting()
    tracker.send(asked(1, { reply: { to: 'nonceTracker', token: 'op-1' }, onFailure: 'reject' }))
    await commit.reject(contradiction)
    expect(stage.heardBy('nonceTracker')).toEqual([
      { type: 'record.failed', token: 'op-1', message: SET_ASIDE },
    ])
  })

  it('loses nothing else when the store fails meanwhile', async () => {
    const { stage, commit, tracker, committed, state } = await refused()
    await commit.resolve(done)
    tracker.send(asked(4))
    await commit.reject('disk full')
    expect(state()).toBe('Failing')
    await stage.advance(1_000)
    expect(committed().at(-1)).toEqual([write(2), write(3), write(4)])
    await commit.reject(contradiction)
    expect(committed().at(-1)).toEqual([write(2)])
    await commit.reject(contradiction)
    await commit.resolve(done)
    await commit.resolve(done)
    expect(committed().slice(-2)).toEqual([[write(3)], [write(4)]])
    expect(stage.heardBy('wallet')).toEqual([{ type: 'recorded', token: '0x3' }])
    expect(state()).toBe('Idle')
  })

  it('is flushed all the same', async () => {
    const { stage, commit, tracker } = await refused()
    tracker.send({ type: 'flush.requested' })
    await commit.resolve(done)
    await commit.reject(contradiction)
    expect(stage.heardBy('gateway')).toEqual([])
    await commit.resolve(done)
    expect(stage.heardBy('gateway')).toEqual([{ type: 'flushed' }])
  })
})

describe('requestTracker when the gateway stops', () => {
  it('tells at once that everything is on disk when nothing is waiting', () => {
    const { stage, tracker, state } = setting()
    tracker.send({ type: 'flush.requested' })
    expect(state()).toBe('Flushed')
    expect(stage.heardBy('gateway')).toEqual([{ type: 'flushed' }])
  })

  it('tells it only when the last write is in', async () => {
    const { stage, commit, tracker } = setting()
    tracker.send(asked(1))
    tracker.send(asked(2))
    tracker.send({ type: 'flush.requested' })
    expect(stage.heardBy('gateway')).toEqual([])
    await commit.resolve(done)
    expect(stage.heardBy('gateway')).toEqual([])
    await commit.resolve(done)
    expect(stage.heardBy('gateway')).toEqual([{ type: 'flushed' }])
  })

  it('waits for a store that fails', async () => {
    const { stage, commit, tracker, state } = setting()
    tracker.send(asked(1))
    await commit.reject('locked')
    tracker.send({ type: 'flush.requested' })
    expect(state()).toBe('Failing')
    await stage.advance(1_000)
    await commit.resolve(done)
    expect(stage.heardBy('gateway')).toEqual([{ type: 'flushed' }])
  })

  it('still writes what comes late, and tells again', async () => {
    const { stage, commit, tracker, state } = setting()
    tracker.send({ type: 'flush.requested' })
    tracker.send(asked(1))
    expect(state()).toBe('Writing')
    await commit.resolve(done)
    expect(state()).toBe('Flushed')
    expect(stage.heardBy('gateway')).toHaveLength(2)
  })
})

describe('requestTracker and old records', () => {
  it('forgets once a minute what is past its retention', async () => {
    const { stage, commit, committed } = setting()
    await stage.advance(MINUTE - 1)
    expect(commit.inputs).toEqual([])
    await stage.advance(1)
    expect(committed()).toEqual([[{ type: 'pruned', before: START + MINUTE - RETENTION }]])
    await commit.resolve(done)
    await stage.advance(MINUTE - 1)
    expect(commit.inputs).toHaveLength(1)
    await stage.advance(1)
    expect(committed().at(-1)).toEqual([{ type: 'pruned', before: START + 2 * MINUTE - RETENTION }])
  })

  it('does not try again to forget when the store fails: the next minute will', async () => {
    const { stage, commit, state } = setting()
    await stage.advance(MINUTE)
    await commit.reject('locked')
    await stage.advance(1_000)
    expect(state()).toBe('Idle')
    expect(commit.inputs).toHaveLength(1)
    expect(stage.conversation).toEqual([])
  })
})
