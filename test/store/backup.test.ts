import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { backUp } from '../../src/store/sqlite/backup.ts'
import { compare, type State } from '../../src/store/sqlite/copy.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqliteStore.ts'
import { accepted, operationId, SUBMITTED_BATCH } from './fixtures.ts'

let folder: string
let path: string
let target: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'opsbatcher-backup-'))
  path = join(folder, 'store.sqlite')
  target = join(folder, `it's a copy.sqlite`)
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('a backup', () => {
  it('holds what was committed before, is a database to start with, and tells what it holds', async () => {
    const store = openSqliteStore(path)
    await store.commit(SUBMITTED_BATCH)
    const contents = await backUp(path, target)
    expect(contents).toEqual({ operations: 2, batches: 1, attempts: 1 })
    await store.commit([accepted(9)])
    const restored = openSqliteStore(target)
    expect(await restored.operation(operationId(1))).toEqual(await store.operation(operationId(1)))
    expect(await restored.operation(operationId(9))).toBeNull()
    await restored.commit([accepted(10)])
    await restored.close()
    await store.close()
  })

  it('of a database that is written to meanwhile holds a prefix of the commits', async () => {
    const store = openSqliteStore(path)
    await store.commit([accepted(1)])
    const backup = backUp(path, target)
    let written = 1
    let isDone = false
    void backup.finally(() => {
      isDone = true
    })
    while (!isDone) {
      await store.commit([accepted(written + 1), accepted(written + 2)])
      written += 2
      await new Promise((resolve) => setImmediate(resolve))
    }
    const { operations } = await backup
    expect(operations % 2).toBe(1)
    expect(operations).toBeLessThanOrEqual(written)
    const restored = openSqliteStore(target)
    expect(await restored.operation(operationId(operations))).not.toBeNull()
    expect(await restored.operation(operationId(operations + 1))).toBeNull()
    await restored.close()
    await store.close()
  })

  it('of a database after a crash holds the commits in its write-ahead log', async () => {
    const store = openSqliteStore(path)
    await store.commit([accepted(1)])
    // The files as a crash leaves them.
    const crashed = join(folder, 'crashed.sqlite')
    for (const end of ['', '-wal']) writeFileSync(`${crashed}${end}`, readFileSync(`${path}${end}`))
    await store.close()
    expect(await backUp(crashed, target)).toMatchObject({ operations: 1 })
  })

  it('never overwrites a file', async () => {
    await openSqliteStore(path).close()
    writeFileSync(target, 'mine')
    await expect(backUp(path, target)).rejects.toThrow(/is there already, and is not overwritten/)
    expect(readFileSync(target, 'utf8')).toBe('mine')
  })

  it('does not overwrite a file that appears meanwhile', async () => {
    await openSqliteStore(path).close()
    const backup = backUp(path, target, { onStart: () => writeFileSync(target, 'mine') })
    await expect(backup).rejects.toThrow(/is there already/)
    expect(readFileSync(target, 'utf8')).toBe('mine')
    expect(drafts()).toEqual([])
  })

  it('that is interrupted leaves nothing behind', async () => {
    const store = openSqliteStore(path)
    await store.commit([accepted(1)])
    const interruption = new AbortController()
    const backup = backUp(path, target, {
      signal: interruption.signal,
      onStart(draft) {
        writeFileSync(draft, 'half a database')
        interruption.abort()
      },
    })
    await expect(backup).rejects.toThrow('interrupted; no backup was made')
    expect(readdirSync(folder).filter((name) => name.includes('copy'))).toEqual([])
    await store.close()
  })

  it('of a damaged database is not made', async () => {
    const store = openSqliteStore(path)
    await store.commit(Array.from({ length: 500 }, (_, index) => accepted(index + 1)))
    await store.close()
    const bytes = readFileSync(path)
    for (let page = 5; page < bytes.length / 4_096; page += 2)
      bytes.fill(0xa5, page * 4_096, (page + 1) * 4_096)
    writeFileSync(path, bytes)
    await expect(backUp(path, target)).rejects.toThrow()
    expect(readdirSync(folder).filter((name) => name.includes('copy'))).toEqual([])
  })

  it('of a database that is not there says so', async () => {
    await expect(backUp(path, target)).rejects.toThrow(`there is no database ${path}`)
  })

  it('into a folder that is not there fails', async () => {
    await openSqliteStore(path).close()
    await expect(backUp(path, join(folder, 'missing', 'copy.sqlite'))).rejects.toMatchObject({
      failure: 'unavailable',
    })
  })
})

describe('a copy is compared with the database', () => {
  const state: State = {
    identity: '["registry","9"]',
    newest: 7,
    contents: { operations: 5, batches: 2, attempts: 3 },
    version: 1,
  }
  const without = { ...state, contents: { ...state.contents, attempts: 2 } }

  it('and fewer rows are a difference if nothing was written meanwhile', () => {
    expect(() => compare(state, state, state)).not.toThrow()
    expect(() => compare(without, state, state)).toThrow(/counts differ.*make the backup again/)
    expect(() => compare(without, state, { ...state, version: 2 })).not.toThrow()
  })

  it('and must hold an operation that was there before, and none that came after', () => {
    const later = { ...state, version: 2, newest: 9 }
    for (const newest of [7, 8, 9]) expect(() => compare({ ...state, newest }, state, later)).not.toThrow()
    for (const newest of [6, 10])
      expect(() => compare({ ...state, newest }, state, later)).toThrow(/other operations/)
    expect(() => compare({ ...state, identity: '[]' }, state, later)).toThrow(/other operations/)
  })
})

function drafts(): readonly string[] {
  return readdirSync(folder).filter((name) => name.endsWith('.part'))
}
