import { describe, expect, it } from 'vitest'
import { NO_TRANSACTION } from '../../../src/domain/status.ts'
import { envelope, inLane, op } from '../support/samples.ts'
import {
  evicted,
  failed,
  fifth,
  finalized,
  fourth,
  LANE_TIMEOUT,
  ready,
  setting,
  third,
} from '../support/tracker.ts'

describe('nonceTracker admitting operations', () => {
  it('stores an operation before admitting and readying the operation', () => {
    const { stage, submit, record } = setting({ nextSequence: 41 })
    submit(third, 3)
    expect(stage.receivedBy('requestTracker')).toEqual([
      {
        type: 'record.requested',
        writes: [{ type: 'operation.accepted', envelope: { ...envelope(third), sequence: 41 } }],
        reply: { to: 'nonceTracker', token: third.id },
        onFailure: 'reject',
      },
    ])
    expect(stage.receivedBy('intake')).toEqual([])
    expect(stage.receivedBy('opsBatcher')).toEqual([])
    record(third)
    expect(stage.receivedBy('intake')).toEqual([{ type: 'operations.admitted', ids: [third.id] }])
    expect(stage.receivedBy('opsBatcher')).toEqual([ready({ ...third, sequence: 41 })])
  })

  it('stores an operation that needs no transaction with its verdict, and readies nothing', () => {
    const { stage, tracker, record } = setting({ nextSequence: 41 })
    const status = { type: 'Finalized', txHash: NO_TRANSACTION, blockNumber: 0, gasUsed: 0 } as const
    tracker.send({ type: 'operation.submitted', envelope: envelope(op(1)), chainNonce: null, status })
    const { id, kind, receivedAt } = op(1)
    expect(stage.receivedBy('requestTracker')).toMatchObject([
      {
        writes: [{ type: 'operation.accepted' }, { type: 'operation.finalized', id, status }],
        events: [{ type: 'operation.settled', id, kind, status, receivedAt }],
      },
    ])
    record(op(1))
    expect(stage.receivedBy('intake')).toEqual([{ type: 'operations.admitted', ids: [id] }])
    expect(stage.receivedBy('opsBatcher')).toEqual([])
    expect(tracker.getSnapshot().context.lanes.unsettled.ids.size).toBe(0)
  })

  it('admits the operations of a commit in order, and readies all together', () => {
    const { stage, tracker, submit } = setting()
    submit(third, 3)
    submit(fourth, 3)
    submit(op(3), null)
    tracker.send({ type: 'operations.recorded', ids: [third.id, 'unheard of', fourth.id, op(3).id] })
    expect(stage.receivedBy('intake')).toEqual([
      { type: 'operations.admitted', ids: [third.id, fourth.id, op(3).id] },
    ])
    expect(stage.receivedBy('opsBatcher')).toEqual([ready(third, fourth, op(3))])
  })

  it('keeps the payload of an operation out of the queue', () => {
    const { stage, submit, record } = setting()
    submit(op(1), null)
    record(op(1))
    expect(stage.receivedBy('opsBatcher')).toEqual([ready(op(1))])
  })

  it('admits an operation before the operation is ready', () => {
    const { stage, submit, record } = setting()
    submit(fourth, 3)
    record(fourth)
    expect(stage.receivedBy('intake')).toEqual([{ type: 'operations.admitted', ids: [fourth.id] }])
    expect(stage.receivedBy('opsBatcher')).toEqual([])
    submit(third, 3)
    record(third)
    expect(stage.receivedBy('opsBatcher')).toEqual([
      ready({ ...third, sequence: 2 }, { ...fourth, sequence: 1 }),
    ])
  })

  const inFlight = [third, op(7, { claims: ['0x1'] })]

  it('admits only the first of two duplicates after a concurrent pre-flight', () => {
    const { stage, submit } = setting()
    const rival = inLane(2, 'a', 3)
    submit(third, 3)
    submit(rival, 3)
    expect(stage.receivedBy('requestTracker')).toHaveLength(1)
    const code = 'duplicate_request_in_flight'
    expect(stage.receivedBy('intake')).toEqual([
      { type: 'admission.refused', id: rival.id, refusal: { code, message: code } },
    ])
  })

  describe.each([
    ['queued', {}, ({ admitAll }: ReturnType<typeof setting>) => admitAll(inFlight, 3)],
    ['queued before a restart', { queued: inFlight }, () => {}],
    ['in a batch before a restart', { inBatches: inFlight }, () => {}],
  ] as const)('names the operation in flight, %s,', (_, known, begin) => {
    const start = () => {
      const tracker = setting(known)
      begin(tracker)
      tracker.stage.clear()
      return tracker
    }

    it.each([
      ['of the same nonce', inLane(8, 'a', 3), third.id],
      ['with the same address', op(8, { claims: ['0x5', '0x1'] }), 'op-7'],
      ['with the address, before the nonce', { ...inLane(8, 'a', 3), claims: ['0x1'] }, 'op-7'],
    ])('to a duplicate %s', (_name, duplicate, duplicateOf) => {
      const { stage, submit } = start()
      submit(duplicate, 3)
      expect(stage.receivedBy('intake')).toMatchObject([
        { refusal: { code: 'duplicate_request_in_flight', duplicateOf } },
      ])
    })
  })

  it('names no operation that is not on disk yet: its commit may fail', () => {
    const { stage, submit, record } = setting()
    submit(third, 3)
    submit(inLane(8, 'a', 3), 3)
    record(third)
    submit(inLane(9, 'a', 3), 3)
    const refusals = stage.receivedBy('intake').filter(({ type }) => type === 'admission.refused')
    const code = 'duplicate_request_in_flight'
    expect(refusals).toEqual([
      { type: 'admission.refused', id: 'op-8', refusal: { code, message: code } },
      { type: 'admission.refused', id: 'op-9', refusal: { code, message: code, duplicateOf: third.id } },
    ])
  })

  it('reserves the lane for one operation if future nonces are refused', () => {
    const { stage, admitAll, submit, settle } = setting({
      limits: { queueCapacity: 10, maxPerAccount: 2, futureNonces: 'refuse' },
    })
    admitAll([third], 3)
    submit(fourth, 4)
    const refused = { code: 'duplicate_request_in_flight', duplicateOf: third.id }
    expect(stage.receivedBy('intake')).toMatchObject([{ id: fourth.id, refusal: refused }])
    stage.clear()
    submit(inLane(8, 'b', 0), 0)
    settle([third, finalized])
    submit(fourth, 4)
    expect(stage.receivedBy('intake')).toEqual([])
  })

  it.each([
    ['an operation with a taken claim', op(2, { claims: ['0x1'] }), null, 'duplicate_request_in_flight'],
    ['an operation with a consumed nonce', inLane(2, 'a', 3), 4, 'mismatched_signature_nonce'],
  ])('refuses %s, and numbers only admitted operations', (_, operation, chainNonce, code) => {
    const { stage, submit } = setting()
    submit(op(1, { claims: ['0x1'] }))
    submit(operation, chainNonce)
    submit(op(3))
    expect(stage.receivedBy('intake')).toMatchObject([
      { type: 'admission.refused', id: operation.id, refusal: { code } },
    ])
    expect(stage.receivedBy('requestTracker')).toMatchObject([
      { writes: [{ envelope: { id: 'op-1', sequence: 1 } }] },
      { writes: [{ envelope: { id: 'op-3', sequence: 2 } }] },
    ])
  })

  it('frees the position when the store does not take the operation', () => {
    const { stage, tracker, submit, admitAll, record } = setting()
    const claiming = { ...third, claims: ['0x1'] }
    admitAll([fourth], 3)
    submit(claiming, 3)
    tracker.send({ type: 'record.failed', token: claiming.id, message: 'disk full' })
    expect(stage.received('intake', 'admission.refused')).toMatchObject([
      { id: claiming.id, refusal: { code: 'store_unavailable' } },
    ])
    expect(stage.receivedBy('opsBatcher')).toEqual([])
    stage.clear()
    submit(claiming, 3)
    record(claiming)
    expect(stage.receivedBy('intake')).toMatchObject([{ type: 'operations.admitted', ids: [claiming.id] }])
    expect(stage.receivedBy('opsBatcher')).toMatchObject([
      { operations: [{ id: third.id }, { id: fourth.id }] },
    ])
  })

  it('readies a waiting operation by the chain nonce of a later submission that is not stored', () => {
    const { stage, tracker, submit, admitAll } = setting()
    admitAll([fourth], 3)
    submit(fifth, 4)
    tracker.send({ type: 'record.failed', token: fifth.id, message: 'disk full' })
    expect(stage.receivedBy('opsBatcher')).toEqual([ready({ ...fourth, sequence: 1 })])
  })

  it('ignores store answers about unknown operations', () => {
    const { stage, tracker, admitAll, record } = setting()
    admitAll([third], 3)
    record(third)
    tracker.send({ type: 'record.failed', token: third.id, message: 'late' })
    tracker.send({ type: 'operations.recorded', ids: ['unheard of'] })
    expect(stage.emitted).toEqual([])
    expect(stage.messages).toEqual([])
  })
})

