/** Gauges: reads the views of the gateway at scrape time. */
import type { Health, OpsBatcherHandle } from '../domain/handle.ts'
import type { Millis, Now } from '../domain/primitives.ts'
import type { GaugeName } from './catalogue.ts'
import type { GaugeReader } from './instruments.ts'
import { ether, gwei, seconds } from './units.ts'

/** The part of the gateway behind the gauges. */
export type GatewayViews = Pick<OpsBatcherHandle, 'health' | 'chain' | 'wallet' | 'runway'>

/** All gauges except those set by events. */
export type ReadGauge = Exclude<GaugeName, 'gasPrice' | 'departureLead'>

/**
 * @param now clock for ages
 * @returns a reader for each gauge. The readers of a scrape share one call of `health()`.
 */
export function gaugeReaders(gateway: GatewayViews, now: Now): Readonly<Record<ReadGauge, GaugeReader>> {
  const health = sharedWhilePending(() => gateway.health())
  const ofHealth = (read: (health: Health) => number | null) => async () => read(await health())
  const ageOf = (then: Millis) => seconds(Math.max(0, now() - then))

  return {
    queueDepth: ofHealth(({ batcher }) => batcher.ready + batcher.waiting),
    // The age of an empty queue is 0, not unknown: an alert on the age ends.
    queueOldestAge: ofHealth(({ batcher }) => known(batcher.oldestReceivedAt, ageOf) ?? 0),
    leading: ofHealth(({ seat }) => Number(seat === null || seat.isLeading)),
    laneWaiting: ofHealth(({ batcher }) => batcher.waiting),
    intakePending: ofHealth(({ intake }) => intake.pending),
    intakeCapacity: ofHealth(({ intake }) => intake.capacity),
    batchesInFlight: ofHealth(({ batcher }) => batcher.batches),
    throttleReason: async () => {
      const { throttled } = (await health()).batcher
      return throttled === null ? [] : [{ labels: { reason: throttled }, value: 1 }]
    },
    failingEffects: ofHealth(({ failures }) => failures.length),
    headNumber: () => gateway.chain().head?.number ?? null,
    headAge: () => known(gateway.chain().head?.seenAt, ageOf),
    baseFee: () => known(gateway.chain().fees?.baseFee, gwei),
    baseFeeTrend: () => gateway.chain().fees?.baseFeeTrend ?? null,
    feePressure: () => gateway.chain().fees?.feePressure ?? null,
    utilization: () => gateway.chain().fees?.recentUtilization ?? null,
    rpcEndpointUp: () =>
      gateway
        .chain()
        .endpoints.map(({ name, state }) => ({ labels: { endpoint: name }, value: Number(state === 'Up') })),
    rpcEndpointRoundTrip: () =>
      gateway.chain().endpoints.flatMap(({ name, roundTrip }) => {
        return roundTrip === null ? [] : [{ labels: { endpoint: name }, value: seconds(roundTrip) }]
      }),
    txInFlight: () => gateway.wallet().inFlight.length,
    signerBalance: () => known(gateway.wallet().balance, ether),
    signerRunway: async () => known((await gateway.runway())?.duration, seconds),
    signerNonce: () => gateway.wallet().nextNonce,
    // If `health()` fails, the gateway counts as not healthy.
    healthy: () =>
      health().then(
        ({ ok }) => Number(ok),
        () => 0,
      ),
    chainHealthy: ofHealth(({ chain }) => Number(chain.ok)),
    storeHealthy: ofHealth(({ store }) => Number(store.ok)),
    walletHealthy: ofHealth(({ wallet }) => Number(wallet.ok)),
  }
}

function known<T>(value: T | null | undefined, convert: (value: T) => number): number | null {
  return value === null || value === undefined ? null : convert(value)
}

/** Calls during a pending read share the result. */
function sharedWhilePending<T>(read: () => Promise<T>): () => Promise<T> {
  let pending: Promise<T> | null = null
  return () => {
    pending ??= read().finally(() => {
      pending = null
    })
    return pending
  }
}
