/** Copies between SQLite and PostgreSQL, and their refusals. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { copyStore } from '../../src/store/copy/copyStore.ts'
import { openPostgresSide } from '../../src/store/copy/postgresSide.ts'
import type { Side } from '../../src/store/copy/side.ts'
import { openSqliteSide } from '../../src/store/copy/sqliteSide.ts'
import type { RequestStore } from '../../src/store/port.ts'
import { openPostgresStore } from '../../src/store/postgres/postgresStore.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqliteStore.ts'
import { startPostgres, type TestPostgres } from '../support/postgres.ts'
import { temporaryFolder } from '../support/service.ts'
import {
  accepted,
  attemptHash,
  batchId,
  CANCEL,
  costOf,
  envelope,
  failed,
  finalityChanged,
  finalityOf,
  IDENTITY,
  included,
  inclusion,
  opened,
  operationId,
  planned,
  refused,
  START,
  SUBMITTED_BATCH,
  settled,
  signed,
  submitted,
  trimmed,
} from './fixtures.ts'

let server: TestPostgres
let folder: Awaited<ReturnType<typeof temporaryFolder>>

beforeAll(async () => {
  server = await startPostgres()
})

afterAll(() => server.stop())

beforeEach(async () => {
  folder = await temporaryFolder()
})

afterEach(() => folder.remove())

const file = (name: string) => join(folder.path, name)

async function openPostgres(url: string): Promise<RequestStore> {
  const { store, seat } = openPostgresStore(url, { name: 'test' })
  expect(await seat.take()).toMatchObject({ isOurs: true })
  return store
}

/** Every kind of record: open, settled, failed, trimmed and climbing batches, and a queue with a gap in its numbers. */
async function fill(store: RequestStore): Promise<void> {
  await store.bind(IDENTITY)
  await store.commit(SUBMITTED_BATCH)
  await store.commit([
    ...[3, 4, 5, 6, 7, 9].map(accepted),
    opened(2, [3, 4, 5]),
    planned(2, [3, 4]),
    trimmed(2, { 5: 'failed' }),
    signed(2, 1),
    refused(2, 1),
    submitted(2, 1),
    included(2, inclusion(2, 1)),
    settled(2, { 3: 'finalized', 4: 'evicted' }, { where: inclusion(2, 1), cost: costOf(3, 4) }),
    finalityChanged(2, finalityOf(2, 1, 'included')),
    failed(9),
    opened(3, [6]),
    planned(3, [6]),
    signed(3, 1),
    signed(3, CANCEL),
  ])
}

/** What a gateway would find: the work to resume, and each record. */
async function contentOf(store: RequestStore) {
  const recovered = await store.recover(START + 1_000)
  const ids = [1, 2, 3, 4, 5, 6, 7, 9].map(operationId)
  return {
    recovered,
    operations: await Promise.all(ids.map((id) => store.operation(id))),
    batches: await Promise.all([1, 2, 3].map((n) => store.batch(batchId(n)))),
    attempts: await Promise.all([1, 2, 3].map((n) => store.attempts(batchId(n)))),
    since: await store.settledSince(0),
    spent: await store.spentSince(0),
  }
}

/** Copies, and closes both sides. */
async function copy(from: Side, to: Side) {
  try {
    return await copyStore(from, to)
  } finally {
    await to.close()
    await from.close()
  }
}

