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
  stop(): Promise<void>
}

/**
 * Settings that differ from the defaults. The plain client of the comparison counts an operation as done after
 * inclusion in a block, and fills blocks. With the settings below the gateway does the same:
 * - Four transactions of this gas limit fit into a block of 60 million gas. A node packs by gas limit, and a transaction
 *   leaves a fourteenth of its limit unused: three used transactions and the whole limit of the fourth are below 60 million.
 * - While four transactions wait for their block, the gateway simulates and signs the next four.
 * - The WebSocket pushes blocks. Polling finds a block late by a quarter of the block time, and the plain client polls
 *   its receipts at shorter intervals.
 */
const SETTINGS = {
  CONFIRMATIONS: '0',
  MAX_CONCURRENT_BATCHES: '8',
  MAX_TRANSACTION_GAS: '15800000',
}

/**
 * @param settings different from `SETTINGS`, by environment variable
 * @param dataDir is removed when the gateway stops; a new folder by default
 */
export async function startGatewayProcess(
  chain: Devnet,
  settings: NodeJS.Dict<string> = {},
  dataDir = mkdtempSync(join(tmpdir(), 'opsbatcher-bench-')),
): Promise<GatewayProcess> {
  const child = spawn(process.execPath, ['dist/src/cli.js', 'serve', '--port', '0'], {
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
  return {
    url: await listening(child),
    async stop() {
      child.kill('SIGTERM')
      await once(child, 'exit')
      await rm(dataDir, { recursive: true, force: true })
    },
  }
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

/** Runs work on a gateway with a separate chain, and stops both. */
export async function withGateway<T>(
  settings: NodeJS.Dict<string>,
  work: (gateway: GatewayProcess, chain: Devnet) => Promise<T>,
  blockTimeSeconds = 2,
): Promise<T> {
  const chain = await startDevnet({ blockTimeSeconds, hashCost })
  try {
    const gateway = await startGatewayProcess(chain, settings)
    try {
      return await work(gateway, chain)
    } finally {
      await gateway.stop()
    }
  } finally {
    await chain.stop()
  }
}
