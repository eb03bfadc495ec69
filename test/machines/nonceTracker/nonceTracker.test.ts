import { describe, expect, it } from 'vitest'
import { createActor } from 'xstate'
import type { QueuedOperation } from '../../../src/domain/operation.ts'
import type { OpStatus } from '../../../src/domain/status.ts'
import type { NonceTrackerInput } from '../../../src/machines/nonceTracker/context.ts'
import { nonceTrackerMachine } from '../../../src/machines/nonceTracker/nonceTracker.ts'
import { ACTORS } from '../../../src/machines/protocol.ts'
import { envelope, hash, inclusion, inLane, op } from '../support/samples.ts'
import { START, Stage } from '../support/stage.ts'

const LANE_TIMEOUT = 60_000
const MAX_TRIES = 3

function setting(known: Partial<NonceTrackerInput> = {}) {
  const stage = new Stage(ACTORS.nonceTracker)
  const tracker = createActor(nonceTrackerMachine, {
    parent: stage.parent,
    systemId: ACTORS.nonceTracker,
    input: {
      queued: [],
      inBatches: [],
      orphaned: [],
      nextSequence: 1,
      laneTimeout: LANE_TIMEOUT,
      maxTries: MAX_TRIES,
      now: stage.now,
      ...known,
    },
  }).start()
  const submit = (operation: QueuedOperation, chainNonce: number | null = null) =>
    tracker.send({ type: 'operation.submitted', envelope: envelope(operation), chainNonce })
  const record = (operation: QueuedOperation) =>
    tracker.send({ type: 'operations.recorded', ids: [operation.id] })
  const letIn = (operations: readonly QueuedOperation[], chainNonce: number | null = null) => {
    for (const operation of operations) {
      submit(operation, chainNonce)
      record(operation)
    }
    stage.forget()
  }
  const settle = (...fates: readonly (readonly [QueuedOperation, OpStatus | null])[]) =>
    tracker.send({
      type: 'operations.left',
      operations: fates.map(([operation]) => operation),
      statuses: Object.fromEntries(
        fates.flatMap(([{ id }, status]) => (status === null ? [] : [[id, status]])),
      ),
    })
  const tick = () => tracker.send({ type: 'tick', at: stage.now() })
  const revive = (...operations: QueuedOperation[]) =>
    tracker.send({ type: 'operations.revived', operations })
  return { stage, tracker, submit, record, letIn, settle, tick, revive }
}

const third = inLane(1, 'a', 3)
const fourth = inLane(2, 'a', 4)
const fifth = inLane(3, 'a', 5)

const landed: OpStatus = { type: 'Finalized', txHash: hash('f'), blockNumber: 9, gasUsed: 1 }
const failed: OpStatus = { type: 'Failed', reason: { type: 'InvalidSignature' }, txHash: null }
const evicted = (
  nextNonce: number | null = null,
  reason: Extract<OpStatus, { type: 'Evicted' }>['reason'] = 'DependencyNotReady',
): OpStatus => ({ type: 'Evicted', reason, nextNonce })
/** The one eviction that an operation is to blame for. */
const outOfGas = evicted(null, 'GasLimitExceeded')
const ready = (...operations: QueuedOperation[]) => ({ type: 'operations.ready', operations })
const withdrawn = (...operations: QueuedOperation[]) => ({ type: 'operations.withdrawn', operations })

