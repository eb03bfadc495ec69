/** `doctor` with operations in PostgreSQL. */
import { connect, createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkStore } from '../../src/doctor/store.ts'
import { openPostgresStore } from '../../src/store/postgres/postgresStore.ts'
import { IDENTITY } from '../store/fixtures.ts'
import { startPostgres, type TestPostgres, withClient } from '../support/postgres.ts'

let server: TestPostgres

beforeAll(async () => {
  server = await startPostgres()
})

afterAll(() => server.stop())

async function checked(databaseUrl: string, identity = IDENTITY) {
  const { checks, ...rest } = await checkStore({ databaseUrl, databasePath: 'unused' }, identity, 0)
  return { ...rest, checks: Object.fromEntries(checks.map((check) => [check.name, check])) }
}

describe('a database in PostgreSQL', () => {
  it('shows its version, and is warned of if a crash loses commits', async () => {
    const url = await server.newUrl()
    const { checks } = await checked(url)
    expect(checks).toMatchObject({
      database: { verdict: 'ok', found: expect.stringMatching(/^PostgreSQL 18/) },
      durability: { verdict: 'warn', found: 'fsync=off' },
      pooler: { verdict: 'ok' },
      store: { verdict: 'ok', found: 'tables, empty' },
    })
    const { rows } = await withClient(url, (query) =>
      query(
        'SELECT count(*)::integer AS count FROM information_schema.tables WHERE table_schema = current_schema()',
      ),
    )
    expect(rows).toEqual([{ count: 0 }])
  })

  it('in use names the leader, and belongs to one registry', async () => {
    const url = await server.newUrl()
    const { store, seat } = openPostgresStore(url, { name: 'gateway-0' })
    await seat.take()
    await store.bind(IDENTITY)
    const { checks, isInUse, spent } = await checked(url)
    expect({ isInUse, spent }).toEqual({ isInUse: true, spent: '0' })
    expect(checks['database']).toMatchObject({
      verdict: 'ok',
      found: expect.stringMatching(/led by gateway-0$/),
    })
    const foreign = await checked(url, { ...IDENTITY, chainId: 5 })
    expect(foreign.checks['store']).toMatchObject({
      verdict: 'fail',
      found: expect.stringContaining('on chain 5'),
    })
    await store.close()
  })

  it('behind a pooler is warned of', async () => {
    const url = new URL(await server.newUrl())
    const pooler = await startPooler(Number(url.port))
    url.port = String(pooler.port)
    expect((await checked(url.href)).checks['pooler']).toMatchObject({
      verdict: 'warn',
      advice: expect.stringContaining('session mode'),
    })
    pooler.close()
  })

  it('that refuses the user, or the right to create tables, fails', async () => {
    const url = new URL(await server.newUrl())
    await server.admin.query(`CREATE ROLE reader LOGIN PASSWORD 'reader'`)
    await server.admin.query(`GRANT USAGE ON SCHEMA ${/search_path%3D(\w+)/.exec(url.href)?.[1]} TO reader`)
    url.username = 'reader'
    url.password = 'reader'
    expect((await checked(url.href)).checks['store']).toMatchObject({
      verdict: 'fail',
      advice: expect.stringContaining('CREATE'),
    })
    url.password = 'wrong'
    expect((await checked(url.href)).checks['database']).toMatchObject({
      verdict: 'fail',
      found: expect.stringContaining('password'),
    })
  })

  it('that does not answer fails', async () => {
    expect((await checked('postgres://127.0.0.1:9/ops')).checks['database']).toMatchObject({
      verdict: 'fail',
    })
  })
})

/** The message BackendKeyData for a key of eight bytes. PostgreSQL documentation, "Message Formats". */
const KEY_DATA = Buffer.from([0x4b, 0, 0, 0, 12])

/** As PgBouncer does, it gives each client a process id of its own. */
async function startPooler(target: number): Promise<{ readonly port: number; close(): void }> {
  const pooler = createServer((near) => {
    const far = connect(target, '127.0.0.1')
    near.pipe(far)
    far.on('data', (bytes) => {
      const at = bytes.indexOf(KEY_DATA)
      if (at >= 0) bytes.writeUInt32BE(1, at + KEY_DATA.length)
      near.write(bytes)
    })
    for (const socket of [near, far]) socket.on('error', () => {})
    far.on('close', () => near.destroy())
    near.on('close', () => far.destroy())
  })
  await new Promise<void>((resolve) => pooler.listen(0, '127.0.0.1', resolve))
  const address = pooler.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close: () => pooler.close(),
  }
}
