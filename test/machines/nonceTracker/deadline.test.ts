/** The operation deadline outside the queue of the opsBatcher. */
import { describe, expect, it } from 'vitest'
import { inLane, op } from '../support/samples.ts'
import {
  evicted,
  fifth,
  finalized,
  fourth,
  OPERATION_DEADLINE,
  outOfGas,
  ready,
  setting,
  third,
} from '../support/tracker.ts'

const failure = (id: string, words: string) => ({
  type: 'operation.failed',
  id,
  reason: { type: 'Unknown', message: expect.stringContaining(words) },
})

describe('nonceTracker and the operation deadline', () => {
  it('fails an operation that returns from a batch after its deadline, and says why the batch gave no verdict', async () => {
    const all = setting()
    all.admitAll([op(1), op(2, { receivedAt: all.stage.now() + 1 })])
    await all.stage.advance(OPERATION_DEADLINE + 1)
    all.settle([op(1), evicted(null, 'Timeout')], [op(2, { receivedAt: all.stage.now() }), outOfGas])
    expect(all.stage.receivedBy('requestTracker')).toMatchObject([
      { writes: [failure('op-1', 'Timeout: the deadline passed')], events: [{ type: 'operation.settled' }] },
    ])
    expect(all.stage.receivedBy('opsBatcher')).toMatchObject([{ operations: [{ id: 'op-2' }] }])
  })

  it('leaves an operation alone while a batch has it, and takes its verdict after the deadline', async () => {
    const all = setting()
    all.admitAll([third], 3)
    await all.stage.advance(10 * OPERATION_DEADLINE)
    all.tick()
    all.settle([third, finalized])
    expect(all.stage.messages).toEqual([])
  })

  it('tries an operation again until its deadline', async () => {
    const all = setting()
    all.admitAll([op(1)])
    await all.stage.advance(OPERATION_DEADLINE)
    all.settle([op(1), evicted()])
    expect(all.stage.receivedBy('opsBatcher')).toEqual([ready(op(1))])
  })

  it('fails a ready operation that the opsBatcher removed, and withdraws the later operations of its lane', () => {
    const all = setting()
    all.admitAll([third, fourth, fifth], 3)
    all.tracker.send({
      type: 'operations.expired',
      operations: [third, fourth],
      reason: { type: 'InsufficientBalance' },
    })
    expect(all.stage.receivedBy('opsBatcher')).toEqual([
      { type: 'operations.withdrawn', operations: [fifth] },
    ])
    const reason = { type: 'InsufficientBalance' }
    expect(all.stage.receivedBy('requestTracker')).toMatchObject([
      { writes: [{ type: 'operation.failed', id: third.id, reason }] },
      { writes: [{ type: 'operation.failed', id: fourth.id, reason }] },
    ])
  })

  it('fails an operation that still waits for an earlier nonce, and names the nonce', async () => {
    const all = setting({ laneTimeout: 2 * OPERATION_DEADLINE })
    all.admitAll([fifth], 3)
    await all.stage.advance(OPERATION_DEADLINE)
    all.tick()
    expect(all.stage.messages).toEqual([])
    await all.stage.advance(1)
    all.tick()
    expect(all.stage.receivedBy('requestTracker')).toMatchObject([
      { writes: [failure(fifth.id, 'nonce 3 of its account')] },
    ])
    expect(all.stage.receivedBy('opsBatcher')).toEqual([])
    all.submit(inLane(9, 'a', 5), 3)
    expect(all.stage.received('intake', 'admission.refused')).toEqual([])
  })
})
