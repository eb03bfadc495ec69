/** Verdicts at simulation: listing and undoing verdicts after a reorg. */
import { expect, it } from 'vitest'
import {
  accepted,
  block,
  opened,
  operationId,
  operationRevived,
  planned,
  START,
  settled,
  signed,
  submitted,
  trimmed,
} from '../fixtures.ts'
import { type OpenHarness, useStore } from './harness.ts'

export function describeOperationRevival(open: OpenHarness): void {
  const test = useStore(open)

  /** Simulation finalizes operation 1 on block 7 and fails operation 2 on block 9; operation 3 stays in the batch. */
  const simulated = [
    ...[1, 2, 3].map(accepted),
    opened(1, [1, 2, 3]),
    trimmed(1, { 1: 'finalized' }, START, 7),
    trimmed(1, { 2: 'failed' }, START, 9),
    planned(1, [3]),
  ]

  const settledSince = async (blockNumber: number) => {
    const { operations } = await test.store.settledSince(blockNumber)
    return operations.map(({ operation, evidenceBlock }) => [operation.sequence, evidenceBlock] as const)
  }

  it('is listed before with its evidence block, also after a restart', async () => {
    await test.store.commit(simulated)
    await test.reopen()
    expect(await settledSince(7)).toEqual([
      [1, block(7)],
      [2, block(9)],
    ])
    expect(await settledSince(8)).toEqual([[2, block(9)]])
    expect(await settledSince(10)).toEqual([])
  })

  it('is queued again without its status', async () => {
    await test.store.commit(simulated)
    expect(await test.store.commit([operationRevived(2, START + 99)])).toEqual([])
    expect(await test.states(1, 2, 3)).toEqual(['finalized', 'queued', 'batching'])
    expect(await test.store.operation(operationId(2))).toMatchObject({ status: null, updatedAt: START + 99 })
    expect(await settledSince(0)).toEqual([[1, block(7)]])
    await test.reopen()
    const { queued } = await test.store.recover(START)
    expect(queued.map(({ sequence }) => sequence)).toEqual([2, 3])
  })

  it('may join another batch, and its first batch no longer moves it', async () => {
    await test.store.commit([...simulated, operationRevived(2), opened(2, [2])])
    await test.store.commit([signed(1, 1), submitted(1, 1), settled(1, { 2: 'failed', 3: 'finalized' })])
    expect(await test.states(2, 3)).toEqual(['batching', 'finalized'])
    await test.store.commit([trimmed(2, { 2: 'failed' }, START, 11)])
    expect(await settledSince(0)).toEqual([
      [1, block(7)],
      [2, block(11)],
    ])
  })

  it('needs a verdict with an evidence block: any other operation does not change', async () => {
    await test.store.commit([...simulated, operationRevived(3), operationRevived(9)])
    expect(await test.states(3)).toEqual(['batching'])
    await test.store.commit([signed(1, 1), submitted(1, 1), settled(1, { 3: 'failed' }), operationRevived(3)])
    expect(await test.states(3)).toEqual(['failed'])
  })
}