describe('nonceTracker and deadlines', () => {
  /** An operation promoted at the lane deadline. */
  async function promoted() {
    const all = setting()
    all.admitAll([fifth], 3)
    await all.stage.advance(LANE_TIMEOUT + 1)
    all.tick()
    all.stage.clear()
    return all
  }

  it('promotes an operation once when the lane deadline has passed', async () => {
    const { stage, admitAll, tick } = setting()
    admitAll([fourth], 3)
    await stage.advance(LANE_TIMEOUT)
    tick()
    expect(stage.messages).toEqual([])
    await stage.advance(1)
    tick()
    tick()
    expect(stage.receivedBy('opsBatcher')).toEqual([ready({ ...fourth, sequence: 1 })])
    expect(stage.emitted).toEqual([])
    expect(stage.receivedBy('requestTracker')).toEqual([])
  })

  it('frees the position when a foreign transaction filled the gap and the operation is finalized', async () => {
    const { stage, settle, submit } = await promoted()
    settle([fifth, finalized])
    expect(stage.messages).toEqual([])
    submit(inLane(9, 'a', 5), 5)
    expect(stage.received('intake', 'admission.refused')).toEqual([])
  })

  it('readies the promoted operation and the previous operation when the gap was filled in part', async () => {
    const { stage, admitAll, settle } = await promoted()
    admitAll([fourth], 3)
    settle([fifth, evicted(4)])
    expect(stage.receivedBy('opsBatcher')).toEqual([ready({ ...fourth, sequence: 2 }, fifth)])
    expect(stage.emitted).toEqual([])
  })

  it('fails the promoted operation as too high when the simulation saw the gap, and frees its position', async () => {
    const { stage, settle, submit } = await promoted()
    settle([fifth, evicted(4)])
    const reason = { type: 'NonceTooHigh', expected: 4 }
    expect(stage.receivedBy('requestTracker')).toMatchObject([
      { writes: [{ type: 'operation.failed', id: fifth.id, reason, at: stage.now() }], onFailure: 'retry' },
    ])
    expect(stage.receivedBy('opsBatcher')).toEqual([])
    expect(stage.emitted).toMatchObject([
      { type: 'operation.settled', id: fifth.id, status: { type: 'Failed', reason } },
    ])
    submit(fifth, 3)
    expect(stage.received('intake', 'admission.refused')).toEqual([])
  })

  it('tries the promoted operation again when the simulation saw no nonce', async () => {
    const { stage, settle } = await promoted()
    settle([fifth, evicted()])
    expect(stage.receivedBy('opsBatcher')).toEqual([ready(fifth)])
    expect(stage.emitted).toEqual([])
  })

  it('does not promote a ready operation of any age', async () => {
    const { stage, admitAll, tick } = setting()
    admitAll([third, op(9)], 3)
    await stage.advance(10 * LANE_TIMEOUT)
    tick()
    expect(stage.messages).toEqual([])
  })

  it('starts a new lane deadline for a withdrawn operation', async () => {
    const { stage, admitAll, settle, tick } = setting()
    admitAll([third, fourth], 3)
    await stage.advance(10 * LANE_TIMEOUT)
    settle([third, failed])
    stage.clear()
    tick()
    expect(stage.messages).toEqual([])
    await stage.advance(LANE_TIMEOUT + 1)
    tick()
    expect(stage.receivedBy('opsBatcher')).toHaveLength(1)
  })
})

