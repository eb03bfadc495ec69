/** Readers of a database file in other processes, beside the one process that writes. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Database } from '../../src/store/sqlite/database.ts'
import { isLocked } from '../../src/store/sqlite/fileLock.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqliteStore.ts'
import { accepted } from './fixtures.ts'

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'opsbatcher-readers-'))
  path = join(folder, 'store #1.sqlite')
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Runs code in another process. @returns what it prints */
function elsewhere(code: string): string {
  const libsql = fileURLToPath(new URL('../../node_modules/libsql/index.js', import.meta.url))
  const program = `const Driver = require(${JSON.stringify(libsql)}); const path = ${JSON.stringify(path)}; ${code}`
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' })
  return `${stdout}${stderr}`.trim()
}

const count = (database: Database) =>
  database.prepare<Record<string, never>, { n: number }>('SELECT count(*) AS n FROM operations').first({})?.n

describe('while a store is open', () => {
  it('another process can read, and sees each commit', async () => {
    const store = openSqliteStore(path)
    await store.commit([accepted(1), accepted(2)])
    const read = `console.log(new Driver(path).prepare('SELECT count(*) AS n FROM operations').get().n)`
    expect(elsewhere(read)).toBe('2')
    await store.commit([accepted(3)])
    expect(elsewhere(read)).toBe('3')
    await store.close()
  })

  it('the lock tells another process that the store is open, until it is closed', async () => {
    expect(isLocked(path)).toBe(false)
    const store = openSqliteStore(path)
    expect(isLocked(path)).toBe(true)
    await store.close()
    expect(isLocked(path)).toBe(false)
  })

  it('a gateway of an earlier version, which locks the file itself, is kept out', async () => {
    const store = openSqliteStore(path)
    await store.commit([accepted(1)])
    const earlier = `const other = new Driver(path)
      try { other.pragma('locking_mode = EXCLUSIVE'); other.pragma('journal_mode = WAL'); other.exec('BEGIN IMMEDIATE; COMMIT'); console.log('open') }
      catch (error) { console.log(error.code) }`
    expect(elsewhere(earlier)).toBe('SQLITE_BUSY')
    await store.commit([accepted(2)])
    await store.close()
  })
})

describe('a database opened to read', () => {
  it('sees the commits of the writer, and cannot be written to', async () => {
    const store = openSqliteStore(path)
    const reader = Database.openToRead(path)
    await store.commit([accepted(1)])
    expect(count(reader)).toBe(1)
    expect(() => reader.execute('DELETE FROM operations')).toThrow(/readonly/)
    reader.close()
    await store.commit([accepted(2)])
    await store.close()
  })

  it('does not keep the writer from closing, nor the next writer from starting', async () => {
    const store = openSqliteStore(path)
    await store.commit([accepted(1)])
    const reader = Database.openToRead(path)
    reader.execute('BEGIN')
    expect(count(reader)).toBe(1)
    await store.close()
    const next = openSqliteStore(path)
    await next.commit([accepted(2)])
    reader.execute('COMMIT')
    expect(count(reader)).toBe(2)
    reader.close()
    await next.close()
  })

  it('must exist', () => {
    expect(() => Database.openToRead(path)).toThrow(expect.objectContaining({ failure: 'unavailable' }))
  })
})
