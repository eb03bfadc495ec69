/** The PostgreSQL store: the conformance suite on a real server, and faults of the server. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { StoreError } from '../../src/store/port.ts'
import { openPool } from '../../src/store/postgres/connection.ts'
import { openPostgresStore } from '../../src/store/postgres/postgresStore.ts'
import type { ServerFacts } from '../../src/store/postgres/server.ts'
import { cutAll, retried, startPostgres, type TestPostgres, withClient } from '../support/postgres.ts'
import { describeStoreConformance } from './conformance.ts'
import { accepted, IDENTITY, operationId, START } from './fixtures.ts'

let server: TestPostgres

beforeAll(async () => {
  server = await startPostgres()
})

afterAll(() => server.stop())

/** Opens a store that leads. */
async function lead(url: string) {
  const { store, seat } = openPostgresStore(url, { name: 'test' })
  expect(await seat.take()).toMatchObject({ isOurs: true })
  return store
}

async function failureOf(call: () => unknown): Promise<string> {
  try {
    await call()
  } catch (error) {
    if (error instanceof StoreError) return error.failure
    throw error
  }
  return 'none'
}

describeStoreConformance('the PostgreSQL store', async () => {
  const url = await server.newUrl()
  let store = await lead(url)
  return {
    store,
    async reopen() {
      await store.close()
      store = await lead(url)
      return store
    },
    dispose: () => store.close(),
  }
})

describe('a PostgreSQL database', () => {
  it('serves several registries, each in a schema of its own', async () => {
    const [one, other] = [await lead(await server.newUrl()), await lead(await server.newUrl())]
    await one.bind(IDENTITY)
    await other.bind({ ...IDENTITY, chainId: 1 })
    await expect(one.bind({ ...IDENTITY, chainId: 1 })).rejects.toThrow('the database belongs to registry')
    await one.commit([accepted(1)])
    expect(await other.operation(operationId(1))).toBeNull()
    await one.close()
    await other.close()
  })

  it('gets its tables once, although several processes start together', async () => {
    const url = await server.newUrl()
    const stores = Array.from({ length: 4 }, () => openPostgresStore(url, { name: 'test' }).store)
    await Promise.all(stores.map((store) => store.bind(IDENTITY)))
    await Promise.all(stores.map((store) => store.close()))
  })

  it('is refused if written by a newer version', async () => {
    const url = await server.newUrl()
    await (await lead(url)).close()
    await withClient(url, (query) => query(`UPDATE meta SET value = '2' WHERE key = 'schemaVersion'`))
    const { store } = openPostgresStore(url, { name: 'test' })
    await expect(store.bind(IDENTITY)).rejects.toMatchObject({
      failure: 'schema',
      message: 'the database has the schema version 2 and this program knows version 1',
    })
    await store.close()
  })

  it('is refused if its tables belong to another program', async () => {
    const url = await server.newUrl()
    await withClient(url, (query) => query('CREATE TABLE operations (id text)'))
    const { store } = openPostgresStore(url, { name: 'test' })
    await expect(store.bind(IDENTITY)).rejects.toMatchObject({
      failure: 'schema',
      message: 'the tables of the database belong to another program',
    })
    await store.close()
  })

  it('that refuses the user is no outage: waiting does not help', async () => {
    const url = (await server.newUrl()).replace(/:[^:@/]+@/, ':other@')
    const { store } = openPostgresStore(url, { name: 'test' })
    await expect(store.bind(IDENTITY)).rejects.toMatchObject({ failure: 'refused', retryable: false })
    await store.close()
  })

  it('that does not answer is an outage', async () => {
    const { store, seat } = openPostgresStore('postgres://postgres@127.0.0.1:1/postgres', { name: 'test' })
    const outage = { name: 'StoreError', failure: 'unavailable', retryable: true }
    await expect(store.bind(IDENTITY)).rejects.toMatchObject(outage)
    await expect(store.ping()).rejects.toMatchObject(outage)
    await expect(seat.take()).rejects.toMatchObject(outage)
    await store.close()
  })

  it('tells its version, and which settings lose commits', async () => {
    const told: ServerFacts[] = []
    const { store } = openPostgresStore(await server.newUrl(), {
      name: 'test',
      onServer: (facts) => told.push(facts),
    })
    await store.bind(IDENTITY)
    await store.close()
    expect(told).toEqual([
      { version: expect.stringMatching(/^\d+\.\d+/), notDurable: ['fsync=off'], isReplicated: false },
    ])
  })

  it('refuses every call after close, except a second close', async () => {
    const store = await lead(await server.newUrl())
    await store.close()
    await store.close()
    expect(await failureOf(() => store.ping())).toBe('closed')
    expect(await failureOf(() => store.commit([accepted(1)]))).toBe('closed')
  })

  it('survives the error of a connection in use, which would end the process without a listener', async () => {
    const pool = openPool(await server.newUrl())
    const client = await pool.connect()
    expect(client.listenerCount('error')).toBeGreaterThan(0)
    client.release()
    await pool.end()
  })

  it('answers again after its connections were cut, without losing or repeating a commit', async () => {
    const store = await lead(await server.newUrl())
    await store.commit([accepted(1)])
    await cutAll(server)
    // The first call may meet a connection that is cut; it has then changed nothing.
    await retried(() => store.commit([accepted(2)]))
    expect((await store.recover(START)).queued.map(({ sequence }) => sequence)).toEqual([1, 2])
    await store.close()
  })
})
