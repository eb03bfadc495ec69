/**
 * Part `inFlight`: the CPU time of the gateway for each block with 1 and with 64 batches in flight. The transactions wait in the pool,
 * because the blocks have no room for them. Every batch has one operation.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { createTestClient, http, publicActions, type TestClient } from 'viem'
import { z } from 'zod'
import type { Devnet } from '../src/devnet/devnet.ts'
import { submitAtOnce } from './accept.ts'
import { type GatewayProcess, withGateway } from './gatewayProcess.ts'
import type { Part, Row } from './row.ts'
import { creates } from './work.ts'

const COUNTS = [1, 64]
const [FULL, QUICK] = [40, 10]
const BLOCK_MS = 200
/** Less than any transaction needs, and a usual block. */
const [NO_ROOM, ROOM] = [20_000n, 60_000_000n]

const SETTINGS = {
  BATCH_WINDOW_MS: '0',
  MAX_BATCH_OPS: '1',
  MAX_CONCURRENT_BATCHES: '64',
  // Room for all of them in the next block.
  MIN_BLOCK_UTILISATION: '1',
  // No replacement changes the measurement.
  RESUBMIT_TIMEOUT_MS: '3600000',
  CANCEL_TIMEOUT_SECS: '3600',
}

export const inFlight: Part = {
  name: 'inFlight',
  rows: COUNTS.map(rowName),
  measure: ({ isQuick }) =>
    withGateway(SETTINGS, (gateway, chain) => measureBlocks(gateway, chain, isQuick ? QUICK : FULL), {
      blockTimeSeconds: BLOCK_MS / 1_000,
    }),
}

async function measureBlocks({ url, cpuTime }: GatewayProcess, { rpcUrl }: Devnet, blocks: number) {
  const node = createTestClient({ mode: 'anvil', transport: http(rpcUrl) }).extend(publicActions)
  const rows: Row[] = []
  for (const count of COUNTS) {
    // Without blocks, the transactions of all batches wait in the pool.
    await node.setIntervalMining({ interval: 0 })
    await submitAtOnce(url, creates(count))
    await until(async () => (await node.getTxpoolStatus()).pending === count)
    await node.setBlockGasLimit({ gasLimit: NO_ROOM })
    const before = await cpuTime()
    await mine(node, blocks)
    const cpuMs = ((await cpuTime()) - before) / 1_000
    rows.push({ name: rowName(count), value: cpuMs / blocks, beside: `mean of ${blocks} blocks` })
    await node.setBlockGasLimit({ gasLimit: ROOM })
    await node.setIntervalMining({ interval: 1 })
    await until(async () => (await batchesOf(url)) === 0)
  }
  return rows
}

async function mine(node: Pick<TestClient, 'mine'>, blocks: number): Promise<void> {
  for (let count = 0; count < blocks; count += 1) {
    await node.mine({ blocks: 1 })
    await sleep(BLOCK_MS)
  }
}

function rowName(count: number): string {
  return `block_cpu_ms_${count}_in_flight`
}

const health = z.object({ batcher: z.object({ batches: z.number() }) })

async function batchesOf(url: string): Promise<number> {
  return health.parse(await (await fetch(`${url}/health`)).json()).batcher.batches
}

async function until(isDone: () => Promise<boolean>): Promise<void> {
  while (!(await isDone())) await sleep(100)
}
