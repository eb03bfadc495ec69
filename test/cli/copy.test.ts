import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { databasePath } from '../../src/config/gatewayConfig.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqliteStore.ts'
import { accepted, IDENTITY, operationId } from '../store/fixtures.ts'
import { emptyFolder, runCommand } from './command.ts'

/** A folder with one operation. */
async function usedFolder(): Promise<string> {
  const folder = emptyFolder()
  const store = openSqliteStore(databasePath(folder))
  await store.bind(IDENTITY)
  await store.commit([accepted(1)])
  await store.close()
  return folder
}

describe('opsbatcher copy', () => {
  it('copies the records, and says how many', async () => {
    const [from, to] = [await usedFolder(), join(emptyFolder(), 'new')]
    const { code, stdout, stderr } = await runCommand([
      'copy',
      '--from',
      `sqlite:${from}`,
      '--to',
      `sqlite:${to}`,
    ])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toBe(
      'copied and compared: 1 operations, 0 batches, 0 transactions\nStart the gateway with the copy only.\n',
    )
    const copied = openSqliteStore(databasePath(to))
    expect(await copied.status(operationId(1))).toMatchObject({ state: { state: 'queued' } })
    await copied.close()
  })

  it('refuses a store in use, with one line', async () => {
    const from = await usedFolder()
    const store = openSqliteStore(databasePath(from))
    const to = `sqlite:${emptyFolder()}`
    const { code, stderr } = await runCommand(['copy', '--from', `sqlite:${from}`, '--to', to])
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `opsbatcher: ${from}: a gateway uses it; stop the gateway first\n`,
    })
    await store.close()
  })

  it('names a database that does not answer, and hides its password', async () => {
    const url = 'postgres://user:secret-word@127.0.0.1:1/gateway'
    const { code, stderr } = await runCommand(['copy', '--from', url, '--to', `sqlite:${emptyFolder()}`])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^opsbatcher: postgres:\/\/127\.0\.0\.1:1\/gateway: .*ECONNREFUSED.*\n$/)
    expect(stderr).not.toContain('secret-word')
  })

  it('refuses another kind of store, and does not print the address', async () => {
    const { code, stderr } = await runCommand([
      'copy',
      '--from',
      'mysql://user:secret-word@host/db',
      '--to',
      'sqlite:x',
    ])
    expect(code).toBe(2)
    expect(stderr).toContain('It must be sqlite:FOLDER or postgres://')
    expect(stderr).not.toContain('secret-word')
  })
})
