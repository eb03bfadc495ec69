/** After any sequence of commits, starts and restarts, a store holds the same as the naive store. */
import fc from 'fast-check'
import { expect } from 'vitest'
import { summarize } from '../../../src/domain/batch.ts'
import { sumCosts } from '../../../src/domain/cost.ts'
import type { StoreWrite } from '../../../src/domain/writes.ts'
import type { RequestStore } from '../../../src/store/port.ts'
import {
  accepted,
  batchId,
  CANCEL,
  costOf,
  failed,
  finalityChanged,
  finalityOf,
  included,
  inclusion,
  opened,
  operationId,
  operationRevived,
  planned,
  revived,
  START,
  type Statuses,
  type StatusName,
  settled,
  signed,
  submitted,
  trimmed,
} from '../fixtures.ts'
import type { OpenHarness } from './harness.ts'
import { NaiveStore } from './naiveStore.ts'

const OPERATIONS = [1, 2, 3, 4]
const BATCHES = [1, 2, 3]
/** Numbers of the blocks of inclusions and verdicts. */
const BLOCKS = [7, 8, 9]

type Step = readonly StoreWrite[] | 'recover' | 'reopen'

const batch = fc.constantFrom(...BATCHES)
const attempt = fc.constantFrom(1, 2, CANCEL)
const where = fc.tuple(batch, attempt, fc.constantFrom(...BLOCKS)).map((each) => inclusion(...each))
const finality = fc
  .tuple(batch, attempt, fc.subarray(['preconfirmed', 'included', 'safe', 'finalized'] as const))
  .map(([b, n, levels]) => finalityOf(b, n, ...levels))
const someOperations = fc.subarray(OPERATIONS)
const status = fc.constantFrom<StatusName[]>('finalized', 'failed', 'evicted')
const everyStatus = { 1: status, 2: status, 3: status, 4: status }
const someStatuses: fc.Arbitrary<Statuses> = fc.record(everyStatus, { requiredKeys: [] })
const statuses: fc.Arbitrary<Statuses> = fc.oneof(
  { weight: 5, arbitrary: fc.record(everyStatus) },
  { weight: 1, arbitrary: someStatuses },
)

/** Random writes about few ids, in any order. Most writes are late, repeated, contradicting or impossible. */
const write: fc.Arbitrary<StoreWrite> = fc.oneof(
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 6 }).map(accepted) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 5 }).map((n) => failed(n)) },
  { weight: 4, arbitrary: fc.tuple(batch, someOperations).map(([b, operations]) => opened(b, operations)) },
  { weight: 4, arbitrary: fc.tuple(batch, someOperations).map(([b, operations]) => planned(b, operations)) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(batch, someStatuses, fc.constantFrom(...BLOCKS))
      .map(([b, each, block]) => trimmed(b, each, START, block)),
  },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 6 }).map((n) => operationRevived(n)) },
  { weight: 4, arbitrary: fc.tuple(batch, attempt).map(([b, n]) => signed(b, n)) },
  { weight: 4, arbitrary: fc.tuple(batch, attempt).map(([b, n]) => submitted(b, n)) },
  { weight: 1, arbitrary: fc.tuple(batch, fc.option(where)).map((each) => included(...each)) },
  { weight: 2, arbitrary: fc.tuple(batch, fc.option(finality)).map((each) => finalityChanged(...each)) },
  { weight: 3, arbitrary: fc.tuple(batch, statuses).map(([b, each]) => settled(b, each)) },
  { weight: 3, arbitrary: batch.map((b) => revived(b)) },
)

/** The writes of a batch up to the first broadcast, without disturbance. */
const broadcast: fc.Arbitrary<readonly StoreWrite[]> = fc
  .tuple(batch, someOperations, attempt)
  .map(([b, operations, n]) => [opened(b, operations), planned(b, operations), signed(b, n), submitted(b, n)])
