/** Views of a gateway for the gauges, and a reader of exposed metrics. */
import type { GatewayEvent } from '../../src/domain/events.ts'
import type { Health } from '../../src/domain/handle.ts'
import { createMetrics, type Metrics } from '../../src/metrics/metrics.ts'
import type { GatewayViews } from '../../src/metrics/views.ts'

export const NOW = 100_000
export const HASH = `0x${'d'.repeat(64)}` as const
export const ADDRESS = `0x${'a'.repeat(40)}` as const

const part = (ok: boolean) => ({ ok, state: ok ? 'Well' : 'Unwell', message: null })

export const HEALTH: Health = {
  state: 'Running',
  ok: true,
  chain: part(true),
  store: part(false),
  wallet: part(true),
  seat: null,
  batcher: {
    state: 'Collecting',
    ready: 30,
    waiting: 12,
    batches: 2,
    throttled: null,
    oldestReceivedAt: 97_500,
  },
  intake: { pending: 5, capacity: 512 },
  failures: [{ actor: 'wallet', batchId: null, effect: 'signAttempt', reason: 'throttled', since: 0 }],
  supervision: { restarts: 0, lastCrash: null },
}

/** Views of a busy gateway. Only its store is not healthy. */
export function views(overrides: Partial<GatewayViews> = {}): GatewayViews {
  return {
    health: async () => HEALTH,
    runway: async () => ({ duration: 7_200_000, spent: '5' }),
    chain: () => ({
      state: 'Following',
      chainId: 480,
      registry: 'WorldIDRegistry V1',
      registryAddress: ADDRESS,
      head: { number: 77, hash: HASH, seenAt: 99_000 },
      fees: {
        blockNumber: 77,
        baseFee: 1_500_000_000,
        baseFeeEma: 1_000_000_000,
        baseFeeTrend: -0.5,
        feePressure: 0.25,
        blockGasLimit: 60_000_000,
        recentUtilization: 0.25,
        nextBlock: null,
        lastUpdated: 99_000,
      },
      endpoints: [
        { name: 'node.example:8545', state: 'Up', message: null, retryAt: null, roundTrip: 40 },
        {
          name: 'other.example',
          state: 'Down',
          message: 'it answers 503',
          retryAt: 101_000,
          roundTrip: null,
        },
      ],
    }),
    wallet: () => ({
      state: 'Ready',
      address: ADDRESS,
      balance: '2500000000000000000',
      nextNonce: 9,
      inFlight: [{ nonce: 8, batchId: 'b', hashes: [HASH] }],
    }),
    ...overrides,
  }
}

/** The samples of the metrics of the gateway, by name and labels in Prometheus notation. */
export async function scrape({ registry }: Metrics): Promise<Map<string, number>> {
  const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith('ops_batcher_'))
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(' ')
      return [line.slice('ops_batcher_'.length, space), Number(line.slice(space + 1))]
    }),
  )
}

/** The exposed samples after these events. */
export async function samplesAfter(...events: readonly GatewayEvent[]): Promise<Map<string, number>> {
  const metrics = createMetrics({ now: () => NOW })
  metrics.observeEvents((listener) => {
    for (const event of events) listener(event)
    return () => {}
  })
  return scrape(metrics)
}
