/** Settlements in blocks: listing and undoing settlements after a reorg. */
import { expect, it } from 'vitest'
import type { BatchId } from '../../../src/domain/batch.ts'
import {
  accepted,
  attemptHash,
  batchId,
  CANCEL,
  envelope,
  failed,
  included,
  inclusion,
  opened,
  operationId,
  planned,
  result,
  revived,
  START,
  type Statuses,
  SUBMITTED_BATCH,
  settled,
  signed,
  submitted,
  trimmed,
} from '../fixtures.ts'
import { type OpenHarness, useStore } from './harness.ts'

/** `SUBMITTED_BATCH`, and a settlement by the second attempt in block 7. */
function settledInBlock(statuses: Statuses) {
  const where = inclusion(1, 2)
  return [...SUBMITTED_BATCH, signed(1, 2), included(1, where), settled(1, statuses, { where })]
}

export function describeRevival(open: OpenHarness): void {
  const test = useStore(open)

  /** The batches settled in the block or later, each with the numbers of the operations. */
  const settledSince = async (blockNumber: number): Promise<readonly (readonly [BatchId, number[]])[]> => {
    const found = await test.store.settledSince(blockNumber)
    return found.batches.map((each) => [each.batchId, each.operations.map(({ sequence }) => sequence)])
  }

  it('is Submitted again, with the operations that its settlement finalized or failed', async () => {
    await test.store.commit(settledInBlock({ 1: 'finalized', 2: 'failed' }))
    expect(await test.states(1, 2)).toEqual(['finalized', 'failed'])
    expect(await test.store.commit([revived(1, START + 99)])).toEqual([])
    const state = { state: 'submitted', txHash: attemptHash(1, 2) }
    for (const n of [1, 2]) {
      expect(await test.store.operation(operationId(n))).toEqual({
        envelope: envelope(n),
        cost: null,
        state,
        batchId: batchId(1),
        status: null,
        updatedAt: START + 99,
      })
      expect(await test.store.status(operationId(n))).toEqual({ kind: envelope(n).kind, state })
    }
    expect(await test.store.batch(batchId(1))).toMatchObject({
      state: 'Pending',
      createdAt: START + 10,
      simulationCompletedAt: START + 20,
      submittedAt: START + 30,
      inclusion: null,
      result: null,
    })
    expect(await settledSince(0)).toEqual([])
  })

  it('continues as any other batch, to another settlement', async () => {
    await test.store.commit([...settledInBlock({ 1: 'finalized', 2: 'failed' }), revived(1), signed(1, 3)])
    await test.reopen()
    const { batches, queued } = await test.store.recover(START)
    expect(queued).toEqual([])
    expect(batches.map(({ operations }) => operations.map(({ id }) => id))).toEqual([[1, 2].map(operationId)])
    const where = inclusion(1, 3, 8)
    const end = settled(1, { 1: 'failed', 2: 'evicted' }, { where })
    expect(await test.store.commit([submitted(1, 3), included(1, where), end])).toEqual([])
    expect(await test.states(1, 2)).toEqual(['failed', 'queued'])
    expect(await settledSince(8)).toEqual([[batchId(1), [1]]])
    expect(await test.store.commit([revived(1)])).toEqual([])
    expect(await test.states(1, 2)).toEqual(['submitted', 'queued'])
  })

  it('does not take back an operation that its settlement evicted', async () => {
    await test.store.commit([accepted(3), ...settledInBlock({ 1: 'finalized', 2: 'evicted' })])
    await test.store.commit([opened(2, [2, 3])])
    expect(await settledSince(7)).toEqual([[batchId(1), [1]]])
    expect(await test.store.commit([revived(1)])).toEqual([])
    expect(await test.store.operation(operationId(2))).toMatchObject({
      state: { state: 'batching' },
      batchId: batchId(2),
      envelope: { tries: 1 },
    })
    // The transaction of batch 1 still carries operation 2. Operation 2 must not be in two batches.
    await test.reopen()
    const { batches, queued } = await test.store.recover(START)
    expect(batches.map(({ operations }) => operations.map(({ sequence }) => sequence))).toEqual([[1]])
    expect(queued.map(({ sequence }) => sequence)).toEqual([2, 3])
  })

  it('does not take back an operation that failed earlier or that the plan left out', async () => {
    const where = inclusion(1, 1)
    await test.store.commit([1, 2, 3, 4].map(accepted))
    await test.store.commit([opened(1, [1, 2, 3, 4]), trimmed(1, { 1: 'failed' }), planned(1, [4, 2, 3])])
    await test.store.commit([signed(1, 1), submitted(1, 1), failed(2), included(1, where)])
    const end = settled(1, { 1: 'failed', 3: 'finalized', 4: 'finalized' }, { where })
    await test.store.commit([end])
    const operations = await settledSince(0)
    expect(operations).toEqual([[batchId(1), [4, 3]]])
    await test.store.commit([trimmed(1, { 3: 'failed' }), revived(1)])
    expect(await test.states(1, 2, 3, 4)).toEqual(['failed', 'failed', 'submitted', 'submitted'])
    // The trim came after the settlement and was ignored. It must not count after the revival.
    await test.store.commit([included(1, where), end])
    expect(await test.states(3, 4)).toEqual(['finalized', 'finalized'])
  })

  it('must be settled: any other batch does not change', async () => {
    await test.store.commit([...SUBMITTED_BATCH, included(1, inclusion(1, 1))])
    const before = await test.store.batch(batchId(1))
    expect(await test.store.commit([revived(1, START + 99)])).toEqual([])
    expect(await test.store.batch(batchId(1))).toEqual(before)
    expect(await test.store.operation(operationId(1))).toMatchObject({ updatedAt: START + 30 })
  })

  it('has no operations when its cancel was included', async () => {
    const where = inclusion(1, CANCEL)
    await test.store.commit([...SUBMITTED_BATCH, signed(1, CANCEL), submitted(1, CANCEL), included(1, where)])
    const end = { where, failure: 'cancelled' }
    await test.store.commit([settled(1, { 1: 'evicted', 2: 'evicted' }, end)])
    expect(await test.store.batch(batchId(1))).toMatchObject({
      state: 'Failed',
      inclusion: where,
      result: result(1, { 1: 'evicted', 2: 'evicted' }, end),
    })
    expect(await test.store.settledSince(7)).toEqual({
      batches: [{ batchId: batchId(1), inclusion: where, operations: [] }],
      operations: [],
    })
    await test.store.commit([revived(1)])
    expect(await test.store.batch(batchId(1))).toMatchObject({ state: 'Pending', result: null })
    expect(await test.states(1, 2)).toEqual(['queued', 'queued'])
  })

  it('is listed before, from a block on, in the order of opening', async () => {
    for (const [batch, block] of [
      [3, 9],
      [1, 7],
      [2, 8],
    ] as const) {
      const where = inclusion(batch, 1, block)
      await test.store.commit([accepted(batch), opened(batch, [batch]), planned(batch, [batch])])
      await test.store.commit([signed(batch, 1), submitted(batch, 1), included(batch, where)])
      if (batch !== 2) await test.store.commit([settled(batch, { [batch]: 'finalized' }, { where })])
    }
    const listed = async (blockNumber: number) => (await settledSince(blockNumber)).map(([id]) => id)
    expect(await listed(0)).toEqual([3, 1].map(batchId))
    expect(await listed(7)).toEqual([3, 1].map(batchId))
    expect(await listed(8)).toEqual([batchId(3)])
    expect(await listed(10)).toEqual([])
    expect((await test.store.settledSince(9)).batches).toMatchObject([{ inclusion: inclusion(3, 1, 9) }])
  })

  it.each([
    ['another transaction', inclusion(1, 2)],
    ['another block', inclusion(1, 1, 8)],
    ['no transaction', undefined],
  ])('is not possible without an inclusion: the settlement with %s removes it', async (_, where) => {
    const failure = where === undefined ? 'its nonce is taken' : null
    const end = where === undefined ? { failure } : { where }
    await test.store.commit([...SUBMITTED_BATCH, included(1, inclusion(1, 1))])
    await test.store.commit([settled(1, { 1: 'finalized', 2: 'finalized' }, end)])
    expect(await test.store.batch(batchId(1))).toMatchObject({ inclusion: null })
    expect(await settledSince(0)).toEqual([])
  })

  it('has no operations that were pruned', async () => {
    await test.store.commit(settledInBlock({ 1: 'finalized', 2: 'evicted' }))
    await test.store.commit([{ type: 'pruned', before: START * 2 }])
    expect(await settledSince(0)).toEqual([[batchId(1), []]])
    await test.store.commit([revived(1)])
    expect(await test.states(1, 2)).toEqual([null, 'queued'])
  })
}