/** A settlement in a block. */
const settlement: fc.Arbitrary<readonly StoreWrite[]> = fc
  .tuple(batch, where, statuses)
  .map(([b, block, each]) => {
    const cost = costOf(...Object.keys(each).map(Number))
    return [included(b, block), settled(b, each, { where: block, cost })]
  })

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.array(write, { minLength: 1, maxLength: 3 }) },
  { weight: 2, arbitrary: broadcast },
  { weight: 2, arbitrary: settlement },
  { weight: 1, arbitrary: fc.constant<Step>('recover') },
  { weight: 1, arbitrary: fc.constant<Step>('reopen') },
)

/** @param runs number of sequences to try */
export async function checkAgainstNaiveStore(open: OpenHarness, runs: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
      const harness = await open()
      const naive = new NaiveStore()
      let store = harness.store
      const admission = OPERATIONS.map(accepted)
      try {
        for (const next of [admission, ...steps]) {
          if (next === 'reopen') store = await harness.reopen()
          else if (next === 'recover') await compareRecovery(store, naive)
          else await compareCommit(store, naive, next)
          await compareOperations(store, naive)
          await compareBatches(store, naive)
        }
      } finally {
        await harness.dispose()
      }
    }),
    { numRuns: runs },
  )
}

async function compareCommit(store: RequestStore, naive: NaiveStore, writes: readonly StoreWrite[]) {
  const expected = naive.commit(writes)
  if (expected === null) await expect(store.commit(writes)).rejects.toThrow()
  else expect(await store.commit(writes)).toEqual(expected)
}

async function compareRecovery(store: RequestStore, naive: NaiveStore) {
  const { queued, batches, climbing, nextSequence } = await store.recover(START)
  expect({
    queued: ids(queued),
    batches: batches.map(({ record, operations }) => ({ id: record.id, operations: ids(operations) })),
    climbing,
    nextSequence,
  }).toEqual(naive.recover())
}

async function compareOperations(store: RequestStore, naive: NaiveStore) {
  const ids = [...OPERATIONS, 5, 6].map(operationId)
  const records = await Promise.all(ids.map((id) => store.operation(id)))
  const statuses = await Promise.all(ids.map((id) => store.status(id)))
  expect(statuses).toEqual(
    records.map((record) => record && { kind: record.envelope.kind, state: record.state }),
  )
  const found = records.map(
    (record) =>
      record && {
        sequence: record.envelope.sequence,
        state: record.state.state,
        txHash: record.state.state === 'submitted' ? record.state.txHash : null,
        batchId: record.batchId,
        status: record.status,
        tries: record.envelope.tries,
        cost: record.cost,
      },
  )
  const expected = ids.map((id) => {
    const operation = naive.operations.get(id)
    if (operation === undefined) return null
    const { evidenceBlock: _, costs, ...columns } = operation
    return { ...columns, cost: sumCosts([...costs.values()]) }
  })
  expect(found).toEqual(expected)
}

async function compareBatches(store: RequestStore, naive: NaiveStore) {
  for (const block of BLOCKS) {
    const { batches, operations } = await store.settledSince(block)
    expect({
      batches: batches.map((each) => ({ ...each, operations: ids(each.operations) })),
      operations: operations.map(({ operation, evidenceBlock }) => ({
        id: operation.id,
        evidenceBlock: evidenceBlock.blockNumber,
      })),
    }).toEqual(naive.settledSince(block))
  }
  const records = await Promise.all([...naive.batches.keys()].map((id) => store.batch(id)))
  expect(await store.batches(BATCHES.length)).toEqual(
    records.toReversed().map((record) => record && summarize(record)),
  )
  for (const id of BATCHES.map(batchId)) {
    const attempts = await store.attempts(id)
    expect(attempts.map(({ hash, purpose, plan }) => ({ hash, purpose, plan }))).toEqual(
      naive.batches.get(id)?.attempts ?? [],
    )
  }
}

function ids(records: readonly { readonly id: string }[]): readonly string[] {
  return records.map(({ id }) => id)
}
