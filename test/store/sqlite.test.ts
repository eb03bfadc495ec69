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
  CANCEL,
  costOf,
  failed,
  included,
  inclusion,
  opened,
  operationId,
  result,
  revived,
  START,
  SUBMITTED_BATCH,
  settled,
  signed,
  trimmed,
} from './fixtures.ts'

const folder = mkdtempSync(join(tmpdir(), 'opsbatcher-store-'))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
const newPath = () => join(folder, `${++files}.sqlite`)

/** Turns the current tables into the tables of version 7. */
const BACK_TO_SEVENTH_VERSION = `
  DROP INDEX batches_cost;
  ALTER TABLE batches DROP COLUMN totalCost;
  DROP INDEX batches_climbing;
  ALTER TABLE batches DROP COLUMN finality;
  ALTER TABLE attempts DROP COLUMN rollupFee;
  ALTER TABLE operations DROP COLUMN costs;
  UPDATE meta SET value = '7' WHERE key = 'schemaVersion';
`

/** Turns the current tables into the tables of version 5. */
const BACK_TO_FIFTH_VERSION = `
  ${BACK_TO_SEVENTH_VERSION}
  ALTER TABLE operations DROP COLUMN client;
  ALTER TABLE attempts DROP COLUMN plan;
  ALTER TABLE attempts DROP COLUMN refusal;
  DROP INDEX plans_of_batch;
  ALTER TABLE plans RENAME TO plansAfter;
  CREATE TABLE plans (
    batch INTEGER PRIMARY KEY REFERENCES batches (number) ON DELETE CASCADE,
    gasLimit INTEGER NOT NULL,
    calls TEXT NOT NULL,
    callData BLOB NOT NULL
  ) STRICT;
  INSERT INTO plans SELECT batch, gasLimit, calls, callData FROM plansAfter;
  DROP TABLE plansAfter;
  UPDATE meta SET value = '5' WHERE key = 'schemaVersion';
`

/** Turns the current tables into the tables of version 3. */
const BACK_TO_THIRD_VERSION = `
  ${BACK_TO_FIFTH_VERSION}
  DROP INDEX batches_settled;
  DROP INDEX batches_included;
  DROP INDEX operations_settled;
  DROP INDEX operations_evidence;
  ALTER TABLE batches RENAME COLUMN trimmed TO dropped;
  ALTER TABLE batches RENAME COLUMN settledAt TO endedAt;
  ALTER TABLE batches RENAME COLUMN verdicts TO judged;
  ALTER TABLE operations RENAME COLUMN evidenceBlock TO standsOn;
  CREATE INDEX batches_ended ON batches (endedAt) WHERE endedAt IS NOT NULL;
  CREATE INDEX batches_settled ON batches (inclusion ->> 'blockNumber')
    WHERE endedAt IS NOT NULL AND inclusion IS NOT NULL;
  CREATE INDEX operations_ended ON operations (updatedAt) WHERE state IN ('finalized', 'failed');
  CREATE INDEX operations_standing ON operations (standsOn ->> 'blockNumber') WHERE standsOn IS NOT NULL;
  UPDATE meta SET value = '3' WHERE key = 'schemaVersion';
`

const BACK_TO_FIRST_VERSION = `
  ${BACK_TO_THIRD_VERSION}
  DROP INDEX batches_settled;
  ALTER TABLE batches DROP COLUMN judged;
  DROP INDEX operations_standing;
  ALTER TABLE operations DROP COLUMN standsOn;
  UPDATE meta SET value = '1' WHERE key = 'schemaVersion';
`