describe('a copy', () => {
  it('holds in PostgreSQL what SQLite held, and back again', async () => {
    const url = await server.newUrl()
    const original = openSqliteStore(file('one'))
    await fill(original)
    await original.close()
    const report = await copy(openSqliteSide(file('one'), true), await openPostgresSide(url))
    expect(report).toMatchObject({ operations: 8, payloads: 8, batches: 3, attempts: 4 })
    const postgres = await openPostgres(url)
    // The copy back is made first: a recovery changes the records.
    await postgres.close()
    await copy(await openPostgresSide(url), openSqliteSide(file('two'), false))
    const stores = [
      openSqliteStore(file('one')),
      await openPostgres(url),
      openSqliteStore(file('two')),
    ] as const
    const [expected, ...copies] = await Promise.all(stores.map(contentOf))
    for (const content of copies) expect(content).toEqual(expected)
    for (const store of stores) {
      await expect(store.bind({ ...IDENTITY, chainId: 1 })).rejects.toThrow('belongs to registry')
      // The next numbers are free, and the positions and claims of operations in flight are held.
      await store.commit([accepted(20), opened(4, [20]), planned(4, [20]), signed(4, 1)])
      expect((await store.attempts(batchId(4))).map(({ hash }) => hash)).toEqual([attemptHash(4, 1)])
    }
    const { admissions, store } = openPostgresStore(url, { name: 'other' })
    await expect(
      admissions.admit({ envelope: { ...envelope(30), claims: envelope(7).claims }, chainNonce: null }),
    ).rejects.toMatchObject({ failure: 'duplicate' })
    await admissions.admit({ envelope: { ...envelope(31), claims: envelope(3).claims }, chainNonce: null })
    for (const each of [...stores, store]) await each.close()
  })

  it('keeps what arrived without a number', async () => {
    const url = await server.newUrl()
    const { store, admissions, seat } = openPostgresStore(url, { name: 'one' })
    await seat.take()
    await store.bind(IDENTITY)
    const { sequence: _, ...arrived } = envelope(1)
    await admissions.admit({ envelope: arrived, chainNonce: 0 })
    await store.close()
    await copy(await openPostgresSide(url), openSqliteSide(file('one'), false))
    const copied = openSqliteStore(file('one'))
    expect((await copied.recover(START)).queued).toMatchObject([{ id: operationId(1), sequence: 1 }])
    await copied.close()
  })
})

describe('a copy is refused', () => {
  const inUse = { name: 'StoreError', failure: 'locked' }

  it('while a gateway uses the SQLite file', async () => {
    const store = openSqliteStore(file('one'))
    expect(() => openSqliteSide(file('one'), true)).toThrow(expect.objectContaining(inUse))
    await store.close()
  })

  it('while a gateway uses the PostgreSQL schema, and no gateway uses it meanwhile', async () => {
    const url = await server.newUrl()
    const { store, seat } = openPostgresStore(url, { name: 'one' })
    await seat.take()
    await expect(openPostgresSide(url)).rejects.toMatchObject(inUse)
    await store.close()
    const side = await openPostgresSide(url)
    const later = openPostgresStore(url, { name: 'two' })
    await expect(later.seat.take()).rejects.toMatchObject(inUse)
    await side.close()
    expect(await later.seat.take()).toMatchObject({ isOurs: true })
    await later.store.close()
  })

  it('into a store in use, and from a store that was never used', async () => {
    for (const name of ['one', 'two']) {
      const store = openSqliteStore(file(name))
      await store.bind(IDENTITY)
      await store.close()
    }
    const sides = () => [openSqliteSide(file('one'), true), openSqliteSide(file('two'), false)] as const
    await expect(copy(...sides())).rejects.toThrow('the target is in use already')
    const url = await server.newUrl()
    await expect(copy(await openPostgresSide(url), openSqliteSide(file('three'), false))).rejects.toThrow(
      'the source holds no records',
    )
    expect(existsSync(file('three'))).toBe(false)
    expect(() => openSqliteSide(file('absent'), true)).toThrow('there is no database')
  })

  it('if the copy differs, and the target stays empty', async () => {
    const url = await server.newUrl()
    const original = openSqliteStore(file('one'))
    await fill(original)
    await original.close()
    const from = openSqliteSide(file('one'), true)
    const damaging: Side = {
      ...from,
      page: async (table, columns, above, limit) => {
        const rows = await from.page(table, columns, above, limit)
        reads += 1
        return table === 'payloads' && reads % 2 === 0 ? rows.slice(1) : rows
      },
    }
    let reads = 0
    await expect(copy(damaging, await openPostgresSide(url))).rejects.toThrow('differs from its source')
    const side = await openPostgresSide(url)
    expect(await side.identity()).toBeNull()
    expect(await side.page('operations', ['sequence'], 0, 10)).toEqual([])
    await side.close()
  })
})
