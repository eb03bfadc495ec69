import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Driver from 'libsql'
import { afterAll, describe, expect, it } from 'vitest'
import { STORE_FAILURES, StoreError } from '../../src/store/port.ts'
import { toStoreError } from '../../src/store/sqlite/database.ts'
import { RECOVERY_PAGE } from '../../src/store/sqlite/recovery.ts'
import { openSqliteStore, PRUNE_LIMIT } from '../../src/store/sqlite/sqliteStore.ts'
import { describeStoreConformance } from './conformance.ts'
import {
  accepted,
  batchId,
  failed,
  included,
  inclusion,
  ON_ITS_WAY,
  opened,
  operationId,
  revived,
  START,
  settled,
} from './fixtures.ts'

const folder = mkdtempSync(join(tmpdir(), 'opsbatcher-store-'))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
const newPath = () => join(folder, `${++files}.sqlite`)

const BACK_TO_FIRST_VERSION = `
  DROP INDEX batches_settled;
  ALTER TABLE batches DROP COLUMN judged;
  DROP INDEX operations_standing;
  ALTER TABLE operations DROP COLUMN evidenceBlock;
  UPDATE meta SET value = '1' WHERE key = 'schemaVersion';
`

/** The failure of the `StoreError` that a call throws. */
async function failureOf(call: () => unknown): Promise<string> {
  try {
    await call()
  } catch (error) {
    if (error instanceof StoreError) return error.failure
    throw error
  }
  return 'none'
}

describeStoreConformance('the SQLite store', async () => {
  const path = newPath()
  let store = openSqliteStore(path)
  return {
    store,
    async reopen() {
      await store.close()
      store = openSqliteStore(path)
      return store
    },
    dispose: () => store.close(),
  }
})

describe('a SQLite file', () => {
  it('is made with its folder', async () => {
    const path = join(folder, 'a', 'b', 'c.sqlite')
    const store = openSqliteStore(path)
    await store.commit([accepted(1)])
    await store.close()
    const again = openSqliteStore(path)
    expect(await again.operation(operationId(1))).not.toBeNull()
    await again.close()
  })

  it('is one store’s at a time', async () => {
    const path = newPath()
    const store = openSqliteStore(path)
    expect(await failureOf(() => openSqliteStore(path))).toBe('locked')
    await store.commit([accepted(1)])
    await store.close()
    await openSqliteStore(path).close()
  })

  it('need not exist', async () => {
    const store = openSqliteStore(':memory:')
    await store.commit(ON_ITS_WAY)
    expect(await store.batches(10)).toHaveLength(1)
    await store.close()
  })

  it('is refused when it is something else', async () => {
    const path = newPath()
    writeFileSync(path, 'not a database'.repeat(1_000))
    expect(await failureOf(() => openSqliteStore(path))).toBe('corrupt')
    expect(() => openSqliteStore(path)).toThrow(`cannot open the database ${path}: `)
    const inTheWay = newPath()
    mkdirSync(inTheWay)
    expect(await failureOf(() => openSqliteStore(inTheWay))).toBe('unavailable')
    expect(await failureOf(() => openSqliteStore(join(path, 'below-a-file.sqlite')))).toBe('unavailable')
  })

  it('is refused when a newer version has written it, or another program', async () => {
    const newer = newPath()
    await openSqliteStore(newer).close()
    new Driver(newer).exec(`UPDATE meta SET value = '4' WHERE key = 'schemaVersion'`)
    expect(() => openSqliteStore(newer)).toThrow(/schema version 4 and this program knows version 3/)
    expect(await failureOf(() => openSqliteStore(newer))).toBe('schema')

    const foreign = newPath()
    new Driver(foreign).exec('CREATE TABLE songs (title TEXT)')
    expect(await failureOf(() => openSqliteStore(foreign))).toBe('schema')
  })

  it('of the former version is brought to this one', async () => {
    const path = newPath()
    const store = openSqliteStore(path)
    const where = inclusion(1, 1)
    await store.commit([...ON_ITS_WAY, accepted(3), opened(2, [3]), included(1, where)])
    await store.commit([failed(2, START + 40), settled(1, { 1: 'finalized' }, { at: START + 50, where })])
    // An end without a transaction used to keep an inclusion that had been orphaned.
    await store.commit([settled(2, { 3: 'evicted' }, { failure: 'its nonce is taken' })])
    await store.close()
    const former = new Driver(path)
    former.exec(BACK_TO_FIRST_VERSION)
    former.prepare('UPDATE batches SET inclusion = ? WHERE id = ?').run(JSON.stringify(where), batchId(2))
    former.close()

    const migrated = openSqliteStore(path)
    const found = await migrated.settledSince(0)
    expect(found).toMatchObject({
      batches: [{ batchId: batchId(1), inclusion: where, operations: [{ sequence: 1 }] }],
      operations: [],
    })
    await migrated.commit([revived(1)])
    await migrated.close()
    const again = openSqliteStore(path)
    const states = await Promise.all([1, 2].map(async (n) => (await again.status(operationId(n)))?.state))
    expect(states).toMatchObject([{ state: 'submitted' }, { state: 'failed' }])
    await again.close()
  })

  it('has the same tables whether it was made or brought there', async () => {
    const [made, brought] = [newPath(), newPath()]
    for (const path of [made, brought]) await openSqliteStore(path).close()
    new Driver(brought).exec(BACK_TO_FIRST_VERSION)
    await openSqliteStore(brought).close()
    const columns = (path: string) =>
      ['batches', 'operations'].map((table) =>
        new Driver(path).prepare(`SELECT * FROM pragma_table_info('${table}')`).all(),
      )
    const indexes = (path: string) =>
      new Driver(path).prepare(`SELECT name FROM sqlite_schema WHERE type = 'index' ORDER BY name`).all()
    expect(columns(brought)).toEqual(columns(made))
    expect(indexes(brought)).toEqual(indexes(made))
  })

  it('that is damaged is told from one that is busy', async () => {
    const path = newPath()
    const store = openSqliteStore(path)
    await store.commit(Array.from({ length: 100 }, (_, index) => accepted(index + 1)))
    await store.close()
    truncateSync(path, 20_000)
    expect(await failureOf(async () => openSqliteStore(path).recover(START))).toBe('corrupt')
  })

  it('that is closed answers nothing, and may be closed again', async () => {
    const store = openSqliteStore(newPath())
    await store.close()
    await store.close()
    expect(await failureOf(() => store.ping())).toBe('closed')
    expect(await failureOf(() => store.commit([accepted(1)]))).toBe('closed')
    expect(await failureOf(() => store.envelopes([]))).toBe('closed')
  })

  it('is recovered page by page', async () => {
    const store = openSqliteStore(newPath())
    const numbers = Array.from({ length: RECOVERY_PAGE + 1 }, (_, index) => index + 1)
    await store.commit(numbers.map(accepted))
    const recovered = async () => (await store.recover(START)).queued.map(({ sequence }) => sequence)
    expect(await recovered()).toEqual(numbers)
    await store.commit([failed(1)])
    expect(await recovered()).toEqual(numbers.slice(1))
    await store.close()
  })

  it('is pruned in steps', async () => {
    const store = openSqliteStore(newPath())
    const numbers = Array.from({ length: PRUNE_LIMIT + 1 }, (_, index) => index + 1)
    await store.commit(numbers.flatMap((n) => [accepted(n), failed(n, START + n)]))
    const left = async () => (await store.envelopes(numbers.map(operationId))).map(({ sequence }) => sequence)
    await store.commit([{ type: 'pruned', before: START * 2 }])
    expect(await left()).toEqual([PRUNE_LIMIT + 1])
    await store.commit([{ type: 'pruned', before: START * 2 }])
    expect(await left()).toEqual([])
    await store.close()
  })
})

