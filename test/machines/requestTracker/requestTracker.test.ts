import { describe, expect, it } from 'vitest'
import { createActor } from 'xstate'
import type { Now } from '../../../src/domain/primitives.ts'
import type { StoreWrite } from '../../../src/domain/writes.ts'
import { ACTORS, type RecordRequested } from '../../../src/machines/protocol.ts'
import { requestTrackerMachine } from '../../../src/machines/requestTracker/requestTracker.ts'
import {
  type CommitReport,
  ContradictionError,
  DuplicateError,
  GATHER_MS,
} from '../../../src/machines/requestTracker/setup.ts'
import { Deferred } from '../support/deferred.ts'
import { START, Stage } from '../support/stage.ts'

const RETENTION = 3_600_000
const MINUTE = 60_000

/** A numbered write. Tests identify writes by number. */
function write(number: number): StoreWrite {
  return { type: 'pruned', before: number }
}

function request(number: number, traits: Partial<RecordRequested> = {}): RecordRequested {
  return { type: 'record.requested', writes: [write(number)], reply: null, onFailure: 'retry', ...traits }
}

function setting(now?: Now) {
  const stage = new Stage(ACTORS.requestTracker)
  const commit = new Deferred<CommitReport, { readonly writes: readonly StoreWrite[] }>(stage)
  const tracker = createActor(requestTrackerMachine.provide({ actors: { writeRecords: commit.logic } }), {
    parent: stage.parent,
    systemId: ACTORS.requestTracker,
    input: { now: now ?? stage.now, retention: RETENTION },
  }).start()
  const state = () => tracker.getSnapshot().value
  const committed = () => commit.inputs.map(({ writes }) => writes)
  /** The running commit succeeds, and the gathering time passes. */
  const succeed = async () => {
    await commit.resolve(done)
    await stage.advance(GATHER_MS)
  }
  const fail = async (error: string | Error) => {
    await commit.reject(error)
    await stage.advance(GATHER_MS)
  }
  return { stage, commit, tracker, state, committed, succeed, fail }
}

const settled = {
  type: 'operation.settled',
  id: 'op-1',
  kind: 'create_account',
  status: { type: 'Finalized', txHash: '0x01', blockNumber: 7, gasUsed: 21_000 },
  cost: null,
  receivedAt: START,
  at: START,
} as const

const done: CommitReport = { writes: 1, duration: 2, at: START, ignored: [] }