export function describeCancels(open: OpenHarness): void {
  const test = useStore(open)

  it('is not shown as the transaction of an operation', async () => {
    await test.store.commit([...SUBMITTED_BATCH, signed(1, CANCEL)])
    expect(await test.store.commit([submitted(1, CANCEL, START + 99)])).toEqual([])
    expect((await test.store.batch(batchId(1)))?.state).toBe('Submitted')
    expect(await test.store.operation(operationId(1))).toMatchObject({
      state: { state: 'submitted', txHash: attemptHash(1, 1) },
      updatedAt: START + 30,
    })
  })

  it('is not the hash of a revived operation: the newest attempt that carries it is', async () => {
    const where = inclusion(1, 1)
    await test.store.commit([...SUBMITTED_BATCH, signed(1, 3), signed(1, 2), signed(1, CANCEL)])
    const end = settled(1, { 1: 'finalized', 2: 'finalized' }, { where })
    await test.store.commit([included(1, where), end, revived(1)])
    expect((await test.store.operation(operationId(2)))?.state).toEqual({
      state: 'submitted',
      txHash: attemptHash(1, 2),
    })
  })

  it('does not move operations when only the cancel was broadcast', async () => {
    await test.store.commit([accepted(1), opened(1, [1]), planned(1, [1]), signed(1, 1), signed(1, CANCEL)])
    expect(await test.store.commit([submitted(1, CANCEL)])).toEqual([])
    expect(await test.states(1)).toEqual(['batching'])
    await test.reopen()
    const { batches } = await test.store.recover(START)
    expect(batches.map(({ operations }) => operations.map(({ sequence }) => sequence))).toEqual([[1]])
  })

  it('may be the only purpose of a batch, which is resumed, settled and revived as any other', async () => {
    const where = inclusion(1, CANCEL)
    await test.store.commit([opened(1, []), signed(1, CANCEL)])
    const recovered = async () => {
      await test.reopen()
      return (await test.store.recover(START)).batches
    }
    const resumable = (state: string, submittedAt: number | null) => [
      {
        record: { id: batchId(1), state, operations: [], plans: [], submittedAt, result: null },
        operations: [],
        attempts: [{ hash: attemptHash(1, CANCEL), purpose: 'cancel' }],
      },
    ]
    expect(await recovered()).toMatchObject(resumable('Pending', null))
    expect(await test.store.commit([submitted(1, CANCEL, START + 30)])).toEqual([])
    expect(await recovered()).toMatchObject(resumable('Pending', START + 30))

    await test.store.commit([included(1, where), settled(1, {}, { where, failure: 'filled a gap' })])
    expect(await recovered()).toEqual([])
    expect(await test.store.settledSince(7)).toEqual({
      batches: [{ batchId: batchId(1), inclusion: where, operations: [] }],
      operations: [],
    })
    await test.store.commit([revived(1)])
    expect(await recovered()).toMatchObject(resumable('Pending', START + 30))
  })
}