describe('nonceTracker letting operations in', () => {
  it('sends an operation to disk, and grants and readies it when it is there', () => {
    const { stage, submit, record } = setting({ nextSequence: 41 })
    submit(third, 3)
    expect(stage.heardBy('requestTracker')).toEqual([
      {
        type: 'record.requested',
        writes: [{ type: 'operation.accepted', envelope: { ...envelope(third), sequence: 41 } }],
        reply: { to: 'nonceTracker', token: third.id },
        onFailure: 'reject',
      },
    ])
    expect(stage.emitted).toEqual([])
    expect(stage.heardBy('opsBatcher')).toEqual([])
    record(third)
    expect(stage.emitted).toEqual([{ type: 'admission.granted', id: third.id, kind: third.kind, at: START }])
    expect(stage.heardBy('opsBatcher')).toEqual([ready({ ...third, sequence: 41 })])
  })

  it('grants all of one commit in their order, and readies them together', () => {
    const { stage, tracker, submit } = setting()
    submit(third, 3)
    submit(fourth, 3)
    submit(op(3), null)
    tracker.send({ type: 'operations.recorded', ids: [third.id, 'unheard of', fourth.id, op(3).id] })
    expect(stage.emittedOf('admission.granted').map(({ id }) => id)).toEqual([third.id, fourth.id, op(3).id])
    expect(stage.heardBy('opsBatcher')).toEqual([ready(third, fourth, op(3))])
  })

  it('keeps the payload out of the queue', () => {
    const { stage, submit, record } = setting()
    submit(op(1), null)
    record(op(1))
    expect(stage.heardBy('opsBatcher')).toEqual([ready(op(1))])
  })

  it('grants an operation whose turn has not come, and readies it later', () => {
    const { stage, submit, record } = setting()
    submit(fourth, 3)
    record(fourth)
    expect(stage.emittedOf('admission.granted')).toHaveLength(1)
    expect(stage.heardBy('opsBatcher')).toEqual([])
    submit(third, 3)
    record(third)
    expect(stage.heardBy('opsBatcher')).toEqual([
      ready({ ...third, sequence: 2 }, { ...fourth, sequence: 1 }),
    ])
  })

  it('lets only the first of two duplicates in that raced through pre-flight', () => {
    const { stage, submit } = setting()
    const rival = inLane(2, 'a', 3)
    submit(third, 3)
    submit(rival, 3)
    expect(stage.heardBy('requestTracker')).toHaveLength(1)
    expect(stage.emitted).toEqual([
      {
        type: 'admission.denied',
        id: rival.id,
        kind: rival.kind,
        code: 'duplicate_request_in_flight',
        message: 'duplicate_request_in_flight',
        at: START,
      },
    ])
  })

  it.each([
    ['a claim that is taken', op(2, { claims: ['0x1'] }), null, 'duplicate_request_in_flight'],
    ['a nonce that is used', inLane(2, 'a', 3), 4, 'mismatched_signature_nonce'],
  ])('denies %s, and numbers only what it lets in', (_, operation, chainNonce, code) => {
    const { stage, submit } = setting()
    submit(op(1, { claims: ['0x1'] }))
    submit(operation, chainNonce)
    submit(op(3))
    expect(stage.emitted).toMatchObject([{ type: 'admission.denied', id: operation.id, code }])
    expect(stage.heardBy('requestTracker')).toMatchObject([
      { writes: [{ envelope: { id: 'op-1', sequence: 1 } }] },
      { writes: [{ envelope: { id: 'op-3', sequence: 2 } }] },
    ])
  })

  it('gives the place back when the store does not take the operation', () => {
    const { stage, tracker, submit, letIn, record } = setting()
    const claiming = { ...third, claims: ['0x1'] }
    letIn([fourth], 3)
    submit(claiming, 3)
    tracker.send({ type: 'record.failed', token: claiming.id, message: 'disk full' })
    expect(stage.emitted).toMatchObject([
      { type: 'admission.denied', id: claiming.id, code: 'store_unavailable', at: START },
    ])
    expect(stage.heardBy('opsBatcher')).toEqual([])
    stage.forget()
    submit(claiming, 3)
    record(claiming)
    expect(stage.emitted).toMatchObject([{ type: 'admission.granted', id: claiming.id }])
    expect(stage.heardBy('opsBatcher')).toMatchObject([{ operations: [{ id: third.id }, { id: fourth.id }] }])
  })

  it('readies what the chain was seen to have caught up with although the newcomer is not stored', () => {
    const { stage, tracker, submit, letIn } = setting()
    letIn([fourth], 3)
    submit(fifth, 4)
    tracker.send({ type: 'record.failed', token: fifth.id, message: 'disk full' })
    expect(stage.heardBy('opsBatcher')).toEqual([ready({ ...fourth, sequence: 1 })])
  })

  it('ignores what it is told of operations that it does not wait for', () => {
    const { stage, tracker, letIn, record } = setting()
    letIn([third], 3)
    record(third)
    tracker.send({ type: 'record.failed', token: third.id, message: 'late' })
    tracker.send({ type: 'operations.recorded', ids: ['unheard of'] })
    expect(stage.emitted).toEqual([])
    expect(stage.conversation).toEqual([])
  })
})

