/** The work that a start resumes. */
import { expect, it } from 'vitest'
import type { Inclusion } from '../../../src/domain/batch.ts'
import type { QueuedOperation } from '../../../src/domain/operation.ts'
import type { StoreWrite } from '../../../src/domain/writes.ts'
import {
  accepted,
  attempt,
  batchId,
  envelope,
  failed,
  finalityChanged,
  finalityOf,
  included,
  inclusion,
  opened,
  operationId,
  planned,
  revived,
  START,
  SUBMITTED_BATCH,
  settled,
  signed,
  submitted,
} from '../fixtures.ts'
import { type OpenHarness, useStore } from './harness.ts'

const LATER = START + 1_000

export function describeRecovery(open: OpenHarness): void {
  const test = useStore(open)

  /** Opens the store again and recovers, as a new process does. */
  const recover = async () => {
    await test.reopen()
    return test.store.recover(LATER)
  }

  it('returns no work for an empty store', async () => {
    expect(await recover()).toEqual({
      queued: [],
      batches: [],
      climbing: [],
      nextSequence: 1,
      newestAttempts: [],
    })
  })

  it('returns queued operations in order of admission, without their payloads', async () => {
    await test.store.commit([accepted(3), accepted(1), accepted(7)])
    await test.store.commit([accepted(2), failed(2)])
    expect(await recover()).toEqual({
      queued: [1, 3, 7].map(queued),
      batches: [],
      climbing: [],
      nextSequence: 8,
      newestAttempts: [],
    })
  })

  it('returns the batches with a level of finality and without the last one, settled or not', async () => {
    const climbing = (batch: number, isSettled: boolean, where: Inclusion | null) => ({
      batchId: batchId(batch),
      finality: finalityOf(batch, 1, where === null ? 'preconfirmed' : 'included'),
      inclusion: where,
      isSettled,
    })
    await test.store.commit([
      ...[1, 2, 3, 4].flatMap((n) => [
        accepted(n),
        opened(n, [n]),
        planned(n, [n]),
        signed(n, 1),
        submitted(n, 1),
      ]),
      finalityChanged(1, finalityOf(1, 1, 'preconfirmed')),
      ...[2, 3, 4].map((n) => included(n, inclusion(n, 1))),
      finalityChanged(2, finalityOf(2, 1, 'included')),
      settled(2, { 2: 'finalized' }, { where: inclusion(2, 1) }),
      finalityChanged(3, finalityOf(3, 1, 'included', 'finalized')),
      finalityChanged(4, finalityOf(4, 1, 'included')),
      finalityChanged(4, null),
      finalityChanged(9, finalityOf(9, 1, 'included')),
    ])
    const { climbing: found } = await recover()
    expect(found).toEqual([climbing(1, false, null), climbing(2, true, inclusion(2, 1))])
    expect(await test.store.batch(batchId(2))).toMatchObject({ finality: finalityOf(2, 1, 'included') })
    expect((await test.store.batches(4)).map(({ finality }) => finality?.txHash ?? null)).toEqual([
      null,
      ...[3, 2, 1].map((n) => finalityOf(n, 1).txHash),
    ])
  })

  it('forgets the finality of a revived batch', async () => {
    await test.store.commit([
      ...SUBMITTED_BATCH,
      included(1, inclusion(1, 1)),
      finalityChanged(1, finalityOf(1, 1, 'included', 'confirmed')),
      settled(1, { 1: 'finalized', 2: 'finalized' }, { where: inclusion(1, 1) }),
      revived(1),
    ])
    expect((await recover()).climbing).toEqual([])
    expect(await test.store.batch(batchId(1))).toMatchObject({ finality: null })
  })

  it.each<[string, readonly StoreWrite[]]>([
    ['simulated', []],
    ['planned', [planned(1, [2])]],
  ])('dissolves a batch that was only %s', async (_, writes) => {
    await test.store.commit([accepted(1), accepted(2), accepted(3), opened(1, [2, 3]), ...writes])
    expect(await recover()).toEqual({
      queued: [1, 2, 3].map(queued),
      batches: [],
      climbing: [],
      nextSequence: 4,
      newestAttempts: [],
    })
    expect(await test.store.batch(batchId(1))).toMatchObject({
      state: 'Failed',
      result: {
        txHash: null,
        statuses: {},
        failure: expect.any(String),
        timing: { finalizedAt: LATER, totalDuration: LATER - START },
      },
    })
    expect(await test.store.operation(operationId(2))).toMatchObject({
      state: { state: 'queued' },
      batchId: batchId(1),
      status: null,
      updatedAt: LATER,
    })
  })

  it.each<[string, readonly StoreWrite[]]>([
    ['signed', []],
    ['broadcast', [submitted(1, 1)]],
    ['broadcast again', [submitted(1, 1), signed(1, 2), submitted(1, 2)]],
    ['included', [submitted(1, 1), included(1, inclusion(1, 1))]],
    ['orphaned', [submitted(1, 1), included(1, inclusion(1, 1)), included(1, null)]],
  ])('resumes a batch that was %s', async (_, writes) => {
    await test.store.commit([
      accepted(1),
      accepted(2),
      opened(1, [1, 2]),
      planned(1, [2, 1]),
      signed(1, 1),
      ...writes,
    ])
    const before = {
      record: await test.store.batch(batchId(1)),
      attempts: await test.store.attempts(batchId(1)),
    }
    const states = await test.states(1, 2)
    expect(await recover()).toEqual({
      queued: [],
      batches: [{ ...before, operations: [queued(2), queued(1)] }],
      climbing: [],
      nextSequence: 3,
      newestAttempts: before.attempts.map(({ nonce, raw }) => ({ nonce, raw })).reverse(),
    })
    expect(await test.states(1, 2)).toEqual(states)
  })

  it('returns the newest attempts, also of settled batches', async () => {
    await test.store.commit([
      accepted(1),
      accepted(2),
      opened(1, [1]),
      planned(1, [1]),
      signed(1, 1),
      signed(1, 2),
    ])
    await test.store.commit([submitted(1, 2), included(1, inclusion(1, 2)), settled(1, { 1: 'finalized' })])
    await test.store.commit([opened(2, [2]), planned(2, [2]), signed(2, 3)])
    const attempts = [...(await test.store.attempts(batchId(1))), ...(await test.store.attempts(batchId(2)))]
    const { newestAttempts } = await recover()
    expect(newestAttempts).toEqual(attempts.map(({ nonce, raw }) => ({ nonce, raw })).reverse())
  })

  it('queues the operations that the plan of a signed batch left out', async () => {
    await test.store.commit([accepted(1), accepted(2), accepted(3), opened(1, [1, 2, 3])])
    await test.store.commit([planned(1, [2]), signed(1, 1), submitted(1, 1)])
    const recovered = await recover()
    expect(recovered.queued).toEqual([queued(1), queued(3)])
    expect(recovered.batches.map(({ operations }) => operations)).toEqual([[queued(2)]])

    // The settlement of the batch does not move operations that have left.
    await test.store.commit([opened(2, [3])])
    await test.store.commit([settled(1, { 1: 'evicted', 2: 'finalized', 3: 'evicted' })])
    expect(await test.states(1, 2, 3)).toEqual(['queued', 'finalized', 'batching'])
  })

  it('resumes batches in the order of their opening, without settled batches', async () => {
    await test.store.commit([...SUBMITTED_BATCH, settled(1, { 1: 'finalized', 2: 'evicted' })])
    await test.store.commit([accepted(3), accepted(4), opened(9, [3]), opened(8, [4]), opened(7, [2])])
    await test.store.commit([planned(8, [4]), signed(8, 1), planned(9, [3]), signed(9, 2), signed(9, 1)])
    const { queued: waiting, batches } = await recover()
    expect(waiting).toEqual([{ ...queued(2), tries: 1 }])
    expect(batches.map(({ record, attempts }) => [record.id, attempts])).toEqual([
      [batchId(9), [attempt(9, 2), attempt(9, 1)]],
      [batchId(8), [attempt(8, 1)]],
    ])
  })

  it('returns the same when it is repeated', async () => {
    await test.store.commit([...SUBMITTED_BATCH, accepted(3), opened(2, [3])])
    const first = await recover()
    expect(await recover()).toEqual(first)
  })
}

/** Operation `n` without its payload. */
function queued(n: number): QueuedOperation {
  const { operation: _operation, signer: _signer, ...rest } = envelope(n)
  return rest
}
