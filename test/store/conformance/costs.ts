/** What operations and batches have cost. */
import { expect, it } from 'vitest'
import {
  accepted,
  attempt,
  batchId,
  CANCEL,
  costOf,
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

const SHARE = { gasFee: '10000000000000000001', l1Fee: '30', operatorFee: null }

export function describeCosts(open: OpenHarness): void {
  const test = useStore(open)
  const costOfOperation = async (n: number) => (await test.store.operation(operationId(n)))?.cost

  it('are null before a settlement, and without an included transaction', async () => {
    await test.store.commit([...SUBMITTED_BATCH])
    expect(await costOfOperation(1)).toBeNull()
    expect((await test.store.batches(1))[0]?.totalCost).toBeNull()
    await test.store.commit([settled(1, { 1: 'evicted', 2: 'evicted' }, { failure: 'displaced' })])
    expect(await costOfOperation(1)).toBeNull()
    expect(await test.store.spentSince(0)).toBe('0')
  })

  it('are the shares of the operations, whatever the statuses, and the total of the batch', async () => {
    const cost = costOf(1, 2)
    await test.store.commit([...SUBMITTED_BATCH, settled(1, { 1: 'finalized', 2: 'failed' }, { cost })])
    expect([await costOfOperation(1), await costOfOperation(2)]).toEqual([SHARE, SHARE])
    expect((await test.store.batches(1))[0]?.totalCost).toBe('20000000000000000062')
    expect((await test.store.batch(batchId(1)))?.result?.cost).toEqual(cost)
  })

  it('add up for an operation that several transactions carried', async () => {
    await test.store.commit([
      ...SUBMITTED_BATCH,
      settled(1, { 1: 'evicted', 2: 'finalized' }, { cost: costOf(1, 2) }),
      ...[opened(2, [1]), planned(2, [1]), signed(2, 1), submitted(2, 1)],
      settled(2, { 1: 'finalized' }, { cost: costOf(1) }),
    ])
    expect(await costOfOperation(1)).toEqual({
      gasFee: '20000000000000000002',
      l1Fee: '60',
      operatorFee: null,
    })
    expect(await costOfOperation(2)).toEqual(SHARE)
  })

  it('do not change with a second settlement of the batch', async () => {
    const end = settled(1, { 1: 'finalized', 2: 'finalized' }, { cost: costOf(1, 2) })
    await test.store.commit([...SUBMITTED_BATCH, end])
    const other = { ...costOf(1), shares: { [operationId(1)]: { ...SHARE, l1Fee: '31' } } }
    await test.store.commit([settled(1, { 1: 'finalized', 2: 'finalized' }, { cost: other })])
    expect(await costOfOperation(1)).toEqual(SHARE)
    expect(await test.store.spentSince(0)).toBe('20000000000000000062')
  })

  it('end with the revival of the batch, also for an operation that was evicted', async () => {
    const end = settled(1, { 1: 'evicted', 2: 'finalized' }, { cost: costOf(1, 2) })
    await test.store.commit([...SUBMITTED_BATCH, end])
    await test.store.commit([revived(1)])
    expect([await costOfOperation(1), await costOfOperation(2)]).toEqual([null, null])
    expect(await test.store.spentSince(0)).toBe('0')
    expect((await test.store.batches(1))[0]?.totalCost).toBeNull()
  })

  it('of a time are those of the batches settled after it, cancels included', async () => {
    const cancelled = { cost: costOf(3), failure: 'cancelled' }
    await test.store.commit([
      ...SUBMITTED_BATCH,
      ...[accepted(3), opened(2, [3]), planned(2, [3]), signed(2, CANCEL)],
      settled(1, { 1: 'finalized', 2: 'finalized' }, { cost: costOf(1, 2), at: START + 1 }),
      settled(2, { 3: 'evicted' }, { ...cancelled, at: START + 2 }),
    ])
    expect(await test.store.spentSince(START)).toBe('30000000000000000093')
    expect(await test.store.spentSince(START + 1)).toBe('10000000000000000031')
    expect(await test.store.spentSince(START + 2)).toBe('0')
  })

  it('of a rollup are kept with each attempt', async () => {
    await test.store.commit([...SUBMITTED_BATCH])
    expect(await test.store.attempts(batchId(1))).toMatchObject([{ rollupFee: attempt(1, 1).rollupFee }])
  })
}
