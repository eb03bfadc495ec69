/** Database files that were damaged, emptied, removed or replaced. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import Driver from 'libsql'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSqliteStore } from '../../src/store/sqlite/sqliteStore.ts'
import { accepted, operationId } from './fixtures.ts'

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'opsbatcher-damage-'))
  path = join(folder, 'data', 'store.sqlite')
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

const PAGE = 4_096

/** A closed database with many pages. */
async function filled(): Promise<void> {
  const store = openSqliteStore(path)
  await store.commit(Array.from({ length: 500 }, (_, index) => accepted(index + 1)))
  await store.close()
}

/** Overwrites every second page but the first. */
function damage(): void {
  const pages = statSync(path).size / PAGE
  overwrite(Array.from({ length: Math.floor(pages / 2) }, (_, index) => 1 + 2 * index))
}

function overwrite(pages: readonly number[]): void {
  const file = openSync(path, 'r+')
  for (const page of pages) writeSync(file, Buffer.alloc(PAGE, 0xa5), 0, PAGE, page * PAGE)
  closeSync(file)
}

describe('at the start, a database file', () => {
  it('with one damaged page, which no statement of the start reads, is refused, with advice', async () => {
    await filled()
    overwrite([Math.floor(statSync(path).size / PAGE) - 1])
    expect(() => openSqliteStore(path)).toThrow(
      expect.objectContaining({ failure: 'corrupt', message: expect.stringMatching(/damaged.*backup/) }),
    )
  })

  it('with damaged pages is refused, with advice', async () => {
    await filled()
    damage()
    expect(() => openSqliteStore(path)).toThrow(
      expect.objectContaining({ failure: 'corrupt', message: expect.stringMatching(/damaged.*backup/) }),
    )
  })

  it('of 0 bytes is refused, and stays as it is', async () => {
    await filled()
    truncateSync(path, 0)
    expect(() => openSqliteStore(path)).toThrow(
      expect.objectContaining({
        failure: 'corrupt',
        message: expect.stringMatching(/empty \(0 bytes\).*delete it/),
      }),
    )
    expect(statSync(path).size).toBe(0)
  })
})

describe('a database file that is missing', () => {
  /** Starts a process that is killed while it creates the file. */
  async function killAt(call: string): Promise<void> {
    const program = new URL('./killedAtCreation.ts', import.meta.url)
    const child = fork(program, [path, call], { execArgv: ['--import', 'tsx'] })
    const [, signal] = await once(child, 'exit')
    expect(signal).toBe('SIGKILL')
  }

  it.each([
    ['before the file has its name', 'renameSync', false],
    ['before the name is on the disk', 'fsyncSync', true],
  ])('is created by the next start when the first start was killed %s', async (_, call, isThere) => {
    await killAt(call)
    expect(existsSync(path)).toBe(isThere)
    if (isThere) expect(statSync(path).size).toBeGreaterThan(0)
    const store = openSqliteStore(path)
    await store.commit([accepted(1)])
    await store.close()
    expect(readdirSync(dirname(path))).toEqual(['store.sqlite', 'store.sqlite.lock'])
  })

  it('is created also when a killed start left an empty draft', async () => {
    mkdirSync(dirname(path))
    writeFileSync(`${path}.new`, '')
    await openSqliteStore(path).close()
    expect(readdirSync(dirname(path))).toEqual(['store.sqlite', 'store.sqlite.lock'])
  })

  it('is not created while another process creates it', async () => {
    mkdirSync(dirname(path))
    const other = new Driver(`${path}.new`)
    other.exec('BEGIN EXCLUSIVE')
    expect(() => openSqliteStore(path)).toThrow(expect.objectContaining({ failure: 'locked' }))
    other.exec('ROLLBACK')
    other.close()
    await openSqliteStore(path).close()
  })

  it('is not created beside its write-ahead log, with advice', async () => {
    mkdirSync(dirname(path))
    writeFileSync(`${path}-wal`, 'log')
    expect(() => openSqliteStore(path)).toThrow(
      expect.objectContaining({ failure: 'corrupt', message: expect.stringMatching(/log.*backup/) }),
    )
    expect(readdirSync(dirname(path))).toEqual(['store.sqlite-wal', 'store.sqlite.lock'])
  })
})

describe('while it is in use, a database', () => {
  const LOST = expect.objectContaining({
    failure: 'unavailable',
    message: expect.stringMatching(/removed or replaced/),
  })

  it.each([
    ['whose folder was removed', () => rmSync(join(folder, 'data'), { recursive: true })],
    ['whose file was removed', () => rmSync(path)],
    [
      'whose file was replaced',
      () => {
        renameSync(path, `${path}.old`)
        writeFileSync(path, '')
      },
    ],
    ['whose write-ahead log was removed', () => rmSync(`${path}-wal`)],
    ['whose lock was removed', () => rmSync(`${path}.lock`)],
  ])('%s accepts no commit, and does not answer a ping', async (_, lose) => {
    await filled()
    const store = openSqliteStore(path)
    await store.commit([accepted(501)])
    lose()
    await expect(store.commit([accepted(502)])).rejects.toEqual(LOST)
    await expect(store.ping()).rejects.toEqual(LOST)
    expect(await store.status(operationId(502))).toBeNull()
    await store.close().catch(() => {})
  })
})