describe('nonceTracker and what became of operations', () => {
  it('frees the place of what landed, and its follower goes on', () => {
    const { stage, letIn, settle, submit } = setting()
    letIn([third, fifth], 3)
    settle([third, landed])
    expect(stage.conversation).toEqual([])
    submit(third, 3)
    expect(stage.emitted).toMatchObject([{ code: 'mismatched_signature_nonce' }])
  })

  it('withdraws the followers of what failed', () => {
    const { stage, letIn, settle } = setting()
    letIn([third, fourth], 3)
    settle([third, failed])
    expect(stage.heardBy('opsBatcher')).toEqual([withdrawn(fourth)])
  })

  it('learns from a nonce that was too low how far the chain is', () => {
    const { stage, letIn, settle } = setting()
    letIn([third, fifth], 3)
    settle([third, { type: 'Failed', reason: { type: 'NonceTooLow', expected: 5 }, txHash: null }])
    expect(stage.heardBy('opsBatcher')).toEqual([ready({ ...fifth, sequence: 2 })])
  })

  it('readies what was evicted again', () => {
    const { stage, letIn, settle } = setting()
    letIn([third], 3)
    settle([third, evicted()])
    expect(stage.heardBy('opsBatcher')).toEqual([ready(third)])
  })

  it('takes an operation without a verdict for evicted', () => {
    const { stage, letIn, settle } = setting()
    letIn([op(1)])
    settle([op(1), null])
    expect(stage.heardBy('opsBatcher')).toEqual([ready(op(1))])
  })

  it('readies what was not decided in time after a pause, at the next tick', async () => {
    const { stage, letIn, settle, tick } = setting()
    letIn([third], 3)
    settle([third, evicted(null, 'Timeout')])
    await stage.advance(999)
    tick()
    expect(stage.conversation).toEqual([])
    await stage.advance(1)
    tick()
    expect(stage.heardBy('opsBatcher')).toEqual([ready(third)])
  })

  it('keeps what was evicted waiting when the chain is behind', () => {
    const { stage, letIn, settle } = setting()
    letIn([fourth, fifth], 4)
    settle([fourth, evicted(3)])
    expect(stage.heardBy('opsBatcher')).toEqual([withdrawn({ ...fifth, sequence: 2 })])
  })

  it('readies again what one verdict of a batch took back and the next gave back', () => {
    const { stage, letIn, settle } = setting()
    letIn([third, fourth], 3)
    settle([third, evicted(2)], [fourth, evicted(3)])
    expect(stage.heardBy('opsBatcher')).toEqual([ready(third, fourth)])
  })

  it('tells of an operation only the last that a batch means for it', () => {
    const { stage, letIn, settle } = setting()
    letIn([third, fourth, fifth], 3)
    settle([third, evicted()], [fourth, evicted(2)])
    expect(stage.heardBy('opsBatcher')).toEqual([withdrawn(third, fifth)])
  })
})

