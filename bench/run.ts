/**
 * `npm run bench`: what the gateway does on this machine, and what a plain client does with the same work on the same chain
 * in the same run. Machines differ and are noisy: the ratios are what to look at.
 */
import { z } from 'zod'
import { startDevnet } from '../src/devnet/devnet.ts'
import { DEFAULT_MIX, parseMix } from '../src/load/mix.ts'
import type { LoadReport } from '../src/load/report.ts'
import { runLoad } from '../src/load/run.ts'
import { type GatewayProcess, startGatewayProcess } from './gatewayProcess.ts'
import { connectPlainClient, type PlainResult } from './plainClient.ts'
import { benchSelection } from './selection.ts'

const CREATES = 2_000
const MIXED = 500
const INSERTS = 400
const CONCURRENCY = 256

interface GatewayResult extends LoadReport {
  /** From the first request to the last answer. */
  readonly acceptedPerSecond: number
  readonly gasPerOperation: number
}

const batchPage = z.object({
  batches: z.array(z.object({ created_at: z.number(), gas_used: z.number().nullable() })),
  next: z.string().nullable(),
})

const chain = await startDevnet()
try {
  const gateway = await startGatewayProcess(chain)
  const plain = connectPlainClient(chain)
  try {
    const creates = await load(gateway, CREATES, 'create:100')
    line('accepted at the HTTP door', `${Math.round(creates.acceptedPerSecond)} operations/s`)
    compare(`${CREATES} creates`, creates, await plain.creates(CREATES / 4))
    compare(`${MIXED} mixed operations`, await load(gateway, MIXED, DEFAULT_MIX), null)
    compare(
      `${INSERTS} inserts`,
      await load(gateway, INSERTS, 'insert:100'),
      await plain.inserts(INSERTS / 2),
    )
  } finally {
    await gateway.stop()
  }
} finally {
  await chain.stop()
}
const { median, best } = benchSelection()
line('selecting 1,000 of 1,000,000', `${median.toFixed(1)} ms (best ${best.toFixed(1)} ms)`)

/** Sends a load to the gateway, waits for its end and reads what it cost. */
async function load(gateway: GatewayProcess, operations: number, mix: string): Promise<GatewayResult> {
  let startedAt = 0
  let acceptedAt = 0
  const report = await runLoad({
    url: gateway.url,
    operations,
    mix: parseMix(mix),
    concurrency: CONCURRENCY,
    rate: null,
    rpcUrl: chain.rpcUrl,
    patience: 120_000,
    now: Date.now,
    onEvent(event) {
      if (event.type === 'started') startedAt = event.at
      if (event.type === 'accepted') acceptedAt = Date.now()
    },
  })
  if (report.finalized !== operations) throw new Error(`not all was finalized: ${JSON.stringify(report)}`)
  return {
    ...report,
    acceptedPerSecond: operations / ((acceptedAt - startedAt) / 1000),
    gasPerOperation: (await gasSince(gateway, startedAt)) / operations,
  }
}

/** The gas of all batches from a moment on. */
async function gasSince(gateway: GatewayProcess, moment: number): Promise<number> {
  let total = 0
  let next: string | null = ''
  while (next !== null) {
    const before: string = next === '' ? '' : `&before=${next}`
    const answer = await fetch(`${gateway.url}/batches?limit=100${before}`)
    const page = batchPage.parse(await answer.json())
    const recent = page.batches.filter((batch) => batch.created_at >= moment)
    total += recent.reduce((sum, batch) => sum + (batch.gas_used ?? 0), 0)
    next = recent.length < page.batches.length ? null : page.next
  }
  return total
}

function compare(what: string, gateway: GatewayResult, plain: PlainResult | null): void {
  const { operationsPerSecond, gasPerOperation, latencyMs } = gateway
  line(what, `${operationsPerSecond.toFixed(0)} finalized/s, ${Math.round(gasPerOperation)} gas each`)
  line('  latency', `p50 ${latencyMs.p50} ms, p95 ${latencyMs.p95} ms, p99 ${latencyMs.p99} ms`)
  if (plain === null) return
  line(
    '  plain client',
    `${plain.operationsPerSecond.toFixed(0)}/s, ${Math.round(plain.gasPerOperation)} gas each`,
  )
  const rate = operationsPerSecond / plain.operationsPerSecond
  const gas = plain.gasPerOperation / gasPerOperation
  line('  ratio', `${rate.toFixed(1)} times the rate, ${gas.toFixed(1)} times less gas`)
}

function line(what: string, figure: string): void {
  process.stdout.write(`${what.padEnd(34)} ${figure}\n`)
}
