/**
 * `npm run bench`: what the gateway does on this machine, and what a plain client does with the same work on the same chain
 * in the same run. Machines differ and are noisy: the ratios are what to look at.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { createPublicClient, http } from 'viem'
import { startDevnet } from '../src/devnet/devnet.ts'
import type { Operation } from '../src/domain/operation.ts'
import { DEFAULT_MIX, parseMix } from '../src/load/mix.ts'
import { runLoad } from '../src/load/run.ts'
import { benchBacklog, gasPerOperation } from './backlog.ts'
import { benchFold, FOLDED } from './fold.ts'
import { type GatewayProcess, startGatewayProcess } from './gatewayProcess.ts'
import { benchInspection } from './inspection.ts'
import { connectPlainClient, type PlainResult } from './plainClient.ts'
import { benchRecovery } from './recovery.ts'
import { benchSelection } from './selection.ts'
import { creates, inserts, mixed } from './work.ts'

const CREATES = 2_000
const MIXED = 500
const INSERTS = 800
const CONCURRENCY = 256
const QUEUED = 100_000

const chain = await startDevnet()
try {
  const gateway = await startGatewayProcess(chain)
  const plain = connectPlainClient(chain)
  try {
    // A process that has just started compiles while it works; what is measured is one that has run for a while.
    const land = (operations: readonly Operation[]) => benchBacklog(gateway.url, operations, CONCURRENCY)
    await land(creates(CREATES))
    line('warmed up with', `${CREATES} creates`)
    const backlog = await atBlock(land, creates(CREATES))
    line('accepted at the HTTP door', `${Math.round(backlog.acceptedPerSecond)} operations/s`)
    compare(`backlog of ${CREATES} creates`, backlog, await atBlock(plain, creates(CREATES / 4)))
    await benchLoad(gateway)
    const mix = await atBlock(land, await mixed(chain, MIXED, land))
    compare(`backlog of ${MIXED} mixed`, mix, await atBlock(plain, await mixed(chain, MIXED, plain)))
    const landed = await atBlock(land, await inserts(chain, INSERTS, land))
    compare(`${INSERTS} inserts`, landed, await atBlock(plain, await inserts(chain, INSERTS / 2, plain)))
  } finally {
    await gateway.stop()
  }
  for (const { viewers, ...cost } of await benchInspection(CREATES, CONCURRENCY)) {
    const what = viewers === null ? 'with no live view' : `watched by ${viewers}`
    const { acceptedPerSecond, cpuMicrosecondsEach } = cost
    line(
      what,
      `${acceptedPerSecond.toFixed(0)} accepted/s, ${Math.round(cpuMicrosecondsEach)} µs of CPU each`,
    )
  }
  for (const operations of [QUEUED, 0]) {
    const { serving, accepted, queued } = await benchRecovery(chain, operations)
    line(
      `started with ${operations} queued`,
      `serving after ${serving.toFixed(1)} s, a new one accepted after ${accepted.toFixed(1)} s, ${queued} in the queue`,
    )
  }
} finally {
  await chain.stop()
}
const fold = await benchFold()
const overhead = (100 * (fold.gateway / fold.bare - 1)).toFixed(2)
line(
  `${FOLDED} creates in one batch`,
  `${Math.round(fold.gateway)} gas each; bare ${Math.round(fold.bare)}, ${overhead} % less`,
)
const { median, best } = benchSelection()
line('selecting 1,000 of 1,000,000', `${median.toFixed(1)} ms (best ${best.toFixed(1)} ms)`)

/**
 * Begins some work when a block has just come: both that are compared wait for whole blocks, and which part of the first one
 * is left must not be luck.
 */
async function atBlock<T>(
  work: (operations: readonly Operation[]) => Promise<T>,
  operations: readonly Operation[],
): Promise<T> {
  const client = createPublicClient({ transport: http(chain.rpcUrl), cacheTime: 0 })
  const before = await client.getBlockNumber()
  while ((await client.getBlockNumber()) === before) await sleep(20)
  return work(operations)
}

interface Finished {
  readonly finalizedPerSecond: number
  readonly gasPerOperation: number
}

/** Sends a mix as its users would: each follows its own operations to their end. */
async function benchLoad(gateway: GatewayProcess): Promise<void> {
  let startedAt = 0
  const report = await runLoad({
    url: gateway.url,
    operations: MIXED,
    mix: parseMix(DEFAULT_MIX),
    concurrency: CONCURRENCY,
    rate: null,
    rpcUrl: chain.rpcUrl,
    idleTimeout: 120_000,
    now: Date.now,
    onEvent(event) {
      if (event.type === 'started') startedAt = event.at
    },
  })
  if (report.finalized !== MIXED) throw new Error(`not all was finalized: ${JSON.stringify(report)}`)
  const { p50, p95, p99 } = report.latencyMs
  const gas = await gasPerOperation(gateway.url, startedAt, MIXED)
  line(
    `${MIXED} mixed, each followed`,
    describe({ finalizedPerSecond: report.operationsPerSecond, gasPerOperation: gas }),
  )
  line('  latency', `p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms`)
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

function line(what: string, figure: string): void {
  process.stdout.write(`${what.padEnd(34)} ${figure}\n`)
}
