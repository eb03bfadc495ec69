import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { StoreError, StoreIdentityError } from '../../src/store/port.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqliteStore.ts'
import { StoreThread } from '../../src/store/sqlite/storeThread.ts'
import { openThreadedStore } from '../../src/store/sqlite/threadedStore.ts'
import { describeStoreConformance } from './conformance.ts'
import { accepted, hash, IDENTITY, operationId, START, SUBMITTED_BATCH } from './fixtures.ts'

const folder = mkdtempSync(join(tmpdir(), 'opsbatcher-thread-'))
/** One thread for all tests, because a thread starts much slower than a store opens. */
const thread = new StoreThread()
afterAll(async () => {
  await thread.end()
  rmSync(folder, { recursive: true })
})

let files = 0
const newPath = () => join(folder, `${++files}.sqlite`)

describeStoreConformance('the SQLite store in a thread', async () => {
  const path = newPath()
  let store = await thread.open(path)
  return {
    store,
    async reopen() {
      await store.close()
      store = await thread.open(path)
      return store
    },
    dispose: () => store.close(),
  }
})

describe('a store in a thread', () => {
  it('fails with the errors of the adapter, including causes', async () => {
    const store = await thread.open(newPath())
    await store.commit([accepted(1)])
    const refusal = store.commit([accepted(1)])
    await expect(refusal).rejects.toBeInstanceOf(StoreError)
    await expect(refusal).rejects.toMatchObject({
      name: 'StoreError',
      failure: 'conflict',
      retryable: false,
      message: expect.stringContaining('operations.'),
      stack: expect.stringContaining('database.ts'),
      cause: expect.objectContaining({ message: expect.stringContaining('UNIQUE') }),
    })
    await store.bind(IDENTITY)
    const other = store.bind({ ...IDENTITY, genesisHash: hash(1) })
    await expect(other).rejects.toBeInstanceOf(StoreIdentityError)
    await expect(other).rejects.not.toHaveProperty('failure')
    await store.close()
  })

  it('reports why it cannot be opened', async () => {
    const inTheWay = newPath()
    mkdirSync(inTheWay)
    const failed = thread.open(inTheWay)
    await expect(failed).rejects.toBeInstanceOf(StoreError)
    await expect(failed).rejects.toMatchObject({
      failure: 'unavailable',
      message: expect.stringContaining(inTheWay),
    })
    await expect(openThreadedStore(inTheWay)).rejects.toMatchObject({ failure: 'unavailable' })
  })

  it('locks its file until it is closed', async () => {
    const path = newPath()
    const store = await openThreadedStore(path)
    expect(() => openSqliteStore(path)).toThrow('locked')
    await expect(thread.open(path)).rejects.toMatchObject({ failure: 'locked', retryable: true })
    await store.commit(SUBMITTED_BATCH)
    await store.close()
    const again = openSqliteStore(path)
    expect(await again.status(operationId(1))).not.toBeNull()
    await again.close()
  })

  it('carries out calls made before close, and refuses later calls', async () => {
    const path = newPath()
    const store = await openThreadedStore(path)
    const [committed, read, closed] = [
      store.commit([accepted(1)]),
      store.status(operationId(1)),
      store.close(),
    ]
    await expect(store.ping()).rejects.toMatchObject({ failure: 'closed' })
    await expect(committed).resolves.toEqual([])
    await expect(read).resolves.toMatchObject({ state: { state: 'queued' } })
    await closed
    await store.close()
    await expect(store.commit([accepted(2)])).rejects.toBeInstanceOf(StoreError)
    await expect(store.commit([accepted(2)])).rejects.toMatchObject({ failure: 'closed' })
  })

  it('fails all pending calls when the thread ends', async () => {
    const brief = new StoreThread()
    const store = await brief.open(':memory:')
    const calls = [store.ping(), store.commit([accepted(1)]), brief.open(':memory:')]
    const ended = brief.end()
    for (const call of calls) await expect(call).rejects.toMatchObject({ failure: 'closed' })
    await ended
    await expect(store.ping()).rejects.toMatchObject({ failure: 'closed' })
  })
})

describe('a process with a store in a thread', () => {
  const run = async (path: string, when: string) => {
    const script = new URL('./commitThenCrash.ts', import.meta.url)
    const child = fork(script, [path, when, 'threaded'], { execArgv: ['--import', 'tsx'] })
    // A process with a channel to the parent does not exit.
    child.disconnect()
    return once(child, 'exit')
  }

  it.each([
    ['is killed after a commit', 'after a commit', [null, 'SIGKILL']],
    ['exits without closing it', 'never', [0, null]],
  ])('that %s has stored its commits', async (_, when, end) => {
    const path = newPath()
    expect(await run(path, when)).toEqual(end)
    const store = openSqliteStore(path)
    const { batches } = await store.recover(START)
    expect(batches.map(({ operations }) => operations.map(({ sequence }) => sequence))).toEqual([[1, 2]])
    await store.close()
  })
})