describe('a process that is killed', () => {
  const runUntilKilled = async (path: string, when: string) => {
    const child = fork(new URL('./commitThenDie.ts', import.meta.url), [path, when], {
      execArgv: ['--import', 'tsx'],
    })
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL'])
    return openSqliteStore(path)
  }

  it.each(['after a commit', 'within a commit'])(
    '%s has kept what was committed, and no more',
    async (when) => {
      const store = await runUntilKilled(newPath(), when)
      const { batches, queued } = await store.recover(START)
      expect(batches.map(({ operations }) => operations.map(({ sequence }) => sequence))).toEqual([[1, 2]])
      expect(queued).toEqual([])
      await store.close()
    },
  )
})

describe('StoreError', () => {
  it('says in the store’s terms what the driver says in its own', async () => {
    const store = openSqliteStore(newPath())
    await store.commit([accepted(1)])
    await expect(store.commit([accepted(1)])).rejects.toMatchObject({
      name: 'StoreError',
      failure: 'conflict',
      retryable: false,
      message: expect.stringContaining('operations.'),
      cause: expect.any(Driver.SqliteError),
    })
    await store.close()
  })

  it.each([
    [5, 'locked'],
    [6, 'locked'],
    [10, 'unavailable'],
    [11, 'corrupt'],
    [13, 'full'],
    [14, 'unavailable'],
    [19, 'conflict'],
    [26, 'corrupt'],
    [19 + 256 * 8, 'conflict'],
    [10 + 256 * 3, 'unavailable'],
  ] as const)('reads result code %i as %s', (code, failure) => {
    const error = toStoreError(new Driver.SqliteError('words', 'SQLITE_WORDS', code))
    expect(error).toMatchObject({ failure, message: 'words', retryable: STORE_FAILURES[failure].retryable })
  })

  it('leaves other errors alone', () => {
    const defect = new TypeError('a defect')
    expect(toStoreError(defect)).toBe(defect)
  })
})
