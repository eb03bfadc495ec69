/** The effect of each write on a batch and on the operations of the batch. */
import { expect, it } from 'vitest'
import { describeFailure } from '../../../src/domain/status.ts'
import {
  accepted,
  attempt,
  attemptHash,
  batchId,
  entered,
  failed,
  hash,
  included,
  inclusion,
  opened,
  operationId,
  plan,
  planned,
  REFUSAL,
  refused,
  result,
  START,
  STATUS,
  SUBMITTED_BATCH,
  settled,
  signed,
  submitted,
  trimmed,
} from '../fixtures.ts'
import { type OpenHarness, useStore } from './harness.ts'

export function describeBatchLife(open: OpenHarness): void {
  const test = useStore(open)
  const batchState = async (n: number) => (await test.store.batch(batchId(n)))?.state

  it('has the state that its actor entered last', async () => {
    await test.store.commit([accepted(1), opened(1, [1])])
    expect(await batchState(1)).toBe('Pending')
    await test.store.commit([entered(1, 'Simulating'), planned(1, [1])])
    expect(await batchState(1)).toBe('Simulating')
    for (const state of ['ReadyToSubmit', 'Submitted', 'Resubmitting', 'Submitted'] as const) {
      await test.store.commit([entered(1, state)])
      expect(await batchState(1)).toBe(state)
    }
    await test.store.commit([signed(1, 1), submitted(1, 1), settled(1, { 1: 'finalized' })])
    expect(await batchState(1)).toBe('Finalized')
    await test.store.commit([entered(1, 'Submitted')])
    expect(await batchState(1)).toBe('Finalized')
  })

  it('keeps the time of its simulation when no operation is left', async () => {
    await test.store.commit([accepted(1), opened(1, [1]), trimmed(1, { 1: 'evicted' })])
    await test.store.commit([settled(1, { 1: 'evicted' })])
    expect(await test.store.batch(batchId(1))).toMatchObject({ simulationCompletedAt: START, plans: [] })
  })

  it('keeps its inclusion until the block is orphaned', async () => {
    await test.store.commit([...SUBMITTED_BATCH, signed(1, 2), included(1, inclusion(1, 1))])
    expect(await test.store.batch(batchId(1))).toMatchObject({
      inclusion: inclusion(1, 1),
      includedAt: START,
    })
    await test.store.commit([included(1, null)])
    expect(await test.store.batch(batchId(1))).toMatchObject({ inclusion: null, includedAt: null })
    expect(await test.states(1, 2)).toEqual(['submitted', 'submitted'])
  })

  it('keeps every plan, and each attempt names its plan', async () => {
    await test.store.commit([...SUBMITTED_BATCH, planned(1, [1], START + 50), signed(1, 2, 1)])
    expect(await test.store.batch(batchId(1))).toMatchObject({
      plans: [plan([1, 2]), plan([1])],
      simulationCompletedAt: START + 20,
    })
    expect((await test.store.attempts(batchId(1))).map((signedAttempt) => signedAttempt.plan)).toEqual([0, 1])
  })

  it('submits the operations of the plan of the attempt, and keeps the others', async () => {
    await test.store.commit([...SUBMITTED_BATCH, planned(1, [1]), signed(1, 2, 1), submitted(1, 2)])
    const hashes = await Promise.all([1, 2].map((n) => test.store.status(operationId(n))))
    expect(hashes.map((status) => status?.state)).toEqual([
      { state: 'submitted', txHash: attemptHash(1, 2) },
      { state: 'submitted', txHash: attemptHash(1, 1) },
    ])
    expect((await test.store.recover(START)).batches).toMatchObject([
      { operations: [{ id: operationId(1) }, { id: operationId(2) }] },
    ])
  })

  it('keeps the last refusal of each attempt', async () => {
    const other = { ...REFUSAL, words: 'txpool is full', class: 'poolFull' as const, limit: null }
    await test.store.commit([
      ...SUBMITTED_BATCH,
      signed(1, 2),
      refused(1, 1),
      refused(1, 2),
      refused(1, 2, other),
    ])
    expect((await test.store.attempts(batchId(1))).map(({ refusal }) => refusal)).toEqual([REFUSAL, other])
    await test.reopen()
    expect((await test.store.attempts(batchId(1))).map(({ refusal }) => refusal)).toEqual([REFUSAL, other])
  })

  it('shows the last broadcast in its operations, and keeps the time of its first broadcast', async () => {
    await test.store.commit([...SUBMITTED_BATCH, signed(1, 2), submitted(1, 2, START + 99)])
    expect(await test.store.operation(operationId(1))).toMatchObject({
      state: { state: 'submitted', txHash: attemptHash(1, 2) },
      updatedAt: START + 99,
    })
    expect(await test.store.batch(batchId(1))).toMatchObject({ submittedAt: START + 30 })
  })

  it('gives trimmed operations their status at once, and does not touch them when it is settled', async () => {
    await test.store.commit([accepted(1), accepted(2), accepted(3), opened(1, [1, 2, 3])])
    await test.store.commit([trimmed(1, { 2: 'evicted' }, START + 5), trimmed(1, { 3: 'failed' }, START + 5)])
    expect(await test.states(1, 2, 3)).toEqual(['batching', 'queued', 'failed'])
    expect(await test.store.operation(operationId(2))).toMatchObject({
      status: STATUS.evicted,
      batchId: batchId(1),
      envelope: { tries: 1 },
      updatedAt: START + 5,
    })

    await test.store.commit([planned(1, [1]), signed(1, 1), submitted(1, 1), opened(2, [2])])
    const end = settled(1, { 1: 'finalized', 2: 'evicted', 3: 'failed' })
    expect(await test.store.commit([end])).toEqual([])
    expect(await test.states(1, 2, 3)).toEqual(['finalized', 'batching', 'failed'])
    expect((await test.store.operation(operationId(2)))?.envelope.tries).toBe(1)
  })

  it('fails when simulation trimmed all of its operations', async () => {
    await test.store.commit([accepted(1), opened(1, [1]), trimmed(1, { 1: 'evicted' })])
    await test.store.commit([settled(1, { 1: 'evicted' }, { failure: 'nothing to send' })])
    expect(await batchState(1)).toBe('Failed')
    expect(await test.states(1)).toEqual(['queued'])
  })

  it('submits only the operations of its plan', async () => {
    await test.store.commit([accepted(1), accepted(2), opened(1, [1, 2])])
    expect(await test.store.commit([planned(1, [1]), signed(1, 1), submitted(1, 1)])).toEqual([])
    expect(await test.states(1, 2)).toEqual(['submitted', 'batching'])
  })

  it('gives every operation its status when it is settled', async () => {
    const at = START + 77
    await test.store.commit([...SUBMITTED_BATCH, accepted(3), opened(2, [3])])
    await test.store.commit([
      settled(1, { 1: 'finalized', 2: 'failed' }, { at }),
      settled(2, { 3: 'evicted' }, { at }),
    ])
    const { failed: failure } = STATUS
    const records = await Promise.all([1, 2, 3].map((n) => test.store.operation(operationId(n))))
    expect(records).toMatchObject([
      {
        state: { state: 'finalized', txHash: hash(0xf1) },
        status: STATUS.finalized,
        batchId: batchId(1),
        envelope: { tries: 0 },
        updatedAt: at,
      },
      {
        state: { state: 'failed', ...describeFailure(failure.reason, failure.txHash) },
        status: failure,
        batchId: batchId(1),
        envelope: { tries: 0 },
        updatedAt: at,
      },
      {
        state: { state: 'queued' },
        status: STATUS.evicted,
        batchId: batchId(2),
        envelope: { tries: 1 },
        updatedAt: at,
      },
    ])
    expect(await test.store.batch(batchId(1))).toMatchObject({
      state: 'Finalized',
      result: result(1, { 1: 'finalized', 2: 'failed' }, { at }),
    })
  })

  it('charges an operation that ran out of gas, and shows its last eviction until the verdict', async () => {
    await test.store.commit([accepted(1), opened(1, [1]), settled(1, { 1: 'evicted' })])
    await test.store.commit([opened(2, [1])])
    expect(await test.store.operation(operationId(1))).toMatchObject({
      state: { state: 'batching' },
      status: STATUS.evicted,
      batchId: batchId(2),
    })
    await test.store.commit([settled(2, { 1: 'evicted' })])
    expect((await test.store.recover(START)).queued).toMatchObject([{ id: operationId(1), tries: 2 }])
  })

  it('is not needed to fail an operation', async () => {
    await test.store.commit([accepted(1), failed(1, START + 5)])
    const reason = { type: 'NonceTooHigh', expected: 3 } as const
    expect(await test.store.operation(operationId(1))).toMatchObject({
      state: { state: 'failed', ...describeFailure(reason, null) },
      status: { type: 'Failed', reason, txHash: null },
      batchId: null,
      updatedAt: START + 5,
    })
  })

  it('that has failed ignores later writes about it', async () => {
    await test.store.commit([...SUBMITTED_BATCH, signed(1, 9)])
    const end = { at: START + 50, failure: 'cancelled' }
    await test.store.commit([settled(1, { 1: 'evicted', 2: 'evicted' }, end)])
    const ended = await test.store.batch(batchId(1))
    expect(ended).toMatchObject({
      state: 'Failed',
      result: result(1, { 1: 'evicted', 2: 'evicted' }, end),
    })
    await test.store.commit([
      submitted(1, 1),
      signed(1, 3),
      included(1, inclusion(1, 1)),
      settled(1, { 1: 'finalized', 2: 'finalized' }),
    ])
    expect(await test.store.batch(batchId(1))).toEqual(ended)
  })

  it('lists its attempts in the order of their signatures, and stores an attempt once', async () => {
    await test.store.commit([...SUBMITTED_BATCH, signed(1, 3), signed(1, 2), signed(1, 3), signed(1, 9)])
    expect(await test.store.attempts(batchId(1))).toEqual([1, 3, 2, 9].map((n) => attempt(1, n)))
    expect(await test.store.attempts(batchId(2))).toEqual([])
  })
}