/** The failure of the `StoreError` thrown by a call. */
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
  it('is created with its folder', async () => {
    const path = join(folder, 'a', 'b', 'c.sqlite')
    const store = openSqliteStore(path)
    await store.commit([accepted(1)])
    await store.close()
    const again = openSqliteStore(path)
    expect(await again.operation(operationId(1))).not.toBeNull()
    await again.close()
  })

  it('can be open in only a single store at a time', async () => {
    const path = newPath()
    const store = openSqliteStore(path)
    expect(await failureOf(() => openSqliteStore(path))).toBe('locked')
    await store.commit([accepted(1)])
    await store.close()
    await openSqliteStore(path).close()
  })

  it('is not needed with the path :memory:', async () => {
    const store = openSqliteStore(':memory:')
    await store.commit(SUBMITTED_BATCH)
    expect(await store.batches(10)).toHaveLength(1)
    await store.close()
  })

  it('is refused if not a database or not readable', async () => {
    const path = newPath()
    writeFileSync(path, 'not a database'.repeat(1_000))
    expect(await failureOf(() => openSqliteStore(path))).toBe('corrupt')
    expect(() => openSqliteStore(path)).toThrow(`cannot open the database ${path}: `)
    const inTheWay = newPath()
    mkdirSync(inTheWay)
    expect(await failureOf(() => openSqliteStore(inTheWay))).toBe('unavailable')
    expect(await failureOf(() => openSqliteStore(join(path, 'below-a-file.sqlite')))).toBe('unavailable')
  })

  it('is refused if written by a newer version or a foreign program', async () => {
    const newer = newPath()
    await openSqliteStore(newer).close()
    new Driver(newer).exec(`UPDATE meta SET value = '10' WHERE key = 'schemaVersion'`)
    expect(() => openSqliteStore(newer)).toThrow(/schema version 10 and this program knows version 9/)
    expect(await failureOf(() => openSqliteStore(newer))).toBe('schema')

    const foreign = newPath()
    new Driver(foreign).exec('CREATE TABLE songs (title TEXT)')
    expect(await failureOf(() => openSqliteStore(foreign))).toBe('schema')
  })

  it('of version 3 keeps its records', async () => {
    const path = newPath()
    const store = openSqliteStore(path)
    await store.commit([...SUBMITTED_BATCH, accepted(3), opened(2, [3]), trimmed(2, { 3: 'failed' })])
    const where = inclusion(1, 1)
    const end = settled(1, { 1: 'finalized', 2: 'failed' }, { where })
    await store.commit([included(1, where), end])
    const before = await store.settledSince(0)
    expect(before).toMatchObject({
      batches: [{ operations: [{ sequence: 1 }, { sequence: 2 }] }],
      operations: [{ operation: { sequence: 3 } }],
    })
    await store.close()
    const former = new Driver(path)
    former.exec(BACK_TO_THIRD_VERSION)
    former.close()

    const migrated = openSqliteStore(path)
    expect(await migrated.settledSince(0)).toEqual(before)
    await migrated.close()
  })

  it('of version 5 keeps the plan of each batch, and its attempts name the plan', async () => {
    const path = newPath()
    const store = openSqliteStore(path)
    await store.commit([...SUBMITTED_BATCH, signed(1, CANCEL)])
    const free = (await store.attempts(batchId(1))).map((attempt) => ({ ...attempt, rollupFee: '0' }))
    const before = [await store.batch(batchId(1)), free]
    await store.close()
    const former = new Driver(path)
    former.exec(BACK_TO_FIFTH_VERSION)
    former.close()

    const migrated = openSqliteStore(path)
    expect([await migrated.batch(batchId(1)), await migrated.attempts(batchId(1))]).toEqual(before)
    await migrated.close()
  })

  it('of version 7 loses the costs of batches, because their shares are not known', async () => {
    const path = newPath()
    const store = openSqliteStore(path)
    const cost = costOf(1, 2)
    await store.commit([...SUBMITTED_BATCH, settled(1, { 1: 'finalized', 2: 'finalized' }, { cost })])
    await store.close()
    const former = new Driver(path)
    former.exec(BACK_TO_SEVENTH_VERSION)
    former.close()

    const migrated = openSqliteStore(path)
    expect((await migrated.batch(batchId(1)))?.result).toEqual(result(1, { 1: 'finalized', 2: 'finalized' }))
    expect((await migrated.operation(operationId(1)))?.cost).toBeNull()
    expect(await migrated.spentSince(0)).toBe('0')
    expect(await migrated.attempts(batchId(1))).toMatchObject([{ rollupFee: '0' }])
    await migrated.close()
  })

  it('of version 1 is migrated to this version', async () => {
    const path = newPath()
    const store = openSqliteStore(path)
    const where = inclusion(1, 1)
    await store.commit([...SUBMITTED_BATCH, accepted(3), opened(2, [3]), included(1, where)])
    await store.commit([failed(2, START + 40), settled(1, { 1: 'finalized' }, { at: START + 50, where })])
    // In version 1, a settlement without a transaction kept an orphaned inclusion.
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

  it.each([
    ['1', BACK_TO_FIRST_VERSION],
    ['3', BACK_TO_THIRD_VERSION],
    ['5', BACK_TO_FIFTH_VERSION],
    ['7', BACK_TO_SEVENTH_VERSION],
  ])('has the same tables when migrated from version %s as when created', async (_, goBack) => {
    const [created, migrated] = [newPath(), newPath()]
    for (const path of [created, migrated]) await openSqliteStore(path).close()
    new Driver(migrated).exec(goBack)
    await openSqliteStore(migrated).close()
    const columns = (path: string) =>
      ['batches', 'plans', 'attempts', 'operations'].map((table) =>
        new Driver(path).prepare(`SELECT * FROM pragma_table_info('${table}')`).all(),
      )
    const indexes = (path: string) =>
      new Driver(path).prepare(`SELECT name FROM sqlite_schema WHERE type = 'index' ORDER BY name`).all()
    expect(columns(migrated)).toEqual(columns(created))
    expect(indexes(migrated)).toEqual(indexes(created))
  })

  it('that is damaged fails with corrupt', async () => {
    const path = newPath()
    const store = openSqliteStore(path)
    await store.commit(Array.from({ length: 100 }, (_, index) => accepted(index + 1)))
    await store.close()
    truncateSync(path, 20_000)
    expect(await failureOf(async () => openSqliteStore(path).recover(START))).toBe('corrupt')
  })

  it('refuses every call after close, except a second close', async () => {
    const store = openSqliteStore(newPath())
    await store.close()
    await store.close()
    expect(await failureOf(() => store.ping())).toBe('closed')
    expect(await failureOf(() => store.commit([accepted(1)]))).toBe('closed')
    expect(await failureOf(() => store.envelopes([]))).toBe('closed')
  })

  it('with more operations than a page is recovered whole', async () => {
    const store = openSqliteStore(newPath())
    const numbers = Array.from({ length: RECOVERY_PAGE + 1 }, (_, index) => index + 1)
    await store.commit(numbers.map(accepted))
    const recovered = async () => (await store.recover(START)).queued.map(({ sequence }) => sequence)
    expect(await recovered()).toEqual(numbers)
    await store.commit([failed(1)])
    expect(await recovered()).toEqual(numbers.slice(1))
    await store.close()
  })

  it('is pruned in bounded steps', async () => {
    const store = openSqliteStore(newPath())
    const numbers = Array.from({ length: PRUNE_LIMIT + 1 }, (_, index) => index + 1)
    await store.commit(numbers.flatMap((n) => [accepted(n), failed(n, START + n)]))
    const left = async () => (await store.envelopes(numbers.map(operationId))).map(({ sequence }) => sequence)
    expect(await store.hasPrunable(START)).toBe(false)
    expect(await store.hasPrunable(START * 2)).toBe(true)
    await store.commit([{ type: 'pruned', before: START * 2 }])
    expect(await left()).toEqual([PRUNE_LIMIT + 1])
    expect(await store.hasPrunable(START * 2)).toBe(true)
    await store.commit([{ type: 'pruned', before: START * 2 }])
    expect(await left()).toEqual([])
    expect(await store.hasPrunable(START * 2)).toBe(false)
    await store.close()
  })
})

describe('a process that is killed', () => {
  const runUntilKilled = async (path: string, when: string) => {
    const child = fork(new URL('./commitThenCrash.ts', import.meta.url), [path, when], {
      execArgv: ['--import', 'tsx'],
    })
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL'])
    return openSqliteStore(path)
  }

  it.each(['after a commit', 'within a commit'])('%s has stored the whole commits only', async (when) => {
    const store = await runUntilKilled(newPath(), when)
    const { batches, queued } = await store.recover(START)
    expect(batches.map(({ operations }) => operations.map(({ sequence }) => sequence))).toEqual([[1, 2]])
    expect(queued).toEqual([])
    await store.close()
  })
})

describe('StoreError', () => {
  it('translates the errors of the driver into the terms of the store', async () => {
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

  it('does not replace other errors', () => {
    const defect = new TypeError('a defect')
    expect(toStoreError(defect)).toBe(defect)
  })
})
