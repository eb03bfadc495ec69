/** Part `throughput`: rate and gas of the gateway, and of a plain client with equal work on the same chain. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createPublicClient, http } from 'viem'
import type { Devnet } from '../src/devnet/devnet.ts'
import type { Operation } from '../src/domain/operation.ts'
import { DEFAULT_MIX, parseMix } from '../src/load/mix.ts'
import { runLoad } from '../src/load/run.ts'
import { type BacklogResult, benchBacklog, gasPerOperation } from './backlog.ts'
import { withGateway } from './gatewayProcess.ts'
import { line } from './line.ts'
import { percentile } from './percentile.ts'
import { connectPlainClient, type PlainResult } from './plainClient.ts'
import { creates, inserts, mixed } from './work.ts'

const CREATES = 2_000
const MIXED = 500
const INSERTS = 800
const CONCURRENCY = 256

const LOAD_TIMEOUT_MS = 120_000

export function benchThroughput(): Promise<void> {
  return withGateway({}, async ({ url }, chain) => {
    const plain = connectPlainClient(chain)
    const send = (operations: readonly Operation[]) => benchBacklog(url, operations, CONCURRENCY)
    // A new process compiles its code during the work. The rows describe a process after some time.
    await send(creates(CREATES))
    line('warmed up with', `${CREATES} creates`)
    const backlog = await atBlock(chain, send, creates(CREATES))
    line('accepted over HTTP', `${Math.round(backlog.acceptedPerSecond)} operations/s`)
    printLimits(backlog)
    compare(`backlog of ${CREATES} creates`, backlog, await atBlock(chain, plain, creates(CREATES / 4)))
    await benchLoad(url, chain)
    const mix = await atBlock(chain, send, await mixed(chain, MIXED, send))
    printLimits(mix)
    compare(`backlog of ${MIXED} mixed`, mix, await atBlock(chain, plain, await mixed(chain, MIXED, plain)))
    const inserted = await atBlock(chain, send, await inserts(chain, INSERTS, send))
    printLimits(inserted)
    compare(
      `${INSERTS} inserts`,
      inserted,
      await atBlock(chain, plain, await inserts(chain, INSERTS / 2, plain)),
    )
  })
}

/**
 * Starts work just after a new block: both sides wait for whole blocks, and both get an equal part of the first block.
 */
async function atBlock<T>(
  chain: Devnet,
  work: (operations: readonly Operation[]) => Promise<T>,
  operations: readonly Operation[],
): Promise<T> {
  const client = createPublicClient({ transport: http(chain.rpcUrl), cacheTime: 0 })
  const before = await client.getBlockNumber()
  while ((await client.getBlockNumber()) === before) await sleep(20)
  return work(operations)
}

/** Sends a mix of kinds as users do: each user follows the status of each operation. */
async function benchLoad(url: string, chain: Devnet): Promise<void> {
  let startedAt = 0
  const report = await runLoad({
    url,
    operations: MIXED,
    mix: parseMix(DEFAULT_MIX),
    concurrency: CONCURRENCY,
    rate: null,
    rpcUrl: chain.rpcUrl,
    idleTimeout: LOAD_TIMEOUT_MS,
    now: Date.now,
    onEvent(event) {
      if (event.type === 'started') startedAt = event.at
    },
  })
  if (report.finalized !== MIXED)
    throw new Error(`not all operations were finalized: ${JSON.stringify(report)}`)
  const { p50, p95, p99 } = report.latencyMs
  const gas = await gasPerOperation(url, startedAt, MIXED)
  line(
    `${MIXED} mixed, each followed`,
    describe({ finalizedPerSecond: report.operationsPerSecond, gasPerOperation: gas }),
  )
  line('  latency', `p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms`)
}

/** How far the gas limits of the following row are above the used gas. */
function printLimits({ limitOverUsed }: BacklogResult): void {
  const above = (share: number) => `${(100 * (percentile(limitOverUsed, share) - 1)).toFixed(1)} %`
  line(
    'gas limit over used gas',
    `median ${above(0.5)}, p95 ${above(0.95)} of ${limitOverUsed.length} batches`,
  )
}

interface Finished {
  readonly finalizedPerSecond: number
  readonly gasPerOperation: number
}

function compare(what: string, gateway: Finished, plain: PlainResult): void {
  line(what, describe(gateway))
  line('  plain client', describe(plain))
  const rate = gateway.finalizedPerSecond / plain.finalizedPerSecond
  const gas = plain.gasPerOperation / gateway.gasPerOperation
  line('  ratio', `${rate.toFixed(1)} times the rate, ${gas.toFixed(1)} times less gas`)
}

function describe({ finalizedPerSecond, gasPerOperation: gas }: Finished): string {
  return `${finalizedPerSecond.toFixed(0)} finalized/s, ${Math.round(gas)} gas each`
}
