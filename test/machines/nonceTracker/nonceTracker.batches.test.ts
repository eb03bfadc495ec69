/** The nonceTracker and operations returned by batches: with a status, or after a reorg. */
import { describe, expect, it } from 'vitest'
import type { QueuedOperation } from '../../../src/domain/operation.ts'
import { hash, inclusion, inLane, op } from '../support/samples.ts'
import { START } from '../support/stage.ts'
import {
  evicted,
  failed,
  fifth,
  finalized,
  fourth,
  MAX_TRIES,
  outOfGas,
  ready,
  setting,
  third,
  withdrawn,
} from '../support/tracker.ts'

describe('nonceTracker and operations that left a batch', () => {
  it('frees the position of a finalized operation, and leaves later operations as they are', () => {
    const { stage, admitAll, settle, submit } = setting()
    admitAll([third, fifth], 3)
    settle([third, finalized])
    expect(stage.messages).toEqual([])
    submit(third, 3)
    expect(stage.received('intake', 'admission.refused')).toMatchObject([
      { refusal: { code: 'mismatched_signature_nonce' } },
    ])
  })

  it('withdraws the operations after a failed operation', () => {
    const { stage, admitAll, settle } = setting()
    admitAll([third, fourth], 3)
    settle([third, failed])
    expect(stage.receivedBy('opsBatcher')).toEqual([withdrawn(fourth)])
  })

  it('takes the next nonce of the lane from a verdict that the nonce was too low', () => {
    const { stage, admitAll, settle } = setting()
    admitAll([third, fifth], 3)
    settle([third, { type: 'Failed', reason: { type: 'NonceTooLow', expected: 5 }, txHash: null }])
    expect(stage.receivedBy('opsBatcher')).toEqual([ready({ ...fifth, sequence: 2 })])
  })

  it('readies an evicted operation again', () => {
    const { stage, admitAll, settle } = setting()
    admitAll([third], 3)
    settle([third, evicted()])
    expect(stage.receivedBy('opsBatcher')).toEqual([ready(third)])
  })

  it('treats an operation without a status as evicted', () => {
    const { stage, admitAll, settle } = setting()
    admitAll([op(1)])
    settle([op(1), null])
    expect(stage.receivedBy('opsBatcher')).toEqual([ready(op(1))])
  })

  it('readies an operation that was evicted because of a timeout at the first tick after the back-off', async () => {
    const { stage, admitAll, settle, tick } = setting()
    admitAll([third], 3)
    settle([third, evicted(null, 'Timeout')])
    await stage.advance(999)
    tick()
    expect(stage.messages).toEqual([])
    await stage.advance(1)
    tick()
    expect(stage.receivedBy('opsBatcher')).toEqual([ready(third)])
  })

  it('lets an evicted operation wait when the simulation saw a lower chain nonce', () => {
    const { stage, admitAll, settle } = setting()
    admitAll([fourth, fifth], 4)
    settle([fourth, evicted(3)])
    expect(stage.receivedBy('opsBatcher')).toEqual([withdrawn({ ...fifth, sequence: 2 })])
  })

  it('readies operations withdrawn by one status of a batch and readied by the next', () => {
    const { stage, admitAll, settle } = setting()
    admitAll([third, fourth], 3)
    settle([third, evicted(2)], [fourth, evicted(3)])
    expect(stage.receivedBy('opsBatcher')).toEqual([ready(third, fourth)])
  })

  it('sends only the last effect that the statuses of a batch have on an operation', () => {
    const { stage, admitAll, settle } = setting()
    admitAll([third, fourth, fifth], 3)
    settle([third, evicted()], [fourth, evicted(2)])
    expect(stage.receivedBy('opsBatcher')).toEqual([withdrawn(third, fifth)])
  })
})

describe('nonceTracker and the tries of an operation', () => {
  it('fails an operation that ran out of gas in as many batches as the limit of tries', () => {
    const { stage, admitAll, settle, submit } = setting()
    const almostOut = { ...third, tries: MAX_TRIES - 1 }
    admitAll([third, fourth], 3)
    settle([almostOut, outOfGas])
    const reason = { type: 'Unknown', message: 'given up: it ran out of gas in 3 batches' }
    expect(stage.receivedBy('requestTracker')).toMatchObject([
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
        cost: null,
        id: third.id,
        kind: third.kind,
        status: { type: 'Failed', reason, txHash: null },
        receivedAt: third.receivedAt,
        at: START,
      },
    ])
    expect(stage.receivedBy('opsBatcher')).toEqual([withdrawn(fourth)])
    submit(third, 3)
    expect(stage.received('intake', 'admission.refused')).toEqual([])
  })

  it('tries an operation with one try left again', () => {
    const { stage, admitAll, settle } = setting()
    admitAll([op(1)])
    settle([op(1, { tries: MAX_TRIES - 2 }), outOfGas])
    expect(stage.receivedBy('opsBatcher')).toEqual([ready(op(1, { tries: MAX_TRIES - 1 }))])
  })

  it.each([
    ['the batch was full', evicted(null, 'BatchFull')],
    ['another operation of its fold failed, or its nonce was consumed by a foreign transaction', evicted()],
    ['it has no status', null],
    ['its batch was cancelled', evicted(null, 'Timeout')],
  ])('charges nothing, and never fails the operation, when %s', async (_, status) => {
    const { stage, admitAll, settle, tick } = setting()
    const almostOut = op(1, { tries: MAX_TRIES - 1 })
    admitAll([op(1)])
    for (let times = 0; times < 2 * MAX_TRIES; times += 1) {
      stage.clear()
      settle([almostOut, status])
      await stage.advance(1_000)
      tick()
      expect(stage.receivedBy('opsBatcher')).toEqual([ready(almostOut)])
      expect(stage.receivedBy('requestTracker')).toEqual([])
    }
  })

  it('charges nothing to an operation batched just before the eviction of an earlier operation', () => {
    const { stage, admitAll, settle } = setting()
    admitAll([third, fourth], 3)
    // The fourth operation is in a batch already when the eviction of the third arrives.
    settle([third, evicted()])
    settle([fourth, evicted(3)])
    expect(stage.receivedBy('opsBatcher')).toEqual([ready(third), ready(fourth)])
    expect(stage.emitted).toEqual([])
  })
})

