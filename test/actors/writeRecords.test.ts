import { describe, expect, it } from 'vitest'
import { Commits } from '../../src/actors/writeRecords.ts'
import {
  ContradictionError,
  DuplicateError,
  InterruptedCommitError,
} from '../../src/machines/requestTracker/setup.ts'
import { StoreError } from '../../src/store/port.ts'
import { openSqliteStore, PRUNE_LIMIT } from '../../src/store/sqlite/sqliteStore.ts'
import { accepted, failed, operationId, START } from '../store/fixtures.ts'

/** A store whose commits the test ends. */
function slowStore() {
  const ends: ((error?: Error) => void)[] = []
  const begun: string[] = []
  const store = {
    commit: (writes: readonly { readonly type: string }[]) => {
      begun.push(...writes.map(({ type }) => type))
      return new Promise<readonly never[]>((resolve, reject) => {
        ends.push((error) => (error === undefined ? resolve([]) : reject(error)))
      })
    },
    hasPrunable: async () => false,
  }
  const begins = (count: number) => expect.poll(() => begun.length).toBe(count)
  return { commits: new Commits(store, () => 7), ends, begun, begins }
}

const prune = { type: 'pruned', before: 0 } as const

/** True if the promise has settled after all pending work. */
async function isKept(promise: Promise<unknown>): Promise<boolean> {
  let kept = false
  promise.then(() => {
    kept = true
  })
  await new Promise(setImmediate)
  return kept
}

describe('Commits', () => {
  it.each([
    ['conflict', ContradictionError],
    ['duplicate', DuplicateError],
    ['closed', InterruptedCommitError],
  ] as const)('name the failure %s, after which a repetition is useless', async (failure, expected) => {
    const { commits, ends, begins } = slowStore()
    const report = commits.commit([prune])
    await begins(1)
    ends[0]?.(new StoreError(failure, 'no'))
    await expect(report).rejects.toBeInstanceOf(expected)
  })

  it('reports what a commit carried', async () => {
    const { commits, ends, begins } = slowStore()
    const report = commits.commit([prune, prune])
    await begins(2)
    ends[0]?.()
    expect(await report).toEqual({ writes: 2, duration: 0, at: 7, ignored: [] })
  })

  it('reports the transitions that the store ignored', async () => {
    const store = openSqliteStore(':memory:')
    const commits = new Commits(store, () => 7)
    const report = await commits.commit([accepted(1), failed(1), failed(1)])
    expect(report.ignored).toEqual([{ id: operationId(1), batchId: null, from: 'failed', to: 'failed' }])
    await store.close()
  })

  it('distinguish a write in contradiction to stored data from a failing store', async () => {
    const store = openSqliteStore(':memory:')
    const commits = new Commits(store, () => 7)
    await commits.commit([accepted(1)])
    const refusal = commits.commit([accepted(2), accepted(1)])
    await expect(refusal).rejects.toBeInstanceOf(ContradictionError)
    await expect(refusal).rejects.toMatchObject({
      message: expect.stringContaining('UNIQUE'),
      cause: expect.any(StoreError),
    })
    await commits.commit([accepted(2)])
    await store.close()
    const failure = commits.commit([prune])
    await expect(failure).rejects.toBeInstanceOf(InterruptedCommitError)
    await expect(failure).rejects.toMatchObject({ cause: { failure: 'closed' } })
  })

  it('reports old records that a pruning has left', async () => {
    const store = openSqliteStore(':memory:')
    const commits = new Commits(store, () => 7)
    const numbers = Array.from({ length: PRUNE_LIMIT + 1 }, (_, index) => index + 1)
    await commits.commit(numbers.flatMap((n) => [accepted(n), failed(n)]))
    const pruned = { ...prune, before: START * 2 }
    expect(await commits.commit([pruned])).toMatchObject({ hasPrunable: true })
    expect(await commits.commit([pruned])).not.toHaveProperty('hasPrunable')
    await store.close()
  })

  it('have ended when none was begun', async () => {
    expect(await isKept(slowStore().commits.ended())).toBe(true)
  })

  it('have ended when the last is stored or refused', async () => {
    const { commits, ends, begins } = slowStore()
    const first = commits.commit([prune])
    const second = commits.commit([prune])
    const ended = commits.ended()
    await begins(2)
    ends[1]?.()
    await second
    expect(await isKept(ended)).toBe(false)
    ends[0]?.(new Error('disk full'))
    await expect(first).rejects.toThrow('disk full')
    expect(await isKept(ended)).toBe(true)
  })

  it('have not ended while a commit started at the same moment is running', async () => {
    const { commits, ends, begins } = slowStore()
    const ended = commits.ended()
    commits.commit([prune])
    await begins(1)
    expect(await isKept(ended)).toBe(false)
    ends[0]?.()
    expect(await isKept(ended)).toBe(true)
  })
})
