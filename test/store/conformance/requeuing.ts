/** Ends at simulation: which a reorg would undo, and undoing them. */
import { expect, it } from 'vitest'
import {
  accepted,
  block,
  dropped,
  opened,
  operationId,
  planned,
  requeued,
  START,
  settled,
  signed,
  submitted,
} from '../fixtures.ts'
import { type OpenHarness, useStore } from './harness.ts'

export function describeRequeuing(open: OpenHarness): void {
  const test = useStore(open)

  /** Operation 1 finalized and operation 2 failed by what blocks 7 and 9 say; 3 goes on. */
  const ended = [
    ...[1, 2, 3].map(accepted),
    opened(1, [1, 2, 3]),
    dropped(1, { 1: 'finalized' }, START, 7),
    dropped(1, { 2: 'failed' }, START, 9),
    planned(1, [3]),
  ]

  const standing = async (blockNumber: number) => {
    const { operations } = await test.store.settledSince(blockNumber)
    return operations.map(({ operation, evidenceBlock }) => [operation.sequence, evidenceBlock] as const)
  }

  it('lists what ended at simulation, with the block that this stands on, over a restart', async () => {
    await test.store.commit(ended)
    await test.reopen()
    expect(await standing(7)).toEqual([
      [1, block(7)],
      [2, block(9)],
    ])
    expect(await standing(8)).toEqual([[2, block(9)]])
    expect(await standing(10)).toEqual([])
  })

  it('queues it again, as it was', async () => {
    await test.store.commit(ended)
    expect(await test.store.commit([requeued(2, START + 99)])).toEqual([])
    expect(await test.states(1, 2, 3)).toEqual(['finalized', 'queued', 'batching'])
    expect(await test.store.operation(operationId(2))).toMatchObject({ status: null, updatedAt: START + 99 })
    expect(await standing(0)).toEqual([[1, block(7)]])
    await test.reopen()
    const { queued } = await test.store.recover(START)
    expect(queued.map(({ sequence }) => sequence)).toEqual([2, 3])
  })

  it('lets it ride in another batch, whatever its first one comes to', async () => {
    await test.store.commit([...ended, requeued(2), opened(2, [2])])
    await test.store.commit([signed(1, 1), submitted(1, 1), settled(1, { 2: 'failed', 3: 'finalized' })])
    expect(await test.states(2, 3)).toEqual(['batching', 'finalized'])
    await test.store.commit([dropped(2, { 2: 'failed' }, START, 11)])
    expect(await standing(0)).toEqual([
      [1, block(7)],
      [2, block(11)],
    ])
  })

  it('leaves alone whatever else it is asked for', async () => {
    await test.store.commit([...ended, requeued(3), requeued(9)])
    expect(await test.states(3)).toEqual(['batching'])
    await test.store.commit([signed(1, 1), submitted(1, 1), settled(1, { 3: 'failed' }), requeued(3)])
    expect(await test.states(3)).toEqual(['failed'])
  })
}
