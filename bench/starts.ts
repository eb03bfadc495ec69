/**
 * Part `starts`: the time of a start with a long queue, and the memory of the queue. The store writes accepted operations to a database, and a gateway process starts on
 * this database, as after a crash.
 */

import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { type Devnet, startDevnet } from '../src/devnet/devnet.ts'
import { createIdleAccount } from '../src/load/account.ts'
import { connectGateway } from '../src/load/client.ts'
import { secureRandom } from '../src/load/random.ts'
import { fillStore } from './fillStore.ts'
import { startGatewayProcess } from './gatewayProcess.ts'
import { hashCost } from './hashCost.ts'
import type { Part, Row } from './row.ts'

/** Room for the longest queue and one more operation. */
const SETTINGS = { QUEUE_CAPACITY: '2000000' }

const QUEUED = [1_000, 100_000, 1_000_000]
const [FEWEST = 0] = QUEUED

export const starts: Part = {
  name: 'starts',
  rows: [...QUEUED.map(rowName), 'bytes_per_queued'],
  async measure({ isQuick }) {
    const chain = await startDevnet({ hashCost })
    try {
      const measured: (Recovery & { readonly operations: number })[] = []
      for (const operations of isQuick ? QUEUED.slice(0, -1) : QUEUED) {
        measured.push({ operations, ...(await benchRecovery(chain, operations)) })
      }
      return [...measured.map(startRow), bytesRow(measured)]
    } finally {
      await chain.stop()
    }
  },
}

function rowName(operations: number): string {
  return `start_seconds_${operations}`
}

function startRow({
  operations,
  serving,
  accepted,
  queued,
}: Recovery & { readonly operations: number }): Row {
  const remark = `a new operation accepted after ${accepted.toFixed(1)} s, ${queued} in the queue`
  return { name: rowName(operations), value: serving, beside: remark }
}

/** The memory of the longest queue beyond that of the shortest. */
function bytesRow(measured: readonly (Recovery & { readonly operations: number })[]): Row {
  const [short, long] = [measured[0], measured.at(-1)]
  if (short === undefined || long === undefined) throw new Error('no start was measured')
  const bytes = (long.residentBytes - short.residentBytes) / (long.operations - FEWEST)
  const remark = `resident bytes beyond a queue of ${short.operations}, with ${long.operations} queued`
  return { name: 'bytes_per_queued', value: bytes, beside: remark }
}

/** Times in seconds from the start of the process. */
interface Recovery {
  /** Time until the gateway listens. */
  readonly serving: number
  /** Time until a new operation is accepted. */
  readonly accepted: number
  /** Operations in queue and lanes at that time, without the operations of the first batches. */
  readonly queued: number
  /** Resident memory of the process at that time. */
  readonly residentBytes: number
}

const health = z.object({
  batcher: z.object({ ready: z.number(), waiting: z.number() }),
})

/** @param operations number of queued operations before the start */
async function benchRecovery(chain: Devnet, operations: number): Promise<Recovery> {
  const dataDir = await mkdtemp(join(tmpdir(), 'opsbatcher-recovery-'))
  await fillStore(join(dataDir, 'operations.sqlite'), chain, operations)
  const start = performance.now()
  const seconds = () => (performance.now() - start) / 1000
  const gateway = await startGatewayProcess(chain, { dataDir, settings: SETTINGS })
  try {
    const serving = seconds()
    const client = connectGateway(gateway.url, 1)
    const answer = await client.submit(createIdleAccount(secureRandom))
    client.close()
    if (answer.type !== 'accepted') throw new Error(`refused: ${answer.code} ${answer.message}`)
    const accepted = seconds()
    const { batcher } = health.parse(await (await fetch(`${gateway.url}/health`)).json())
    const residentBytes = await gateway.residentBytes()
    return { serving, accepted, queued: batcher.ready + batcher.waiting, residentBytes }
  } finally {
    await gateway.stop()
  }
}
