/** Reading operations and batches, and pruning them. */
import { expect, it } from 'vitest'
import { type PlannedCall, summarize } from '../../../src/domain/batch.ts'
import type { Hex } from '../../../src/domain/primitives.ts'
import { describeFailure, type GatewayRequestState } from '../../../src/domain/status.ts'
import { StoreIdentityError } from '../../../src/store/port.ts'
import {
  accepted,
  address,
  attempt,
  attemptHash,
  batchId,
  envelope,
  failed,
  hash,
  IDENTITY,
  included,
  inclusion,
  opened,
  operationId,
  planned,
  START,
  STATUS,
  SUBMITTED_BATCH,
  settled,
  signed,
} from '../fixtures.ts'
import { type OpenHarness, useStore } from './harness.ts'

export function describeReading(open: OpenHarness): void {
  const test = useStore(open)

  it('returns envelopes in the order of the ids, without unknown ids', async () => {
    await test.store.commit([accepted(1), accepted(2), accepted(3)])
    const asked = [3, 9, 1, 2, 1].map(operationId)
    expect(await test.store.envelopes(asked)).toEqual([3, 1, 2, 1].map(envelope))
    expect(await test.store.envelopes([])).toEqual([])
  })

  it('returns a thousand envelopes at once', async () => {
    const numbers = Array.from({ length: 1_000 }, (_, index) => index + 1)
    await test.store.commit(numbers.map(accepted))
    const backwards = numbers.toReversed()
    expect(await test.store.envelopes(backwards.map(operationId))).toEqual(backwards.map(envelope))
  })

  it('returns the status of an operation in every state', async () => {
    await test.store.commit([...SUBMITTED_BATCH, accepted(3), accepted(4), accepted(5), accepted(6)])
    await test.store.commit([opened(2, [3, 4, 5]), settled(2, { 3: 'finalized', 4: 'failed', 5: 'evicted' })])
    await test.store.commit([opened(3, [6])])
    const { reason, txHash } = STATUS.failed
    const states: readonly (readonly [number, GatewayRequestState])[] = [
      [1, { state: 'submitted', txHash: attemptHash(1, 1) }],
      [3, { state: 'finalized', txHash: STATUS.finalized.txHash }],
      [4, { state: 'failed', ...describeFailure(reason, txHash) }],
      [5, { state: 'queued' }],
      [6, { state: 'batching' }],
    ]
    for (const [n, state] of states) {
      expect(await test.store.status(operationId(n))).toEqual({ kind: envelope(n).kind, state })
      expect((await test.store.operation(operationId(n)))?.state).toEqual(state)
    }
    expect(await test.store.status(operationId(9))).toBeNull()
  })

  it('returns null for an unknown id', async () => {
    expect(await test.store.operation(operationId(1))).toBeNull()
    expect(await test.store.batch(batchId(1))).toBeNull()
    await test.store.ping()
  })

  it('returns batches in pages, newest first', async () => {
    await test.store.commit([5, 3, 4, 1, 2].map((n) => opened(n, [])))
    const page = async (limit: number, before?: number) => {
      const records = await test.store.batches(limit, before === undefined ? undefined : batchId(before))
      return records.map(({ id }) => id)
    }
    expect(await page(2)).toEqual([2, 1].map(batchId))
    expect(await page(2, 1)).toEqual([4, 3].map(batchId))
    expect(await page(2, 3)).toEqual([5].map(batchId))
    expect(await page(2, 5)).toEqual([])
    expect(await page(2, 99)).toEqual([])
    expect(await page(0)).toEqual([])
  })

  it('summarizes a batch as its record does', async () => {
    const where = inclusion(1, 1)
    await test.store.commit([...SUBMITTED_BATCH, included(1, where), opened(2, [])])
    await test.store.commit([settled(1, { 1: 'finalized', 2: 'failed' }, { where, at: START + 50 })])
    await test.store.commit([settled(2, {}, { failure: 'nothing to send' }), opened(3, [])])
    const records = await Promise.all([3, 2, 1].map((n) => test.store.batch(batchId(n))))
    const listed = await test.store.batches(10)
    expect(listed).toEqual(records.map((record) => record && summarize(record)))
    expect(listed).toMatchObject([
      { state: 'Pending', gasUsed: null, finalizedAt: null, failure: null },
      { state: 'Failed', failure: 'nothing to send' },
      { gasLimit: 8_000_000, gasUsed: 180_000, inclusion: where, totalDuration: 50, resubmissionCount: 0 },
    ])
  })

  it('returns a plan of the largest possible transaction byte for byte', async () => {
    const callData = (byte: string, bytes: number): Hex => `0x${byte.repeat(bytes)}`
    const call = (data: Hex, n: number): PlannedCall => ({
      target: address(n),
      callData: data,
      operations: [operationId(n)],
      gas: n,
    })
    const calls = [
      call(callData('00', 40_000), 1),
      call(callData('00', 40_000), 2),
      call('0x', 3),
      call(callData('ab', 40_000), 4),
      call(callData('cd', 10), 5),
    ]
    // The last call is not part of the batch's calldata: a store must not rely on that.
    const plan = {
      calls,
      callData: `0x82ad56cb${calls
        .slice(0, 4)
        .map((each) => each.callData.slice(2))
        .join('')}` as const,
      gasLimit: 2 ** 24,
    }
    await test.store.commit([opened(1, []), { type: 'batch.planned', batchId: batchId(1), plan, at: START }])
    expect((await test.store.batch(batchId(1)))?.plans).toEqual([plan])
  })

  it('is bound to one registry on one chain', async () => {
    await test.store.bind(IDENTITY)
    await test.store.bind(IDENTITY)
    await test.reopen()
    await test.store.bind({ ...IDENTITY, registryAddress: '0x0000000000000000000000000000000000000ABC' })
    for (const other of [{ chainId: 1 }, { registryAddress: address(1) }, { genesisHash: hash(1) }]) {
      await expect(test.store.bind({ ...IDENTITY, ...other })).rejects.toThrow(StoreIdentityError)
    }
    await test.store.bind(IDENTITY)
  })
}