describe('nonceTracker and operations of a revived batch', () => {
  const claiming = { ...third, claims: ['0x1'] }

  it('returns positions and claims to the operations, and does not ready the operations', () => {
    const { stage, admitAll, settle, submit, revive } = setting()
    admitAll([claiming], 3)
    settle([claiming, finalized])
    revive(claiming)
    expect(stage.receivedBy('opsBatcher')).toEqual([withdrawn(claiming)])
    submit(inLane(9, 'a', 3), 3)
    submit(op(10, { claims: ['0x1'] }))
    expect(stage.received('intake', 'admission.refused')).toMatchObject([
      { refusal: { code: 'duplicate_request_in_flight' } },
      { refusal: { code: 'duplicate_request_in_flight' } },
    ])
  })

  it('withdraws a later operation behind a gap, and readies it when the gap is filled again', () => {
    const { stage, admitAll, settle, revive } = setting()
    admitAll([third, fourth, fifth], 3)
    settle([third, finalized], [fourth, finalized])
    revive(third)
    expect(stage.receivedBy('opsBatcher')).toEqual([withdrawn(third, { ...fifth, sequence: 3 })])
    stage.clear()
    settle([third, finalized])
    expect(stage.messages).toEqual([])
    revive(fourth)
    expect(stage.receivedBy('opsBatcher')).toEqual([withdrawn(fourth), ready({ ...fifth, sequence: 3 })])
  })

  it('readies the operations again after the revived batch evicts them', () => {
    const { stage, admitAll, settle, revive } = setting()
    admitAll([claiming], 3)
    settle([claiming, finalized])
    revive(claiming)
    stage.clear()
    settle([claiming, evicted(null)])
    expect(stage.receivedBy('opsBatcher')).toEqual([ready(claiming)])
  })
})

describe('nonceTracker and operations settled without a transaction, with an orphaned evidence block', () => {
  const evidenceBlock = inclusion(hash('f'), 7)
  const requeue = ({ tracker }: ReturnType<typeof setting>, ...operations: QueuedOperation[]) =>
    tracker.send({
      type: 'operations.requeued',
      settled: operations.map((operation) => ({ operation, evidenceBlock })),
    })

  it('queues the operations again on disk and in the lanes', () => {
    const all = setting()
    requeue(all, third)
    expect(all.stage.receivedBy('requestTracker')).toMatchObject([
      {
        type: 'record.requested',
        writes: [{ type: 'operation.revived', id: third.id, at: all.stage.now() }],
        reply: null,
        onFailure: 'retry',
      },
    ])
    expect(all.stage.receivedBy('opsBatcher')).toEqual([ready(third)])
    expect(all.stage.emitted).toEqual([
      { type: 'operation.revived', id: third.id, kind: third.kind, blockNumber: 7, at: all.stage.now() },
    ])
  })

  it('queues operations again at a start, if their positions are free, after a reorg while the gateway was down', () => {
    const rival = inLane(9, 'a', 3)
    const ends = [third, inLane(8, 'b', 1)].map((operation) => ({ operation, evidenceBlock }))
    const { stage } = setting({ queued: [rival], orphaned: ends })
    expect(stage.receivedBy('requestTracker')).toMatchObject([
      { writes: [{ type: 'operation.revived', id: 'op-8' }] },
    ])
    expect(stage.receivedBy('opsBatcher')).toEqual([ready(rival), ready(inLane(8, 'b', 1))])
  })

  it('leaves an operation settled if a later operation holds the position', () => {
    const all = setting()
    all.admitAll([inLane(9, 'a', 3)], 3)
    requeue(all, third)
    expect(all.stage.messages).toEqual([])
    expect(all.stage.emitted).toEqual([])
  })

  it('does not ready an operation finalized together with the earlier operations of the lane', () => {
    const all = setting()
    all.admitAll([third, fourth, fifth], 3)
    // All three are in a batch. An operation with a lower nonce withdraws all three, and the batch does not notice.
    requeue(all, inLane(8, 'a', 1))
    all.stage.clear()
    all.settle([third, finalized], [fourth, finalized], [fifth, finalized])
    expect(all.stage.receivedBy('opsBatcher')).toEqual([])
  })
})

describe('nonceTracker and a batch with several statuses', () => {
  it('does not ready an operation in back-off, although the earlier operation is finalized', () => {
    const all = setting()
    all.admitAll([third, fourth], 3)
    all.revive(inLane(8, 'a', 1))
    all.stage.clear()
    all.settle([third, finalized], [fourth, evicted(null, 'Timeout')])
    expect(all.stage.receivedBy('opsBatcher')).toEqual([])
  })
})
