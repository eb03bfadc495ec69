/** `opsbatcher dev` after a fresh installation: the commands that it prints work unchanged. */
import { type ChildProcess, execFile } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createIdleAccount } from '../../src/load/account.ts'
import { secureRandom } from '../../src/load/random.ts'
import { emptyFolder, runCommand, spawnCommand } from '../cli/command.ts'
import { connect, type ServiceClient } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'

const run = promisify(execFile)

interface Dev {
  readonly child: ChildProcess
  /** The output when it is ready. */
  readonly welcome: string
  readonly service: ServiceClient
}

/** Starts `opsbatcher dev` with quick blocks, and waits for the welcome text. */
async function startDev(dataDir: string): Promise<Dev> {
  const settings = ['--chain-port', '0', '--block-time', '0.5', '--poll-interval-ms', '100']
  const child = spawnCommand(['dev', '--port', '0', '--data-dir', dataDir, ...settings])
  child.stderr.resume()
  let welcome = ''
  for await (const chunk of child.stdout) {
    welcome += chunk
    if (welcome.includes('Press Ctrl-C to stop.')) break
  }
  const url = /gateway +(http:\S+)/.exec(welcome)?.[1]
  if (url === undefined) throw new Error(`it did not start: ${welcome}`)
  return { child, welcome, service: connect(url) }
}

/** Sends SIGTERM as a service manager does. @returns the exit code */
async function stop({ child }: Dev): Promise<number | null> {
  const closed = once(child, 'exit')
  child.kill('SIGTERM')
  await closed
  return child.exitCode
}

describe('opsbatcher dev', () => {
  const dataDir = emptyFolder()
  let dev: Dev
  let created: string

  beforeAll(async () => {
    dev = await startDev(dataDir)
  })

  afterAll(() => {
    dev.child.kill('SIGKILL')
  })

  it('prints commands that work when pasted: an account is created', async () => {
    const commands = dev.welcome
      .split('\n')
      .filter((line) => /^ +(id=|curl)/.test(line))
      .join('\n')
    const { stdout } = await run('bash', ['-ec', `${commands}\necho; echo "$id"`])
    const [answer = '', id = ''] = stdout.trim().split('\n')
    expect(JSON.parse(answer)).toMatchObject({ request_id: id, kind: 'create_account' })
    expect((await dev.service.waitUntilTerminal(id)).status.state).toBe('finalized')
    created = id
  })

  it('is asked for an operation by the command `status`', async () => {
    const { code, stdout } = await runCommand(['status', created, '--url', dev.service.url])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^gw_\S+ {2}create_account\n +state +finalized\n +transaction +0x[0-9a-f]{64}\n/)
  })

  it('is asked by a program with `status --json`', async () => {
    const { stdout } = await runCommand(['status', created, '--url', dev.service.url, '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ request_id: created, status: { state: 'finalized' } })
  })

  it('accepts and finalizes the traffic of `load`', async () => {
    const command = /npm run -s opsbatcher -- (load .*)/.exec(dev.welcome)?.[1] ?? ''
    const args = command.replace(/--operations \d+/, '--operations 30').split(' ')
    const { code, stdout } = await runCommand([...args, '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ accepted: 30, rejected: 0, finalized: 30, failed: 0 })
    expect(stdout.trim().split('\n')).toHaveLength(1)
    expect(code).toBe(0)
  })

  it('stops at SIGTERM, and continues with the same chain and database at the next start', async () => {
    const before = await dev.service.status(created)
    expect(await stop(dev)).toBe(0)
    dev = await startDev(dataDir)
    expect(await dev.service.status(created)).toEqual(before)
    const isRead = (wallet: { next_nonce: number | null }) => wallet.next_nonce !== null
    const { next_nonce } = await eventually('the wallet to be read', dev.service.wallet, isRead)
    expect(next_nonce).toBeGreaterThan(0)

    const id = await dev.service.accept(createIdleAccount(secureRandom))
    const { attempts, status } = await dev.service.waitUntilTerminal(id)
    expect(status.state).toBe('finalized')
    expect(attempts.map(({ nonce }) => nonce)).toEqual([next_nonce])
    expect(await stop(dev)).toBe(0)
  })
})
