/**
 * Part `throughput`: rate, gas and block use of a backlog, and rate and gas of a plain client with equal work on the same chain.
 * Also the latency for users who follow each operation.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { createPublicClient, http } from 'viem'
import type { Devnet } from '../src/devnet/devnet.ts'
import { DEFAULT_MIX, parseMix } from '../src/load/mix.ts'
import { runLoad } from '../src/load/run.ts'
import type { WorldIdOperation } from '../src/registry/worldId/operations.ts'
import { type BacklogResult, benchBacklog, gasPerOperation } from './backlog.ts'
import { shareOfBacklog, withBlocks } from './blockShare.ts'
import { withGateway } from './gatewayProcess.ts'
import { percentile } from './percentile.ts'
import { connectPlainClient, type PlainResult } from './plainClient.ts'
import type { Part, Row } from './row.ts'
import { creates, inserts, mixed } from './work.ts'

/** The plain client does a part of the work, because it takes longer for each operation. */
const FULL = { warmUp: 2_000, creates: 2_500, followed: 500, inserts: 800, mixed: 500, plainPart: 1 / 4 }
const QUICK = { warmUp: 300, creates: 1_300, followed: 80, inserts: 420, mixed: 0, plainPart: 1 / 9 }
const CONCURRENCY = 256

const LOAD_TIMEOUT_MS = 120_000

/** The share of the block and the number of batches as an operator has them without settings. */
const DEFAULTS = { MAX_BLOCK_UTILISATION: undefined, MAX_CONCURRENT_BATCHES: undefined }

type Kind = 'creates' | 'inserts' | 'mixed'

export const throughput: Part = {
  name: 'throughput',
  rows: [
    ...['creates', 'inserts', 'mixed'].flatMap((kind) => [
      `${kind}_per_second`,
      `block_share_${kind}`,
      `gas_limit_over_used_${kind}`,
      `rate_over_plain_${kind}`,
      `gas_saved_over_plain_${kind}`,
    ]),
    'latency_ms_p50',
    'latency_ms_p99',
    'block_share_creates_by_default',
  ],
  async measure({ isQuick }) {
    const counts = isQuick ? QUICK : FULL
    const rows = await withGateway({}, ({ url }, chain) => measureBacklogs(url, chain, counts))
    if (isQuick) return rows
    const share = await withGateway(DEFAULTS, ({ url }, chain) => measureShare(url, chain, counts))
    return [...rows, { name: 'block_share_creates_by_default', value: share, beside: 'at most 0.9' }]
  },
}

async function measureBacklogs(url: string, chain: Devnet, counts: typeof FULL): Promise<readonly Row[]> {
  const send = (operations: readonly WorldIdOperation[]) => benchBacklog(url, operations, CONCURRENCY)
  const compare = (kind: Kind) => compareWithPlain(kind, counts, chain, send)
  // A new process compiles its code during the work. The rows describe a process after some time.
  await send(creates(counts.warmUp))
  return [
    ...(await compare('creates')),
    ...(await latencyRows(url, chain, counts.followed)),
    ...(await compare('inserts')),
    ...(counts.mixed > 0 ? await compare('mixed') : []),
  ]
}

async function measureShare(url: string, chain: Devnet, counts: typeof FULL): Promise<number> {
  const send = (operations: readonly WorldIdOperation[]) => benchBacklog(url, operations, CONCURRENCY)
  await send(creates(counts.warmUp))
  const { blocks } = await withBlocks(chain, () => atBlock(chain, send, creates(counts.creates)))
  return shareOfBacklog(blocks)
}

type Send<R> = (operations: readonly WorldIdOperation[]) => Promise<R>

async function compareWithPlain(
  kind: Kind,
  counts: typeof FULL,
  chain: Devnet,
  send: Send<BacklogResult>,
): Promise<readonly Row[]> {
  const plain = connectPlainClient(chain)
  const work = await workOf(kind, counts[kind], chain, send)
  const gateway = await withBlocks(chain, () => atBlock(chain, send, work))
  const plainWork = await workOf(kind, Math.ceil(counts[kind] * counts.plainPart), chain, send)
  return rowsOf(kind, gateway.result, shareOfBacklog(gateway.blocks), await atBlock(chain, plain, plainWork))
}

async function workOf(
  kind: Kind,
  count: number,
  chain: Devnet,
  send: Send<BacklogResult>,
): Promise<readonly WorldIdOperation[]> {
  if (kind === 'creates') return creates(count)
  return kind === 'inserts' ? inserts(chain, count, send) : mixed(chain, count, send)
}

function rowsOf(kind: Kind, gateway: BacklogResult, share: number, plain: PlainResult): readonly Row[] {
  const { finalizedPerSecond: rate, gasPerOperation: gas } = gateway
  return [
    { name: `${kind}_per_second`, value: rate, beside: `${Math.round(gas)} gas each` },
    { name: `block_share_${kind}`, value: share, beside: 'a full block is 1' },
    limitRow(kind, gateway),
    {
      name: `rate_over_plain_${kind}`,
      value: rate / plain.finalizedPerSecond,
      beside: `plain client ${plain.finalizedPerSecond.toFixed(0)} per second`,
    },
    {
      name: `gas_saved_over_plain_${kind}`,
      value: 1 - gas / plain.gasPerOperation,
      beside: `plain client ${Math.round(plain.gasPerOperation)} gas each`,
    },
  ]
}

/** How far the gas limits of the batches are above the used gas: nodes reserve by limit. */
function limitRow(kind: Kind, { limitOverUsed }: BacklogResult): Row {
  return {
    name: `gas_limit_over_used_${kind}`,
    value: percentile(limitOverUsed, 0.5),
    beside: `p95 ${percentile(limitOverUsed, 0.95).toFixed(3)} of ${limitOverUsed.length} batches`,
  }
}

/**
 * Starts work just after a new block: both sides wait for whole blocks, and both get an equal part of the first block.
 */
async function atBlock<T>(chain: Devnet, work: Send<T>, operations: readonly WorldIdOperation[]): Promise<T> {
  const client = createPublicClient({ transport: http(chain.rpcUrl), cacheTime: 0 })
  const before = await client.getBlockNumber()
  while ((await client.getBlockNumber()) === before) await sleep(20)
  return work(operations)
}

/** Sends a mix of kinds as users do: each user follows the status of each operation. */
async function latencyRows(url: string, chain: Devnet, operations: number): Promise<readonly Row[]> {
  let startedAt = 0
  const report = await runLoad({
    url,
    operations,
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
  if (report.finalized !== operations)
    throw new Error(`not all operations were finalized: ${JSON.stringify(report)}`)
  const { p50, p99 } = report.latencyMs
  const gas = Math.round(await gasPerOperation(url, startedAt, operations))
  const remark = `${operations} mixed operations at once, each followed to its verdict; ${gas} gas each`
  return [
    { name: 'latency_ms_p50', value: p50 ?? Number.NaN, beside: remark },
    { name: 'latency_ms_p99', value: p99 ?? Number.NaN },
  ]
}