describe('nonceTracker and the tries of an operation', () => {
  it('gives an operation up that ran out of gas in as many batches as it may be tried in', () => {
    const { stage, letIn, settle, submit } = setting()
    const tired = { ...third, tries: MAX_TRIES - 1 }
    letIn([third, fourth], 3)
    settle([tired, outOfGas])
    const reason = { type: 'Unknown', message: 'given up: it ran out of gas in 3 batches' }
    expect(stage.heardBy('requestTracker')).toEqual([
      {
        type: 'record.requested',
        writes: [{ type: 'operation.failed', id: third.id, reason, at: START }],
        reply: null,
        onFailure: 'retry',
      },
    ])
    expect(stage.emitted).toEqual([
      {
        type: 'operation.settled',
        id: third.id,
        kind: third.kind,
        status: { type: 'Failed', reason, txHash: null },
        receivedAt: third.receivedAt,
        at: START,
      },
    ])
    expect(stage.heardBy('opsBatcher')).toEqual([withdrawn(fourth)])
    submit(third, 3)
    expect(stage.emittedOf('admission.denied')).toEqual([])
  })

  it('tries an operation again that has one try left', () => {
    const { stage, letIn, settle } = setting()
    letIn([op(1)])
    settle([op(1, { tries: MAX_TRIES - 2 }), outOfGas])
    expect(stage.heardBy('opsBatcher')).toEqual([ready(op(1, { tries: MAX_TRIES - 1 }))])
  })

  it.each([
    ['the batch was full', evicted(null, 'BatchFull')],
    ['another member of its fold failed, or its batch was lost', evicted()],
    ['nothing was said of it', null],
    ['its batch was cancelled', evicted(null, 'Timeout')],
  ])('never gives it up because %s, and counts nothing', async (_, status) => {
    const { stage, letIn, settle, tick } = setting()
    const tired = op(1, { tries: MAX_TRIES - 1 })
    letIn([op(1)])
    for (let times = 0; times < 2 * MAX_TRIES; times += 1) {
      stage.forget()
      settle([tired, status])
      await stage.advance(1_000)
      tick()
      expect(stage.heardBy('opsBatcher')).toEqual([ready(tired)])
      expect(stage.heardBy('requestTracker')).toEqual([])
    }
  })

  it('counts nothing against who was batched a moment before its predecessor was ruled on', () => {
    const { stage, letIn, settle } = setting()
    letIn([third, fourth], 3)
    // The slot was free, and the fourth was sent; then the verdict came: the third has to run again.
    settle([third, evicted()])
    settle([fourth, evicted(3)])
    expect(stage.heardBy('opsBatcher')).toEqual([ready(third), ready(fourth)])
    expect(stage.emitted).toEqual([])
  })
})

describe('nonceTracker and operations that ride again, their block orphaned after their end', () => {
  const claiming = { ...third, claims: ['0x1'] }

  it('gives them their places and claims back, and does not ready them', () => {
    const { stage, letIn, settle, submit, revive } = setting()
    letIn([claiming], 3)
    settle([claiming, landed])
    revive(claiming)
    expect(stage.heardBy('opsBatcher')).toEqual([withdrawn(claiming)])
    submit(inLane(9, 'a', 3), 3)
    submit(op(10, { claims: ['0x1'] }))
    expect(stage.emittedOf('admission.denied')).toMatchObject([
      { code: 'duplicate_request_in_flight' },
      { code: 'duplicate_request_in_flight' },
    ])
  })

  it('takes back the turn of what does not follow on them, and gives it back when they land again', () => {
    const { stage, letIn, settle, revive } = setting()
    letIn([third, fourth, fifth], 3)
    settle([third, landed], [fourth, landed])
    revive(third)
    expect(stage.heardBy('opsBatcher')).toEqual([withdrawn(third, { ...fifth, sequence: 3 })])
    stage.forget()
    settle([third, landed])
    expect(stage.conversation).toEqual([])
    revive(fourth)
    expect(stage.heardBy('opsBatcher')).toEqual([withdrawn(fourth), ready({ ...fifth, sequence: 3 })])
  })

  it('readies them again when their batch has lost them', () => {
    const { stage, letIn, settle, revive } = setting()
    letIn([claiming], 3)
    settle([claiming, landed])
    revive(claiming)
    stage.forget()
    settle([claiming, evicted(null)])
    expect(stage.heardBy('opsBatcher')).toEqual([ready(claiming)])
  })
})