describe('requestTracker', () => {
  it('commits the first request at once, and is idle after the commit', async () => {
    const { stage, commit, tracker, state, committed } = setting()
    expect(state()).toBe('Idle')
    tracker.send(request(1))
    expect(state()).toBe('Writing')
    expect(committed()).toEqual([[write(1)]])
    await commit.resolve(done)
    expect(state()).toBe('Idle')
    expect(stage.emitted).toEqual([{ type: 'store.committed', writes: 1, duration: 2, at: START }])
  })

  it('publishes the events of a request after the commit, not before', async () => {
    const { stage, commit, tracker } = setting()
    tracker.send(request(1, { events: [settled] }))
    expect(stage.emitted).toEqual([])
    await commit.resolve(done)
    expect(stage.emitted.map(({ type }) => type)).toEqual(['operation.settled', 'store.committed'])
  })

  it('publishes the events of a repeated request once, after the commit that succeeds', async () => {
    const { stage, commit, tracker } = setting()
    tracker.send(request(1, { events: [settled] }))
    await commit.reject('disk full')
    expect(stage.emittedOf('operation.settled')).toEqual([])
    await stage.advance(1_000)
    await commit.resolve(done)
    expect(stage.emittedOf('operation.settled')).toEqual([settled])
  })

  it('publishes no event of a dropped request', async () => {
    const { stage, commit, tracker } = setting()
    tracker.send(request(1, { events: [settled] }))
    await commit.reject(new ContradictionError('unknown operation'))
    expect(stage.emittedOf('operation.settled')).toEqual([])
  })

  it('reports each transition that the store ignored', async () => {
    const { stage, commit, tracker } = setting()
    tracker.send(request(1))
    const ignored = [
      { id: 'op-1', batchId: 'batch-1', from: 'queued', to: 'submitted' },
      { id: 'op-2', batchId: null, from: 'finalized', to: 'failed' },
    ] as const
    await commit.resolve({ ...done, ignored })
    expect(stage.emittedOf('transition.ignored')).toEqual(
      ignored.map((each) => ({ type: 'transition.ignored', ...each, at: START })),
    )
  })

  it('puts requests that arrive during a commit into the next commit, in order of arrival', async () => {
    const { tracker, state, committed, succeed } = setting()
    tracker.send(request(1))
    tracker.send(request(2, { writes: [write(2), write(3)] }))
    tracker.send(request(4))
    expect(committed()).toEqual([[write(1)]])
    await succeed()
    expect(state()).toBe('Writing')
    expect(committed()).toEqual([[write(1)], [write(2), write(3), write(4)]])
    await succeed()
    expect(state()).toBe('Idle')
  })

  it('gathers requests until 10 ms after the start of the last commit', async () => {
    const { stage, commit, tracker, state, committed } = setting()
    tracker.send(request(1))
    await stage.advance(4)
    await commit.resolve(done)
    tracker.send(request(2))
    expect(state()).toBe('Gathering')
    await stage.advance(5)
    tracker.send(request(3))
    expect(state()).toBe('Gathering')
    await stage.advance(1)
    expect(state()).toBe('Writing')
    expect(committed()).toEqual([[write(1)], [write(2), write(3)]])
  })

  it('gathers for 10 ms at most when the clock steps back', async () => {
    let at = START
    const { stage, commit, tracker, state } = setting(() => at)
    tracker.send(request(1))
    await commit.resolve(done)
    at = START - 3_600_000
    tracker.send(request(2))
    expect(state()).toBe('Gathering')
    await stage.advance(GATHER_MS)
    expect(state()).toBe('Writing')
  })

  it('does not wait when the last commit started 10 ms ago or earlier', async () => {
    const { stage, commit, tracker, state } = setting()
    tracker.send(request(1))
    await stage.advance(GATHER_MS)
    await commit.resolve(done)
    tracker.send(request(2))
    expect(state()).toBe('Writing')
  })

  it('reports all operations of a commit to the nonceTracker in a single event', async () => {
    const { stage, tracker, succeed } = setting()
    tracker.send(request(0))
    for (const number of [1, 2, 3]) {
      tracker.send(request(number, { reply: { to: 'nonceTracker', token: `op-${number}` } }))
    }
    await succeed()
    await succeed()
    expect(stage.receivedBy('nonceTracker')).toEqual([
      { type: 'operations.recorded', ids: ['op-1', 'op-2', 'op-3'] },
    ])
  })

  it('answers the sender of each request, and not before the commit has succeeded', async () => {
    const { stage, tracker, succeed } = setting()
    tracker.send(request(0))
    tracker.send(request(1, { reply: { to: 'nonceTracker', token: 'op-1' } }))
    tracker.send(request(2, { reply: { to: 'wallet', token: '0xabc' } }))
    await succeed()
    expect(stage.messages).toEqual([])
    await succeed()
    expect(stage.receivedBy('nonceTracker')).toEqual([{ type: 'operations.recorded', ids: ['op-1'] }])
    expect(stage.receivedBy('wallet')).toEqual([{ type: 'recorded', token: '0xabc' }])
  })
})

