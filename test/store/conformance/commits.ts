/** A commit is durable, atomic and in order, and refuses writes that contradict the store. */
import { expect, it } from 'vitest'
import type { StoreWrite } from '../../../src/domain/writes.ts'
import type { RequestStore } from '../../../src/store/port.ts'
import {
  accepted,
  attempt,
  batchId,
  entered,
  envelope,
  failed,
  included,
  inclusion,
  opened,
  operationId,
  plan,
  planned,
  refused,
  revived,
  START,
  SUBMITTED_BATCH,
  settled,
  signed,
  submitted,
  trimmed,
} from '../fixtures.ts'
import { type OpenHarness, useStore } from './harness.ts'

export function describeCommits(open: OpenHarness): void {
  const test = useStore(open)

  it('stores every record unchanged, also after the store is opened again', async () => {
    await test.store.commit([...SUBMITTED_BATCH, accepted(3), included(1, inclusion(1, 1))])
    const before = await readAll(test.store)
    expect(before.operations.map((record) => record?.envelope)).toEqual([1, 2, 3].map(envelope))
    expect(before.batches).toEqual([
      {
        id: batchId(1),
        state: 'Submitted',
        operations: [operationId(1), operationId(2)],
        gasBudget: 9_000_000,
        plans: [plan([1, 2])],
        createdAt: START + 10,
        simulationCompletedAt: START + 20,
        submittedAt: START + 30,
        inclusion: inclusion(1, 1),
        includedAt: START,
        finality: null,
        result: null,
      },
      null,
    ])
    expect(before.listed).toEqual([
      {
        id: batchId(1),
        state: 'Submitted',
        operationCount: 2,
        gasBudget: 9_000_000,
        gasLimit: 8_000_000,
        gasUsed: null,
        totalCost: null,
        createdAt: START + 10,
        simulationCompletedAt: START + 20,
        submittedAt: START + 30,
        inclusion: inclusion(1, 1),
        includedAt: START,
        finality: null,
        finalizedAt: null,
        totalDuration: null,
        resubmissionCount: null,
        outcomes: null,
        failure: null,
      },
    ])
    expect(before.attempts).toEqual([attempt(1, 1)])

    await test.reopen()
    expect(await readAll(test.store)).toEqual(before)
  })

  it('applies all of its writes or none', async () => {
    await test.store.commit([accepted(1)])
    const poisoned = [accepted(2), opened(1, [1, 2]), accepted(1), accepted(3)]
    await expect(test.store.commit(poisoned)).rejects.toThrow()
    expect(await test.states(1, 2, 3)).toEqual(['queued', null, null])
    expect(await test.store.batch(batchId(1))).toBeNull()
    expect((await test.store.recover(START)).nextSequence).toBe(2)

    await test.store.commit([accepted(2)])
    expect(await test.states(2)).toEqual(['queued'])
  })

  it('applies its writes in their order', async () => {
    await test.store.commit([
      ...SUBMITTED_BATCH,
      settled(1, { 1: 'finalized', 2: 'evicted' }),
      opened(2, [2]),
    ])
    expect(await test.states(1, 2)).toEqual(['finalized', 'batching'])
    await expect(test.store.commit([opened(3, [3]), accepted(3)])).rejects.toThrow()
  })

  it('may be empty', async () => {
    expect(await test.store.commit([])).toEqual([])
  })

  it.each<[string, readonly StoreWrite[]]>([
    ['an operation whose id is stored already', [accepted(1)]],
    ['an unknown operation', [failed(9)]],
    ['an unknown operation in a batch', [opened(2, [1, 9])]],
    ['a batch whose id is stored already', [opened(1, [])]],
    ['a plan of an unknown batch', [planned(9, [1])]],
    ['a trim of an unknown batch', [trimmed(9, {})]],
    ['a signed transaction of an unknown batch', [signed(9, 1)]],
    ['a broadcast of an attempt that was not signed', [submitted(1, 2)]],
    [
      'a broadcast of an attempt that was signed for another batch',
      [opened(2, []), signed(2, 1), submitted(1, 101)],
    ],
    ['a broadcast of a batch without a plan', [opened(2, []), signed(2, 1), submitted(2, 1)]],
    ['a state of an unknown batch', [entered(9, 'Submitted')]],
    ['a refusal of an attempt that was not signed', [refused(1, 2)]],
    ['an inclusion of an unknown batch', [included(9, null)]],
    ['a settlement of an unknown batch', [settled(9, {})]],
    ['a broadcast of an unsigned cancel, for a batch that only cancels', [opened(2, []), submitted(2, 9)]],
    ['a revival of an unknown batch', [revived(9)]],
    ['a revival of a batch that was never signed', [opened(2, []), settled(2, {}), revived(2)]],
    [
      'a revival of operations that no signed transaction carried',
      [
        accepted(3),
        opened(2, [3]),
        planned(2, [3]),
        signed(2, 9),
        settled(2, { 3: 'finalized' }),
        revived(2),
      ],
    ],
    ['a settlement without a status for one of the operations', [settled(1, { 1: 'finalized' })]],
  ])('is refused as a whole when it contains %s', async (_, writes) => {
    await test.store.commit(SUBMITTED_BATCH)
    const before = await readAll(test.store)
    await expect(test.store.commit(writes)).rejects.toThrow()
    expect(await readAll(test.store)).toEqual(before)
  })
}

async function readAll(store: RequestStore) {
  return {
    operations: await Promise.all([1, 2, 3].map((n) => store.operation(operationId(n)))),
    batches: await Promise.all([1, 2].map((n) => store.batch(batchId(n)))),
    listed: await store.batches(10),
    attempts: await store.attempts(batchId(1)),
  }
}