describe('nonceTracker and operations that had ended without being sent, by what a lost block said', () => {
  const evidenceBlock = inclusion(hash('f'), 7)
  const requeue = ({ tracker }: ReturnType<typeof setting>, ...operations: QueuedOperation[]) =>
    tracker.send({
      type: 'operations.requeued',
      settled: operations.map((operation) => ({ operation, evidenceBlock })),
    })

  it('queues them again: on disk, and in their turn', () => {
    const all = setting()
    requeue(all, third)
    expect(all.stage.heardBy('requestTracker')).toEqual([
      {
        type: 'record.requested',
        writes: [{ type: 'operation.revived', id: third.id, at: all.stage.now() }],
        reply: null,
        onFailure: 'retry',
      },
    ])
    expect(all.stage.heardBy('opsBatcher')).toEqual([ready(third)])
    expect(all.stage.emitted).toEqual([
      { type: 'operation.revived', id: third.id, kind: third.kind, blockNumber: 7, at: all.stage.now() },
    ])
  })

  it('queues again at a start what was orphaned while nobody watched, where its place is free', () => {
    const rival = inLane(9, 'a', 3)
    const ends = [third, inLane(8, 'b', 1)].map((operation) => ({ operation, evidenceBlock }))
    const { stage } = setting({ queued: [rival], orphaned: ends })
    expect(stage.heardBy('requestTracker')).toMatchObject([
      { writes: [{ type: 'operation.revived', id: 'op-8' }] },
    ])
    expect(stage.heardBy('opsBatcher')).toEqual([ready(rival), ready(inLane(8, 'b', 1))])
  })

  it('leaves one alone whose user has sent another in its place', () => {
    const all = setting()
    all.letIn([inLane(9, 'a', 3)], 3)
    requeue(all, third)
    expect(all.stage.conversation).toEqual([])
    expect(all.stage.emitted).toEqual([])
  })

  it('readies none that lands with the one whose landing lets it go on', () => {
    const all = setting()
    all.letIn([third, fourth, fifth], 3)
    // They ride. What comes below takes their turns back, which their batch does not hear of.
    requeue(all, inLane(8, 'a', 1))
    all.stage.forget()
    all.settle([third, landed], [fourth, landed], [fifth, landed])
    expect(all.stage.heardBy('opsBatcher')).toEqual([])
  })
})

describe('nonceTracker and a batch that comes to several ends', () => {
  it('does not ready one that pauses, though the landing of another lets it go on', () => {
    const all = setting()
    all.letIn([third, fourth], 3)
    all.revive(inLane(8, 'a', 1))
    all.stage.forget()
    all.settle([third, landed], [fourth, evicted(null, 'Timeout')])
    expect(all.stage.heardBy('opsBatcher')).toEqual([])
  })
})

