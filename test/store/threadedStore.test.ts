/** A store whose thread crashes. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSqliteStore } from '../../src/store/sqlite/sqliteStore.ts'
import { startWorker } from '../../src/store/sqlite/storeThread.ts'
import { openThreadedStore } from '../../src/store/sqlite/threadedStore.ts'
import { accepted, operationId } from './fixtures.ts'

let folder: string
let path: string
let threads: Worker[]
let crashes: [string, boolean][]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'opsbatcher-crash-'))
  path = join(folder, 'store.sqlite')
  threads = []
  crashes = []
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

const open = () =>
  openThreadedStore(path, {
    onCrash: ({ message }, isReopened) => crashes.push([message, isReopened]),
    start() {
      const thread = startWorker()
      threads.push(thread)
      return thread
    },
  })

/** Ends the newest thread from outside, as a crash does. */
const crash = () => threads.at(-1)?.terminate()

describe('a store whose thread crashes', () => {
  it('fails the calls in progress, reopens its file, and reports the cause', async () => {
    const store = await open()
    await store.commit([accepted(1)])
    const interrupted = store.commit([accepted(2)])
    const ended = crash()
    await expect(interrupted).rejects.toMatchObject({ failure: 'closed', message: /has crashed/ })
    await ended
    expect(crashes).toEqual([[expect.stringContaining('the thread of the store has crashed'), true]])
    expect(await store.status(operationId(1))).not.toBeNull()
    await store.commit([accepted(3)])
    await store.close()
    const found = openSqliteStore(path)
    expect(await found.status(operationId(3))).not.toBeNull()
    await found.close()
  })

  it('is not reopened a second time', async () => {
    const store = await open()
    await crash()
    await store.ping()
    await crash()
    await expect(store.ping()).rejects.toMatchObject({ failure: 'closed', retryable: false })
    expect(crashes.map(([, isReopened]) => isReopened)).toEqual([true, false])
    expect(threads).toHaveLength(2)
    await expect(store.close()).rejects.toMatchObject({ failure: 'closed' })
    await openSqliteStore(path).close()
  })

  it('fails all calls for good when its file cannot be opened again', async () => {
    const store = await open()
    const blocking = crash()?.then(() => openSqliteStore(path))
    const other = await blocking
    // Whichever store took the lock first, no call hangs.
    await store.ping().catch((error: unknown) => expect(error).toMatchObject({ failure: 'closed' }))
    await other?.close()
    await store.close().catch(() => {})
  })
})
