/** A compiled gateway in a process of its own, as a user runs it, on a chain of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Devnet } from '../src/devnet/devnet.ts'

export interface GatewayProcess {
  readonly url: string
  stop(): Promise<void>
}

/**
 * What differs from the defaults, and why. The plain client that this is compared with counts an operation as done when it
 * is in a block, and fills blocks: so the gateway does both. Four transactions of this size are what fits into a block of 60
 * million: a node packs by gas limits, of which a fourteenth is not used, so three that were run and the whole limit
 * of the fourth must not exceed it. While they wait, the next four are simulated and signed. Blocks are pushed through a
 * WebSocket: one that is looked for is seen a quarter of its time late, and the plain client asks for its receipts more often.
 */
const SETTINGS = {
  CONFIRMATIONS: '0',
  MAX_CONCURRENT_BATCHES: '8',
  MAX_TRANSACTION_GAS: '15800000',
}

/**
 * @param settings that differ from these, by environment variable
 * @param dataDir is removed when it stops; one of its own by default
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

/** Reads the log until it says where the gateway listens. @throws Error with the log when it ends before */
async function listening(child: ChildProcess): Promise<string> {
  const seen: string[] = []
  const { stderr } = child
  if (stderr === null) throw new Error('the gateway has no log')
  for await (const line of createInterface({ input: stderr })) {
    seen.push(line)
    const url = /"url":"([^"]+)"/.exec(line)?.[1]
    if (url === undefined) continue
    stderr.resume()
    return url
  }
  throw new Error(`the gateway did not start:\n${seen.join('\n')}`)
}