export function describePruning(open: OpenHarness): void {
  const test = useStore(open)
  const prune = (before: number) => test.store.commit([{ type: 'pruned', before }])
  const DAY = START + 86_400_000

  it('deletes operations settled before the time, and a batch with its last operation', async () => {
    await test.store.commit([...SUBMITTED_BATCH, accepted(3), failed(3, START + 1)])
    await test.store.commit([settled(1, { 1: 'finalized', 2: 'failed' }, { at: START + 2 })])
    await prune(START + 2)
    expect(await test.states(1, 2, 3)).toEqual(['finalized', 'failed', null])
    expect(await test.store.batch(batchId(1))).not.toBeNull()

    await prune(START + 3)
    expect(await test.states(1, 2, 3)).toEqual([null, null, null])
    expect(await test.store.batch(batchId(1))).toBeNull()
    expect(await test.store.attempts(batchId(1))).toEqual([])
    expect(await test.store.envelopes([operationId(1)])).toEqual([])
  })

  it('keeps operations and batches that are not settled, at any age', async () => {
    await test.store.commit([
      ...SUBMITTED_BATCH,
      accepted(3),
      accepted(4),
      opened(2, [4]),
      planned(2, [4]),
      signed(2, 1),
    ])
    await prune(DAY)
    expect(await test.states(1, 2, 3, 4)).toEqual(['submitted', 'submitted', 'queued', 'batching'])
    expect(await test.store.batches(10)).toHaveLength(2)
    expect(await test.store.attempts(batchId(2))).toEqual([attempt(2, 1)])
  })

  it('keeps a batch while it is the last batch of an operation', async () => {
    await test.store.commit([...SUBMITTED_BATCH, settled(1, { 1: 'finalized', 2: 'evicted' })])
    await prune(DAY)
    expect(await test.states(1, 2)).toEqual([null, 'queued'])
    expect((await test.store.operation(operationId(2)))?.batchId).toBe(batchId(1))
    expect(await test.store.batch(batchId(1))).not.toBeNull()

    await test.store.commit([opened(2, [2]), settled(2, { 2: 'finalized' }, { at: DAY })])
    await prune(DAY)
    expect(await test.store.batch(batchId(1))).toBeNull()
    expect(await test.store.batch(batchId(2))).not.toBeNull()
  })

  it('keeps a failed operation until its batch is settled', async () => {
    await test.store.commit([...SUBMITTED_BATCH, failed(1)])
    await prune(DAY)
    expect(await test.states(1, 2)).toEqual(['failed', 'submitted'])
    await test.store.commit([settled(1, { 1: 'evicted', 2: 'finalized' })])
    await prune(DAY)
    expect(await test.states(1, 2)).toEqual([null, null])
  })

  it('never makes a sequence number free again', async () => {
    await test.store.commit([accepted(1), accepted(8), failed(8)])
    await prune(DAY)
    await test.reopen()
    expect((await test.store.recover(DAY)).nextSequence).toBe(9)
  })
}