describe('requestTracker while the store fails', () => {
  it('emits the failure, waits for a second, and tries again', async () => {
    const { stage, commit, tracker, state, committed } = setting()
    tracker.send(request(1, { reply: { to: 'wallet', token: '0xabc' } }))
    await commit.reject('disk full')
    expect(state()).toBe('Failing')
    expect(tracker.getSnapshot().context.failure).toBe('Error: disk full')
    expect(stage.emitted).toEqual([{ type: 'store.failing', message: 'Error: disk full', at: START }])
    expect(commit.inputs).toHaveLength(1)
    await stage.advance(999)
    expect(state()).toBe('Failing')
    await stage.advance(1)
    expect(committed()).toEqual([[write(1)], [write(1)]])
    expect(stage.messages).toEqual([])
    await commit.resolve(done)
    expect(stage.receivedBy('wallet')).toEqual([{ type: 'recorded', token: '0xabc' }])
    expect(tracker.getSnapshot().context.failure).toBeNull()
  })

  it('drops a request with onFailure reject, and reports the failure to the sender', async () => {
    const { stage, commit, tracker, state, committed } = setting()
    tracker.send(request(1, { reply: { to: 'nonceTracker', token: 'op-1' }, onFailure: 'reject' }))
    await commit.reject('disk full')
    expect(stage.receivedBy('nonceTracker')).toEqual([
      { type: 'record.failed', token: 'op-1', message: 'Error: disk full' },
    ])
    await stage.advance(1_000)
    expect(state()).toBe('Idle')
    expect(committed()).toEqual([[write(1)]])
  })

  it('keeps the order: a retried request comes before later requests', async () => {
    const { stage, commit, tracker, state, committed, succeed } = setting()
    tracker.send(request(0))
    tracker.send(request(1))
    tracker.send(request(2, { reply: { to: 'nonceTracker', token: 'op-2' }, onFailure: 'reject' }))
    tracker.send(request(3))
    await succeed()
    tracker.send(request(4))
    await commit.reject('locked')
    tracker.send(request(5))
    expect(state()).toBe('Failing')
    await stage.advance(1_000)
    expect(committed().at(-1)).toEqual([write(1), write(3), write(4), write(5)])
  })

  it('loses no request after several failures', async () => {
    const { stage, commit, tracker, committed } = setting()
    tracker.send(request(1))
    for (let round = 1; round <= 3; round += 1) {
      await commit.reject('locked')
      await stage.advance(1_000)
    }
    expect(committed()).toEqual([[write(1)], [write(1)], [write(1)], [write(1)]])
    expect(stage.emittedOf('store.failing')).toHaveLength(3)
  })
})

describe('requestTracker with a write in contradiction to the stored data', () => {
  const contradiction = new ContradictionError('no batch 2')
  const DROPPED = 'write dropped (pruned): ContradictionError: no batch 2'

  /** Three requests were refused in one commit; request 2 is the contradicting one. */
  async function refused() {
    const all = setting()
    const { tracker, succeed, fail } = all
    tracker.send(request(0))
    tracker.send(request(1, { reply: { to: 'nonceTracker', token: 'op-1' }, onFailure: 'reject' }))
    tracker.send(request(2))
    tracker.send(request(3, { reply: { to: 'wallet', token: '0x3' } }))
    await succeed()
    await fail(contradiction)
    return all
  }

  it('finds the request by separate commits, and drops the request', async () => {
    const { stage, commit, committed, state } = await refused()
    expect(committed().slice(2)).toEqual([[write(1)]])
    expect(stage.emittedOf('store.failing')).toEqual([])
    await commit.resolve(done)
    expect(stage.receivedBy('nonceTracker')).toEqual([{ type: 'operations.recorded', ids: ['op-1'] }])
    expect(committed().slice(3)).toEqual([[write(2)]])
    await commit.reject(contradiction)
    expect(stage.emittedOf('store.failing')).toMatchObject([{ message: DROPPED }])
    await stage.advance(GATHER_MS)
    expect(committed().slice(4)).toEqual([[write(3)]])
    await commit.resolve(done)
    expect(stage.receivedBy('wallet')).toEqual([{ type: 'recorded', token: '0x3' }])
    expect(state()).toBe('Idle')
  })

  it('commits in groups again afterwards, in order of arrival', async () => {
    const { tracker, committed, state, succeed, fail } = await refused()
    tracker.send(request(4))
    tracker.send(request(5))
    await succeed()
    await fail(contradiction)
    await succeed()
    expect(committed().at(-1)).toEqual([write(4), write(5)])
    await succeed()
    expect(state()).toBe('Idle')
  })

  it('drops each of several contradicting requests', async () => {
    const { stage, tracker, committed, state, fail } = setting()
    tracker.send(request(0))
    await fail(contradiction)
    expect(state()).toBe('Idle')
    tracker.send(request(1))
    tracker.send(request(2))
    tracker.send(request(3))
    for (let refusals = 0; refusals < 4; refusals += 1) await fail(contradiction)
    expect(state()).toBe('Idle')
    expect(committed()).toEqual([[write(0)], [write(1)], [write(2), write(3)], [write(2)], [write(3)]])
    expect(stage.emittedOf('store.failing')).toHaveLength(4)
  })

  it('reports the dropped request to a sender with onFailure reject', async () => {
    const { stage, commit, tracker } = setting()
    tracker.send(request(1, { reply: { to: 'nonceTracker', token: 'op-1' }, onFailure: 'reject' }))
    await commit.reject(contradiction)
    expect(stage.receivedBy('nonceTracker')).toEqual([
      { type: 'record.failed', token: 'op-1', message: DROPPED },
    ])
  })

  it('tells the sender of a duplicate, which is no failure of the store', async () => {
    const { stage, commit, tracker } = setting()
    tracker.send(request(1, { reply: { to: 'nonceTracker', token: 'op-1' }, onFailure: 'reject' }))
    await commit.reject(new DuplicateError('taken'))
    expect(stage.receivedBy('nonceTracker')).toMatchObject([
      { type: 'record.failed', token: 'op-1', isDuplicate: true },
    ])
    expect(stage.emittedOf('store.failing')).toEqual([])
  })

  it('loses no other request when the store fails during the search', async () => {
    const { stage, commit, tracker, committed, state, succeed, fail } = await refused()
    await succeed()
    tracker.send(request(4))
    await commit.reject('disk full')
    expect(state()).toBe('Failing')
    await stage.advance(1_000)
    expect(committed().at(-1)).toEqual([write(2), write(3), write(4)])
    await fail(contradiction)
    expect(committed().at(-1)).toEqual([write(2)])
    await fail(contradiction)
    await succeed()
    await succeed()
    expect(committed().slice(-2)).toEqual([[write(3)], [write(4)]])
    expect(stage.receivedBy('wallet')).toEqual([{ type: 'recorded', token: '0x3' }])
    expect(state()).toBe('Idle')
  })

  it('is flushed after the search', async () => {
    const { stage, tracker, succeed, fail } = await refused()
    tracker.send({ type: 'flush.requested' })
    await succeed()
    await fail(contradiction)
    expect(stage.receivedBy('gateway')).toEqual([])
    await succeed()
    expect(stage.receivedBy('gateway')).toEqual([{ type: 'flushed' }])
  })
})

