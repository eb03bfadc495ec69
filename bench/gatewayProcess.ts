/** A compiled gateway in a separate process, as in use. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Devnet, startDevnet } from '../src/devnet/devnet.ts'
import { hashCost } from './hashCost.ts'

export interface GatewayProcess {
  readonly url: string
  /** The CPU time of all its threads since its start, in microseconds. */
  cpuTime(): Promise<number>
  /** Its resident memory, in bytes. */
  residentBytes(): Promise<number>
  stop(): Promise<void>
}

interface GatewayProcessOptions {
  /** Different from `SETTINGS`, by environment variable. */
  readonly settings?: NodeJS.Dict<string>
  /** Is removed when the gateway stops; a new folder by default. */
  readonly dataDir?: string
  /** Options of Node, such as `--cpu-prof`. */
  readonly nodeOptions?: readonly string[]
}

/**
 * Settings that differ from the defaults. The plain client of the comparison counts an operation as done after
 * inclusion in a block, and fills blocks. With the settings below the gateway does the same:
 * - While the transactions of a block wait for it, the gateway simulates and signs those of the next block.
 * - The backlog may use the whole block. The default leaves a tenth of it to other users.
 * - The WebSocket pushes blocks. Polling finds a block late by a quarter of the block time, and the plain client polls
 *   its receipts at shorter intervals.
 */
const SETTINGS = {
  CONFIRMATIONS: '0',
  MAX_CONCURRENT_BATCHES: '8',
  MAX_BLOCK_UTILISATION: '1',
}

export async function startGatewayProcess(
  chain: Devnet,
  { settings = {}, dataDir = newFolder(), nodeOptions = [] }: GatewayProcessOptions = {},
): Promise<GatewayProcess> {
  const child = spawn(process.execPath, [...nodeOptions, 'dist/src/cli.js', 'serve', '--port', '0'], {
    env: {
      ...process.env,
      ...SETTINGS,
      ...settings,
      RPC_URL: chain.rpcUrl.replace('http:', 'ws:'),
      REGISTRY_ADDRESS: chain.registryAddress,
      MULTICALL_ADDRESS: chain.multicallAddress,
      WALLET_PRIVATE_KEY: chain.walletPrivateKey,
      DATA_DIR: dataDir,
      LOG_FORMAT: 'json',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const url = await listening(child)
  return {
    url,
    cpuTime: async () => 1e6 * (await metric(url, 'process_cpu_seconds_total')),
    residentBytes: () => metric(url, 'process_resident_memory_bytes'),
    async stop() {
      child.kill('SIGTERM')
      await once(child, 'exit')
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'opsbatcher-bench-'))
}

async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1])
}

/** Reads the log until operations are admitted. @returns the URL. @throws Error with the log if the process ends first */
async function listening(child: ChildProcess): Promise<string> {
  const seen: string[] = []
  const { stderr } = child
  if (stderr === null) throw new Error('the gateway has no log')
  for await (const line of createInterface({ input: stderr })) {
    seen.push(line)
    if (!line.includes('"ready: ')) continue
    const url = /"url":"([^"]+)"/.exec(line)?.[1]
    if (url === undefined) continue
    stderr.resume()
    return url
  }
  throw new Error(`the gateway did not start:\n${seen.join('\n')}`)
}

/**
 * Runs work on a gateway with a separate chain, and stops both.
 * @param settings different from `SETTINGS`, by environment variable
 */
export async function withGateway<T>(
  settings: NodeJS.Dict<string>,
  work: (gateway: GatewayProcess, chain: Devnet) => Promise<T>,
  {
    blockTimeSeconds = 2,
    nodeOptions = [],
  }: { blockTimeSeconds?: number; nodeOptions?: readonly string[] } = {},
): Promise<T> {
  const chain = await startDevnet({ blockTimeSeconds, hashCost })
  try {
    const gateway = await startGatewayProcess(chain, { settings, nodeOptions })
    try {
      return await work(gateway, chain)
    } finally {
      await gateway.stop()
    }
  } finally {
    await chain.stop()
  }
}