describe('nonceTracker and deadlines', () => {
  /** Waited for as long as a lane's deadline allows. */
  async function late() {
    const stalled = setting()
    stalled.letIn([fifth], 3)
    await stalled.stage.advance(LANE_TIMEOUT + 1)
    stalled.tick()
    stalled.stage.forget()
    return stalled
  }

  it('hands what waited too long for an earlier nonce to the batcher, once: the chain decides', async () => {
    const { stage, letIn, tick } = setting()
    letIn([fourth], 3)
    await stage.advance(LANE_TIMEOUT)
    tick()
    expect(stage.conversation).toEqual([])
    await stage.advance(1)
    tick()
    tick()
    expect(stage.heardBy('opsBatcher')).toEqual([ready({ ...fourth, sequence: 1 })])
    expect(stage.emitted).toEqual([])
    expect(stage.heardBy('requestTracker')).toEqual([])
  })

  it('finalizes it when somebody else has filled the gap', async () => {
    const { stage, settle, submit } = await late()
    settle([fifth, landed])
    expect(stage.conversation).toEqual([])
    submit(inLane(9, 'a', 5), 5)
    expect(stage.emittedOf('admission.denied')).toEqual([])
  })

  it('lets it and what waits before it go on when the gap was filled in part', async () => {
    const { stage, letIn, settle } = await late()
    letIn([fourth], 3)
    settle([fifth, evicted(4)])
    expect(stage.heardBy('opsBatcher')).toEqual([ready({ ...fourth, sequence: 2 }, fifth)])
    expect(stage.emitted).toEqual([])
  })

  it('fails it when simulation says that its turn has still not come, and frees its place', async () => {
    const { stage, settle, submit } = await late()
    settle([fifth, evicted(4)])
    const reason = { type: 'NonceTooHigh', expected: 4 }
    expect(stage.heardBy('requestTracker')).toMatchObject([
      { writes: [{ type: 'operation.failed', id: fifth.id, reason, at: stage.now() }], onFailure: 'retry' },
    ])
    expect(stage.heardBy('opsBatcher')).toEqual([])
    expect(stage.emitted).toMatchObject([
      { type: 'operation.settled', id: fifth.id, status: { type: 'Failed', reason } },
    ])
    submit(fifth, 3)
    expect(stage.emittedOf('admission.denied')).toEqual([])
  })

  it('tries it again when its batch said nothing of it', async () => {
    const { stage, settle } = await late()
    settle([fifth, evicted()])
    expect(stage.heardBy('opsBatcher')).toEqual([ready(fifth)])
    expect(stage.emitted).toEqual([])
  })

  it('leaves alone whose turn has come, however long ago', async () => {
    const { stage, letIn, tick } = setting()
    letIn([third, op(9)], 3)
    await stage.advance(10 * LANE_TIMEOUT)
    tick()
    expect(stage.conversation).toEqual([])
  })

  it('gives those whose turn was taken back the whole time', async () => {
    const { stage, letIn, settle, tick } = setting()
    letIn([third, fourth], 3)
    await stage.advance(10 * LANE_TIMEOUT)
    settle([third, failed])
    stage.forget()
    tick()
    expect(stage.conversation).toEqual([])
    await stage.advance(LANE_TIMEOUT + 1)
    tick()
    expect(stage.heardBy('opsBatcher')).toHaveLength(1)
  })
})

describe('nonceTracker after a restart', () => {
  it('readies what was queued, and not what rides in a batch that goes on', () => {
    const { stage } = setting({ inBatches: [third], queued: [fourth, op(7), inLane(8, 'b', 2)] })
    expect(stage.heardBy('opsBatcher')).toEqual([ready(fourth, op(7), inLane(8, 'b', 2))])
    expect(stage.emitted).toEqual([])
  })

  it('does not take for news what it readied at the start', () => {
    const { stage, record } = setting({ queued: [op(7)] })
    stage.forget()
    record(op(7))
    expect(stage.conversation).toEqual([])
  })

  it('says nothing when nothing was queued', () => {
    expect(setting({ inBatches: [third] }).stage.conversation).toEqual([])
  })

  it('goes on numbering, and holds the places and claims that were taken', () => {
    const { stage, submit } = setting({
      inBatches: [{ ...third, claims: ['0x1'] }],
      queued: [op(7, { claims: ['0x2'] })],
      nextSequence: 8,
    })
    submit(inLane(9, 'a', 3), 3)
    submit(op(10, { claims: ['0x1'] }))
    submit(op(11, { claims: ['0x2'] }))
    submit(op(12))
    expect(stage.emittedOf('admission.denied')).toHaveLength(3)
    expect(stage.heardBy('requestTracker')).toMatchObject([{ writes: [{ envelope: { sequence: 8 } }] }])
  })

  it('lets in what fills a gap below its guess, when the chain was seen to accept it', () => {
    const { stage, submit, record } = setting({ queued: [fifth] })
    stage.forget()
    submit(fourth, 4)
    record(fourth)
    expect(stage.emittedOf('admission.denied')).toEqual([])
    expect(stage.heardBy('opsBatcher')).toMatchObject([{ operations: [{ id: fourth.id }] }])
  })

  it('is corrected by the first simulation when the chain is behind what was queued', () => {
    const { stage, settle } = setting({ queued: [fifth] })
    expect(stage.heardBy('opsBatcher')).toEqual([ready(fifth)])
    stage.forget()
    settle([fifth, evicted(4)])
    expect(stage.conversation).toEqual([])
  })
})
