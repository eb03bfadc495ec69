import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { OperationId } from '../../src/domain/operation.ts'
import type { RequestStore } from '../../src/store/port.ts'
import { MAX_REMEMBERED, rememberStatuses } from '../../src/store/rememberedStatuses.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqliteStore.ts'
import { describeStoreConformance } from './conformance.ts'
import {
  accepted,
  attemptHash,
  failed,
  opened,
  operationId,
  START,
  SUBMITTED_BATCH,
  settled,
} from './fixtures.ts'

/** The writes of a batch with the operations 1 and 2 after their admission. */
const BATCH = SUBMITTED_BATCH.slice(2)

const folder = mkdtempSync(join(tmpdir(), 'opsbatcher-statuses-'))
afterAll(() => rmSync(folder, { recursive: true }))
let files = 0

describeStoreConformance('the SQLite store with remembered statuses', async () => {
  const path = join(folder, `${++files}.sqlite`)
  const open = () => rememberStatuses(openSqliteStore(path))
  let store = open()
  return {
    store,
    async reopen() {
      await store.close()
      store = open()
      return store
    },
    dispose: () => store.close(),
  }
})

/** A store that remembers statuses, and the ids that were asked of the store below. */
function observed(isTrusted = () => true) {
  const asked: OperationId[] = []
  const below = openSqliteStore(':memory:')
  const status: RequestStore['status'] = (id) => {
    asked.push(id)
    return below.status(id)
  }
  return { asked, below, store: rememberStatuses({ ...below, status }, isTrusted) }
}

const one = operationId(1)

describe('a status without a verdict', () => {
  it('is known from the commit of a new operation', async () => {
    const { store, asked } = observed()
    await store.commit([accepted(1)])
    expect((await store.status(one))?.state).toEqual({ state: 'queued' })
    expect(asked).toEqual([])
  })

  it('comes from the store while another process may lead', async () => {
    let isTrusted = true
    const { store, below, asked } = observed(() => isTrusted)
    await store.commit([accepted(1)])
    isTrusted = false
    // The new leader writes to the same database.
    await below.commit([failed(1)])
    expect((await store.status(one))?.state).toMatchObject({ state: 'failed' })
    expect(asked).toEqual([one])
  })

  it('is asked for once when no commit changes the operation', async () => {
    const { store, below, asked } = observed()
    await below.commit([accepted(1), accepted(2)])
    await store.status(one)
    await store.commit([accepted(3), failed(2)])
    expect((await store.status(one))?.state).toEqual({ state: 'queued' })
    expect(asked).toEqual([one])
  })

  it('is asked for again after every write about its batch', async () => {
    const { store, asked } = observed()
    await store.commit([accepted(1), accepted(2)])
    for (const [index, write] of BATCH.entries()) {
      await store.commit([write])
      await store.status(one)
      expect(asked).toHaveLength(index + 1)
    }
    expect((await store.status(one))?.state).toEqual({ state: 'submitted', txHash: attemptHash(1, 1) })
  })

  it('is asked for again after a write about a batch that was opened before the start', async () => {
    const { store, below, asked } = observed()
    await below.commit(SUBMITTED_BATCH.slice(0, -1))
    await store.status(one)
    await store.commit(BATCH.slice(-1))
    await store.status(one)
    expect(asked).toEqual([one, one])
  })

  it('is asked for again after a failed commit, because the writes may be stored', async () => {
    const { store, asked } = observed()
    await store.commit([accepted(1)])
    await expect(store.commit([accepted(1)])).rejects.toThrow()
    await store.status(one)
    expect(asked).toEqual([one])
  })

  it('is asked for again after a start, which dissolves batches', async () => {
    const { store } = observed()
    await store.commit([accepted(1), accepted(2), opened(1, [1, 2])])
    expect((await store.status(one))?.state.state).toBe('batching')
    await store.recover(START)
    expect((await store.status(one))?.state.state).toBe('queued')
  })

  it('is not remembered when a commit started before the answer arrived', async () => {
    const { below } = observed()
    await below.commit([accepted(1)])
    let answer: () => void = () => {}
    const held = new Promise<void>((resolve) => {
      answer = resolve
    })
    const status: RequestStore['status'] = async (id) => {
      const result = await below.status(id)
      await held
      return result
    }
    const store = rememberStatuses({ ...below, status })
    const early = store.status(one)
    await store.commit([failed(1)])
    answer()
    expect((await early)?.state.state).toBe('queued')
    expect((await store.status(one))?.state.state).toBe('failed')
  })
})

it('a verdict is asked for each time, because pruning deletes the operation', async () => {
  const { store, asked } = observed()
  await store.commit([...SUBMITTED_BATCH, settled(1, { 1: 'finalized', 2: 'finalized' })])
  await store.status(one)
  await store.status(one)
  expect(asked).toEqual([one, one])
})

it('an unknown operation is asked for each time', async () => {
  const { store, asked } = observed()
  expect(await store.status(one)).toBeNull()
  await store.status(one)
  expect(asked).toEqual([one, one])
})

it('the number of remembered statuses is limited', async () => {
  const asked: OperationId[] = []
  const below = openSqliteStore(':memory:')
  const store = rememberStatuses({
    ...below,
    async status(id) {
      asked.push(id)
      return { kind: 'create_account', state: { state: 'queued' } }
    },
  })
  for (let n = 0; n <= MAX_REMEMBERED; n += 1) await store.status(String(n))
  asked.length = 0
  await store.status(String(MAX_REMEMBERED))
  await store.status('1')
  await store.status('0')
  expect(asked).toEqual(['0'])
})