describe('nonceTracker after a restart', () => {
  it('readies queued operations, and not the operations of resumed batches', () => {
    const { stage } = setting({ inBatches: [third], queued: [fourth, op(7), inLane(8, 'b', 2)] })
    expect(stage.receivedBy('opsBatcher')).toEqual([ready(fourth, op(7), inLane(8, 'b', 2))])
    expect(stage.emitted).toEqual([])
  })

  it('ignores a commit of operations ready since the start', () => {
    const { stage, record } = setting({ queued: [op(7)] })
    stage.clear()
    record(op(7))
    expect(stage.messages).toEqual([])
  })

  it('sends nothing when nothing was queued', () => {
    expect(setting({ inBatches: [third] }).stage.messages).toEqual([])
  })

  it('continues the numbering, and holds the positions and claims of stored operations', () => {
    const { stage, submit } = setting({
      inBatches: [{ ...third, claims: ['0x1'] }],
      queued: [op(7, { claims: ['0x2'] })],
      nextSequence: 8,
    })
    submit(inLane(9, 'a', 3), 3)
    submit(op(10, { claims: ['0x1'] }))
    submit(op(11, { claims: ['0x2'] }))
    submit(op(12))
    expect(stage.received('intake', 'admission.refused')).toHaveLength(3)
    expect(stage.receivedBy('requestTracker')).toMatchObject([{ writes: [{ envelope: { sequence: 8 } }] }])
  })

  it('admits a nonce below the lowest stored nonce when the chain accepts it', () => {
    const { stage, submit, record } = setting({ queued: [fifth] })
    stage.clear()
    submit(fourth, 4)
    record(fourth)
    expect(stage.received('intake', 'admission.refused')).toEqual([])
    expect(stage.receivedBy('opsBatcher')).toMatchObject([{ operations: [{ id: fourth.id }] }])
  })

  it('corrects a lane by the first simulation when the chain nonce is lower than the stored nonces', () => {
    const { stage, settle } = setting({ queued: [fifth] })
    expect(stage.receivedBy('opsBatcher')).toEqual([ready(fifth)])
    stage.clear()
    settle([fifth, evicted(4)])
    expect(stage.messages).toEqual([])
  })
})
