/**
 * Part `viewers`: the CPU time that viewers of the live view cost the gateway. Two gateways do equal work in turn, one without live
 * view and one with viewers. Each pair gives a ratio, and the median of the ratios counts: the speed of the machine changes
 * both figures of a pair alike.
 */
import { benchBacklog } from './backlog.ts'
import { type GatewayProcess, withGateway } from './gatewayProcess.ts'
import { percentile } from './percentile.ts'
import type { Part, Row } from './row.ts'
import { creates } from './work.ts'

const CONCURRENCY = 256
const FULL = { operations: 2_000, pairs: 9, viewers: [1, 20] }
const QUICK = { operations: 400, pairs: 4, viewers: [1] }
const BLOCK_SECONDS = 0.25

export const viewers: Part = {
  name: 'viewers',
  rows: FULL.viewers.map(rowName),
  async measure({ isQuick }) {
    const { operations, pairs, viewers: counts } = isQuick ? QUICK : FULL
    const rows: Row[] = []
    for (const count of counts) {
      const ratios = await measurePairs(count, operations, pairs)
      rows.push({ name: rowName(count), value: percent(percentile(ratios, 0.5)), beside: spread(ratios) })
    }
    return rows
  },
}

function rowName(count: number): string {
  return count === 1 ? 'viewer_cost_percent' : `viewers_${count}_cost_percent`
}

function percent(ratio: number): number {
  return 100 * (ratio - 1)
}

function spread(ratios: readonly number[]): string {
  const [low, high] = [Math.min(...ratios), Math.max(...ratios)].map((ratio) => percent(ratio).toFixed(1))
  return `${ratios.length} pairs from ${low} to ${high}`
}

/** The two gateways use one wallet. Therefore each has a separate chain. @returns a ratio of CPU times for each pair */
function measurePairs(count: number, operations: number, pairs: number): Promise<readonly number[]> {
  const options = { blockTimeSeconds: BLOCK_SECONDS }
  const measure = async (alone: GatewayProcess, watched: GatewayProcess) => {
    const leaving = new AbortController()
    const reading = Array.from({ length: count }, () => readAll(watched.url, leaving.signal))
    for (const { url } of [alone, watched]) await benchBacklog(url, creates(operations), CONCURRENCY)
    const ratios: number[] = []
    for (let pair = 0; pair < pairs; pair += 1)
      ratios.push(await measurePair(alone, watched, operations, pair))
    leaving.abort()
    await Promise.all(reading)
    return ratios
  }
  return withGateway(
    { INSPECTOR: 'off' },
    (alone) => withGateway({}, (watched) => measure(alone, watched), options),
    options,
  )
}

/** Every second pair starts with the watched gateway. */
async function measurePair(alone: GatewayProcess, watched: GatewayProcess, operations: number, pair: number) {
  const costs = new Map<GatewayProcess, number>()
  for (const gateway of pair % 2 === 0 ? [alone, watched] : [watched, alone]) {
    const work = creates(operations)
    const before = await gateway.cpuTime()
    await benchBacklog(gateway.url, work, CONCURRENCY)
    costs.set(gateway, (await gateway.cpuTime()) - before)
  }
  return (costs.get(watched) ?? Number.NaN) / (costs.get(alone) ?? Number.NaN)
}

/** Reads and discards the stream, like an open page. */
async function readAll(url: string, signal: AbortSignal): Promise<void> {
  const { body } = await fetch(`${url}/inspector/stream`, { signal })
  if (body === null) throw new Error('the live view has no stream')
  try {
    for await (const chunk of body) if (chunk.length === 0) throw new Error('the stream sent an empty chunk')
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
