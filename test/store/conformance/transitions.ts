/** Allowed transitions, and the report of ignored transitions. */
import { expect, it } from 'vitest'
import type { BatchId } from '../../../src/domain/batch.ts'
import { NO_TRANSACTION, REQUEST_TRANSITIONS, type RequestStateName } from '../../../src/domain/status.ts'
import type { StoreWrite } from '../../../src/domain/writes.ts'
import {
  accepted,
  batchId,
  failed,
  opened,
  operationId,
  planned,
  START,
  SUBMITTED_BATCH,
  settled,
  signed,
  submitted,
  trimmed,
} from '../fixtures.ts'
import { type OpenHarness, useStore } from './harness.ts'

/** Operation 1 in batch 1, which has two attempts. */
const IN_BATCH = [accepted(1), opened(1, [1]), planned(1, [1]), signed(1, 1), signed(1, 2)]

const WRITES_TO_REACH: Readonly<Record<RequestStateName, readonly StoreWrite[]>> = {
  queued: [...IN_BATCH, settled(1, { 1: 'evicted' })],
  batching: IN_BATCH,
  submitted: [...IN_BATCH, submitted(1, 1)],
  finalized: [...IN_BATCH, settled(1, { 1: 'finalized' })],
  failed: [...IN_BATCH, settled(1, { 1: 'failed' })],
}

/** The verdict of an operation that needs no transaction. */
const finalizedAlone: StoreWrite = {
  type: 'operation.finalized',
  id: operationId(1),
  status: { type: 'Finalized', txHash: NO_TRANSACTION, blockNumber: 0, gasUsed: 0 },
  at: START,
}

/** For each state, the write for a transition of operation 1 from a batch to the state. */
const WRITE_TO: Readonly<Record<RequestStateName, StoreWrite>> = {
  queued: settled(1, { 1: 'evicted' }),
  batching: opened(2, [1]),
  submitted: submitted(1, 2),
  finalized: settled(1, { 1: 'finalized' }),
  failed: failed(1),
}

/** The batch that an ignored transition names. */
function batchOf(write: StoreWrite): BatchId | null {
  if (write.type === 'batch.settled') return write.batch.batchId
  return 'batchId' in write ? write.batchId : null
}

const STATES: readonly RequestStateName[] = ['queued', 'batching', 'submitted', 'finalized', 'failed']
const PAIRS = STATES.flatMap((from) => STATES.map((to) => ({ from, to })))

export function describeTransitions(open: OpenHarness): void {
  const test = useStore(open)
  const isAllowed = ({ from, to }: (typeof PAIRS)[number]) => REQUEST_TRANSITIONS[from].includes(to)

  it.each(PAIRS.filter(isAllowed))('from $from to $to is allowed', async ({ from, to }) => {
    await test.store.commit(WRITES_TO_REACH[from])
    expect(await test.states(1)).toEqual([from])
    // Only an operation that needs no transaction is finalized outside a batch.
    const write = from === 'queued' && to === 'finalized' ? finalizedAlone : WRITE_TO[to]
    expect(await test.store.commit([write])).toEqual([])
    expect(await test.states(1)).toEqual([to])
  })

  it.each(PAIRS.filter((pair) => !isAllowed(pair)))(
    'from $from to $to is ignored and reported',
    async ({ from, to }) => {
      await test.store.commit(WRITES_TO_REACH[from])
      const before = await test.store.operation(operationId(1))
      expect(before?.state.state).toBe(from)
      expect(await test.store.commit([WRITE_TO[to]])).toEqual([
        { id: operationId(1), batchId: batchOf(WRITE_TO[to]), from, to },
      ])
      expect(await test.store.operation(operationId(1))).toEqual(before)
    },
  )

  it('that is ignored does not stop the other writes of the commit, and is reported in their order', async () => {
    await test.store.commit([...SUBMITTED_BATCH, accepted(3), failed(3)])
    const end = settled(1, { 1: 'finalized', 2: 'evicted' })
    expect(await test.store.commit([failed(3), opened(2, [1]), end])).toEqual([
      { id: operationId(3), batchId: null, from: 'failed', to: 'failed' },
      { id: operationId(1), batchId: batchId(2), from: 'submitted', to: 'batching' },
    ])
    expect(await test.states(1, 2, 3)).toEqual(['finalized', 'queued', 'failed'])
  })

  it('by a batch that the operation has left is ignored and reported', async () => {
    await test.store.commit([...SUBMITTED_BATCH, settled(1, { 1: 'evicted', 2: 'evicted' })])
    await test.store.commit([opened(2, [1]), planned(2, [1, 2]), signed(2, 1), accepted(3)])
    const late = [
      submitted(1, 1),
      settled(1, { 1: 'failed', 2: 'failed', 3: 'failed' }),
      submitted(2, 1),
      trimmed(2, { 2: 'failed' }),
    ]
    expect(await test.store.commit(late)).toEqual([
      { id: operationId(1), batchId: batchId(1), from: 'batching', to: 'submitted' },
      { id: operationId(2), batchId: batchId(1), from: 'queued', to: 'submitted' },
      { id: operationId(1), batchId: batchId(1), from: 'batching', to: 'failed' },
      { id: operationId(2), batchId: batchId(1), from: 'queued', to: 'failed' },
      { id: operationId(3), batchId: batchId(1), from: 'queued', to: 'failed' },
      { id: operationId(2), batchId: batchId(2), from: 'queued', to: 'submitted' },
      { id: operationId(2), batchId: batchId(2), from: 'queued', to: 'failed' },
    ])
    expect(await test.states(1, 2, 3)).toEqual(['submitted', 'queued', 'queued'])
  })
}
