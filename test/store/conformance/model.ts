/** Any sequence of commits, starts and restarts leaves a store with what the naive one holds. */
import fc from 'fast-check'
import { expect } from 'vitest'
import { summarize } from '../../../src/domain/batch.ts'
import type { StoreWrite } from '../../../src/domain/writes.ts'
import type { RequestStore } from '../../../src/store/port.ts'
import {
  accepted,
  batchId,
  CANCEL,
  dropped,
  type Fate,
  type Fates,
  failed,
  included,
  inclusion,
  opened,
  operationId,
  planned,
  requeued,
  revived,
  START,
  settled,
  signed,
  submitted,
} from '../fixtures.ts'
import type { OpenHarness } from './harness.ts'
import { NaiveStore } from './naiveStore.ts'

const OPERATIONS = [1, 2, 3, 4]
const BATCHES = [1, 2, 3]
/** The numbers of the blocks that batches are seen in. */
const BLOCKS = [7, 8, 9]

type Step = readonly StoreWrite[] | 'recover' | 'reopen'

const batch = fc.constantFrom(...BATCHES)
const attempt = fc.constantFrom(1, 2, CANCEL)
const where = fc.tuple(batch, attempt, fc.constantFrom(...BLOCKS)).map((each) => inclusion(...each))
const someOperations = fc.subarray(OPERATIONS)
const fate = fc.constantFrom<Fate[]>('finalized', 'failed', 'evicted')
const everyFate = { 1: fate, 2: fate, 3: fate, 4: fate }
const someFates: fc.Arbitrary<Fates> = fc.record(everyFate, { requiredKeys: [] })
const fates: fc.Arbitrary<Fates> = fc.oneof(
  { weight: 5, arbitrary: fc.record(everyFate) },
  { weight: 1, arbitrary: someFates },
)

/** Few ids and no thought for order: late, doubled, contradicting and impossible writes are most of it. */
const write: fc.Arbitrary<StoreWrite> = fc.oneof(
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 6 }).map(accepted) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 5 }).map((n) => failed(n)) },
  { weight: 4, arbitrary: fc.tuple(batch, someOperations).map(([b, operations]) => opened(b, operations)) },
  { weight: 4, arbitrary: fc.tuple(batch, someOperations).map(([b, operations]) => planned(b, operations)) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(batch, someFates, fc.constantFrom(...BLOCKS))
      .map(([b, each, block]) => dropped(b, each, START, block)),
  },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 6 }).map((n) => requeued(n)) },
  { weight: 4, arbitrary: fc.tuple(batch, attempt).map(([b, n]) => signed(b, n)) },
  { weight: 4, arbitrary: fc.tuple(batch, attempt).map(([b, n]) => submitted(b, n)) },
  { weight: 1, arbitrary: fc.tuple(batch, fc.option(where)).map((each) => included(...each)) },
  { weight: 3, arbitrary: fc.tuple(batch, fates).map(([b, each]) => settled(b, each)) },
  { weight: 3, arbitrary: batch.map((b) => revived(b)) },
)

/** What a batch comes to when nothing is late: its first broadcast, and an end in a block. */
const life: fc.Arbitrary<readonly StoreWrite[]> = fc
  .tuple(batch, someOperations, attempt)
  .map(([b, operations, n]) => [opened(b, operations), planned(b, operations), signed(b, n), submitted(b, n)])
const landing: fc.Arbitrary<readonly StoreWrite[]> = fc
  .tuple(batch, where, fates)
  .map(([b, block, each]) => [included(b, block), settled(b, each, { where: block })])

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.array(write, { minLength: 1, maxLength: 3 }) },
  { weight: 2, arbitrary: life },
  { weight: 2, arbitrary: landing },
  { weight: 1, arbitrary: fc.constant<Step>('recover') },
  { weight: 1, arbitrary: fc.constant<Step>('reopen') },
)

/** @param runs how many sequences to try */
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
  const { queued, batches, nextSequence } = await store.recover(START)
  expect({
    queued: ids(queued),
    batches: batches.map(({ record, operations }) => ({ id: record.id, operations: ids(operations) })),
    nextSequence,
  }).toEqual(naive.recover())
}

async function compareOperations(store: RequestStore, naive: NaiveStore) {
  const ids = [...OPERATIONS, 5, 6].map(operationId)
  const records = await Promise.all(ids.map((id) => store.operation(id)))
  const found = records.map(
    (record) =>
      record && {
        sequence: record.envelope.sequence,
        state: record.state.state,
        txHash: record.state.state === 'submitted' ? record.state.txHash : null,
        batchId: record.batchId,
        status: record.status,
        tries: record.envelope.tries,
      },
  )
  const expected = ids.map((id) => {
    const { evidenceBlock: _, ...operation } = naive.operations.get(id) ?? { evidenceBlock: null }
    return 'state' in operation ? operation : null
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
    expect(attempts.map(({ hash, purpose }) => ({ hash, purpose }))).toEqual(
      naive.batches.get(id)?.attempts ?? [],
    )
  }
}

function ids(records: readonly { readonly id: string }[]): readonly string[] {
  return records.map(({ id }) => id)
}