describe('requestTracker while the gateway stops', () => {
  it('is flushed at once when no write waits', () => {
    const { stage, tracker, state } = setting()
    tracker.send({ type: 'flush.requested' })
    expect(state()).toBe('Flushed')
    expect(stage.receivedBy('gateway')).toEqual([{ type: 'flushed' }])
  })

  it('is flushed when the last write is on disk', async () => {
    const { stage, tracker, succeed } = setting()
    tracker.send(request(1))
    tracker.send(request(2))
    tracker.send({ type: 'flush.requested' })
    expect(stage.receivedBy('gateway')).toEqual([])
    await succeed()
    expect(stage.receivedBy('gateway')).toEqual([])
    await succeed()
    expect(stage.receivedBy('gateway')).toEqual([{ type: 'flushed' }])
  })

  it('waits for a store that fails', async () => {
    const { stage, commit, tracker, state } = setting()
    tracker.send(request(1))
    await commit.reject('locked')
    tracker.send({ type: 'flush.requested' })
    expect(state()).toBe('Failing')
    await stage.advance(1_000)
    await commit.resolve(done)
    expect(stage.receivedBy('gateway')).toEqual([{ type: 'flushed' }])
  })

  it('commits a late write, and reports again', async () => {
    const { stage, commit, tracker, state } = setting()
    tracker.send({ type: 'flush.requested' })
    tracker.send(request(1))
    expect(state()).toBe('Writing')
    await commit.resolve(done)
    expect(state()).toBe('Flushed')
    expect(stage.receivedBy('gateway')).toHaveLength(2)
  })
})

describe('requestTracker and old records', () => {
  it('prunes records older than the retention time once a minute', async () => {
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

  it('prunes again after a short pause while old records are left, and then once a minute', async () => {
    const { stage, commit } = setting()
    await stage.advance(MINUTE)
    for (const pruned of [1, 2, 3]) {
      expect(commit.inputs).toHaveLength(pruned)
      await commit.resolve({ ...done, hasPrunable: true })
      await stage.advance(20)
    }
    expect(stage.emittedOf('store.committed').at(-1)).not.toHaveProperty('hasPrunable')
    await commit.resolve(done)
    await stage.advance(MINUTE - 1)
    expect(commit.inputs).toHaveLength(4)
    await stage.advance(1)
    expect(commit.inputs).toHaveLength(5)
  })

  it('does not retry a failed pruning: the next minute brings another', async () => {
    const { stage, commit, state } = setting()
    await stage.advance(MINUTE)
    await commit.reject('locked')
    await stage.advance(1_000)
    expect(state()).toBe('Idle')
    expect(commit.inputs).toHaveLength(1)
    expect(stage.messages).toEqual([])
  })
})
