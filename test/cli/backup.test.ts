/** `opsbatcher backup` in its own process, beside a process with the database open. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openSqliteStore } from '../../src/store/sqlite/sqliteStore.ts'
import { openThreadedStore } from '../../src/store/sqlite/threadedStore.ts'
import { accepted, operationId, SUBMITTED_BATCH } from '../store/fixtures.ts'
import { emptyFolder, runCommand } from './command.ts'

describe('backup', () => {
  it('copies the database of a gateway that goes on writing', async () => {
    const folder = emptyFolder()
    const store = await openThreadedStore(join(folder, 'operations.sqlite'))
    await store.commit(SUBMITTED_BATCH)
    const child = runCommand(['backup', '--data-dir', '.', 'copy.sqlite', '--json'], {}, folder)
    let isDone = false
    void child.finally(() => {
      isDone = true
    })
    let written = 2
    while (!isDone) {
      written += 1
      await store.commit([accepted(written)])
    }
    const { code, stdout, stderr } = await child
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const { operations, ...result } = JSON.parse(stdout)
    expect(result).toMatchObject({ file: 'copy.sqlite', batches: 1, attempts: 1 })
    expect(operations).toBeLessThanOrEqual(written)
    await store.close()

    const restored = openSqliteStore(join(folder, 'copy.sqlite'))
    expect(await restored.operation(operationId(operations))).not.toBeNull()
    expect(await restored.operation(operationId(operations + 1))).toBeNull()
    await restored.close()
  })

  it('tells people what the copy holds', async () => {
    const folder = emptyFolder()
    await openSqliteStore(join(folder, 'operations.sqlite')).close()
    const { code, stdout } = await runCommand(['backup', 'copy.sqlite'], { DATA_DIR: '.' }, folder)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^copy\.sqlite {2}0\.\d MB, checked: 0 operations, 0 batches, 0 transactions\n$/)
  })

  it('ends with one line and code 1 if there is no database, or the name is taken', async () => {
    const folder = emptyFolder()
    const none = await runCommand(['backup', 'copy.sqlite'], {}, folder)
    expect(none).toMatchObject({ code: 1, stdout: '' })
    expect(none.stderr).toMatch(/^opsbatcher: there is no database .*--data-dir\n$/)
    await openSqliteStore(join(folder, 'operations.sqlite')).close()
    const taken = await runCommand(['backup', '--data-dir', '.', 'operations.sqlite'], {}, folder)
    expect(taken).toMatchObject({ code: 1, stdout: '' })
    expect(taken.stderr).toMatch(/is there already, and is not overwritten/)
  })

  it('says to use pg_dump for PostgreSQL, and shows no password', async () => {
    const folder = emptyFolder()
    const { code, stderr } = await runCommand(
      ['backup', 'copy.sqlite'],
      { DATABASE_URL: 'postgres://user:5ec7e7@localhost/ops', WALLET_PRIVATE_KEY_FILE: 'missing' },
      folder,
    )
    expect(code).toBe(1)
    expect(stderr).toMatch(/^opsbatcher: .*use pg_dump "\$DATABASE_URL" .* because .*\n$/)
    expect(stderr).not.toContain('5ec7e7')
    expect(existsSync(join(folder, 'copy.sqlite'))).toBe(false)
  })
})
