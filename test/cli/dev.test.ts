import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { emptyFolder, runCommand, spawnCommand } from './command.ts'

const FLAGS = ['dev', '--port', '0', '--chain-port', '0', '--block-time', '0.2', '--poll-interval-ms', '50']

interface Running {
  readonly url: string
  readonly rpcUrl: string
  readonly registry: string
  /** All output so far. */
  readonly output: () => string
  /** Body of the request in the welcome text. */
  readonly body: string
  /** Sends a signal and resolves with the exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>
}

/** Starts `opsbatcher dev` and waits for the welcome text. */
async function startDev(folder: string): Promise<Running> {
  const child = spawnCommand(FLAGS, {}, folder)
  const output = collect(child)
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve))
  await Promise.race([
    new Promise<void>((resolve) => child.stdout.on('data', () => /Ctrl-C/.test(output()) && resolve())),
    exited.then(() => Promise.reject(new Error(`dev ended early:\n${output()}`))),
  ])
  const find = (pattern: RegExp): string => pattern.exec(output())?.[1] ?? ''
  return {
    url: find(/gateway +(\S+)/),
    rpcUrl: find(/chain +(http\S+)/),
    registry: find(/registry +(\S+)/),
    body: find(/-d '(.*?)'/),
    output,
    end(signal) {
      child.kill(signal)
      return exited
    },
  }
}

function collect({ stdout, stderr }: ChildProcess): () => string {
  let text = ''
  for (const stream of [stdout, stderr]) stream?.on('data', (chunk: Buffer) => (text += chunk.toString()))
  return () => text
}

describe('dev', () => {
  const folder = emptyFolder()
  let dev: Running

  beforeAll(async () => {
    dev = await startDev(folder)
  })

  afterAll(() => dev.end('SIGTERM'))

  it('starts gateway and chain, and the suggested request works unchanged', async () => {
    const answer = await fetch(`${dev.url}/create-account`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: dev.body,
    })
    expect(answer.status).toBe(200)
    const { request_id: id } = (await answer.json()) as { request_id: string }
    const { code, stdout } = await runCommand(['status', id, '--url', dev.url])
    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`^${id}  create_account\n  state  +\\w+\n`))
  })

  it('has a `status` command with an error for an RPC endpoint as --url', async () => {
    const { code, stderr } = await runCommand(['status', 'gw_1', '--url', dev.rpcUrl])
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^opsbatcher: http:.* answers \d+, but it is not an opsbatcher gateway; .*--url\n$/,
    )
  })

  it('prints the address of the live view', async () => {
    const [, address = ''] = /live view +(\S+)/.exec(dev.output()) ?? []
    expect((await fetch(address)).status).toBe(200)
  })

  it('finalizes signed operations of every kind under `load`', async () => {
    const args = ['load', '-n', '20', '--url', dev.url, '--rpc-url', dev.rpcUrl, '--json']
    const { code, stdout, stderr } = await runCommand([
      ...args,
      '--mix',
      'create:4,insert:4,update:4,remove:4,recover:4',
    ])
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual({
      accepted: 20,
      rejected: 0,
      finalized: 20,
      failed: 0,
      operationsPerSecond: expect.any(Number),
      latencyMs: { p50: expect.any(Number), p95: expect.any(Number), p99: expect.any(Number) },
      cost: expect.any(Object),
    })
    expect(code).toBe(0)
  })

  it('prints no private key', () => {
    expect(dev.output()).not.toContain('ac0974bec39a17e3')
  })

  it('reports a port in use in a single line', async () => {
    const { port } = new URL(dev.url)
    const { code, stderr } = await runCommand([...FLAGS, '--port', port])
    expect(code).toBe(1)
    expect(stderr).toBe(
      `opsbatcher: cannot listen on 127.0.0.1:${port}: the port is in use; stop the other program, or choose another port with --port\n`,
    )
  })

  it('reports a database in use by a second process in a single line', async () => {
    const { code, stderr } = await runCommand(
      ['serve', '--port', '0', '--data-dir', join(folder, '.opsbatcher')],
      {
        RPC_URL: dev.rpcUrl,
        REGISTRY_ADDRESS: dev.registry,
        WALLET_PRIVATE_KEY: `0x${'01'.repeat(32)}`,
      },
    )
    expect(code).toBe(1)
    expect(stderr).toMatch(/^opsbatcher: another process uses the database; .*\n$/)
  })

  it('reports in a single line why a folder cannot hold the database', async () => {
    const { code, stderr } = await runCommand(['serve', '--port', '0', '--data-dir', process.execPath], {
      RPC_URL: dev.rpcUrl,
      REGISTRY_ADDRESS: dev.registry,
      WALLET_PRIVATE_KEY: `0x${'01'.repeat(32)}`,
    })
    expect(code).toBe(1)
    expect(stderr).toMatch(/^opsbatcher: cannot open the database .*(EEXIST|ENOTDIR).*; choose another.*\n$/)
  })

  it('fails in the folder of a running dev before the start of a second chain, because both chains would write the state file', async () => {
    const { port } = new URL(dev.rpcUrl)
    const { code, stderr } = await runCommand([...FLAGS, '--chain-port', port], {}, folder)
    expect(code).toBe(1)
    expect(stderr).toMatch(/^opsbatcher: another process uses the database; .*\n$/)
  })

  it('stops gracefully at Ctrl-C and resumes at the next start', async () => {
    // The levels of finality go on with the blocks.
    const readBatches = async () => {
      const { batches } = (await (await fetch(`${dev.url}/batches`)).json()) as {
        batches: { finality: unknown }[]
      }
      return batches.map(({ finality: _, ...batch }) => batch)
    }
    const before = await readBatches()
    expect(await dev.end('SIGINT')).toBe(0)
    dev = await startDev(folder)
    expect(await readBatches()).toEqual(before)
  })

  it('ends with the reason when the database is of a different chain', async () => {
    expect(await dev.end('SIGTERM')).toBe(0)
    rmSync(join(folder, '.opsbatcher', 'chain.json'))
    const { code, stderr } = await runCommand(FLAGS, {}, folder)
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^opsbatcher: the database belongs to .*; choose another folder with --data-dir.*$/m,
    )
  })
})

it('serve waits for a chain without an answer, says why without any key, and stops at a signal', async () => {
  const child = spawnCommand(['serve', '--port', '0'], {
    RPC_URL: 'http://127.0.0.1:9/v2/a-key-that-nobody-may-see',
    REGISTRY_ADDRESS: `0x${'11'.repeat(20)}`,
    WALLET_PRIVATE_KEY: `0x${'5ec7e7'.repeat(10)}abcd`,
  })
  const output = collect(child)
  const exited = once(child, 'close')
  await new Promise<void>((resolve) => {
    child.stderr.on('data', () => output().includes('start delayed') && resolve())
  })
  child.kill('SIGTERM')
  await exited
  expect(child.exitCode).toBe(0)
  expect(output()).toMatch(/The chain at RPC_URL does not answer .*127\.0\.0\.1:9/)
  expect(output()).not.toMatch(/a-key-that-nobody-may-see|5ec7e7/)
})
