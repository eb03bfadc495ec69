/** The metrics of a gateway over time: real expositions, one per minute, while its views and events follow a script. */
import type { GatewayEvent } from '../../src/domain/events.ts'
import type { Health } from '../../src/domain/handle.ts'
import { createMetrics } from '../../src/metrics/metrics.ts'
import type { GatewayViews } from '../../src/metrics/views.ts'
import { HEALTH, scrape, views } from '../metrics/samples.ts'
import type { Timelines } from './promtool.ts'

/** What one minute of the script changes. */
export interface Minute {
  readonly health?: Partial<Health>
  readonly runway?: number
  /** False: the endpoints do not answer, and the head grows old. */
  readonly isChainUp?: false
  readonly events?: readonly GatewayEvent[]
  /** Numbers of answered requests, by status. */
  readonly answers?: Readonly<Record<number, number>>
  /** False: the process does not answer Prometheus. */
  readonly isUp?: false
}

const LABELS = 'job="opsbatcher",instance="a:8081"'
const MINUTE = 60_000

/** A gateway without problems. */
export const WELL: Health = {
  ...HEALTH,
  store: { ok: true, state: 'Open', message: null },
  batcher: { ...HEALTH.batcher, oldestReceivedAt: null },
  failures: [],
}

/**
 * @param minutes duration
 * @param script what is different in a minute
 */
export async function simulate(minutes: number, script: (minute: number) => Minute): Promise<Timelines> {
  const series = new Map<string, (number | null)[]>()
  const set = (name: string, minute: number, value: number) => {
    const values = series.get(name) ?? Array.from({ length: minutes }, () => null)
    series.set(name, values)
    values[minute] = value
  }
  const clock = { minute: 0, now: MINUTE, seenAt: MINUTE }
  const metrics = createMetrics({
    gateway: gatewayOf(() => script(clock.minute), clock),
    now: () => clock.now,
  })
  let publish: (event: GatewayEvent) => void = () => {}
  metrics.observeEvents((listener) => {
    publish = listener
    return () => {}
  })
  for (; clock.minute < minutes; clock.minute += 1) {
    clock.now += MINUTE
    const { events = [], answers = { 200: 60 }, isUp, isChainUp } = script(clock.minute)
    if (isChainUp !== false) clock.seenAt = clock.now
    for (const event of events) publish(event)
    for (const [status, number] of Object.entries(answers)) {
      const request = { route: '/status/{id}', method: 'GET', status: Number(status), duration: 5 }
      for (let each = 0; each < number; each += 1) metrics.observeRequest(request)
    }
    set(`up{${LABELS}}`, clock.minute, isUp === false ? 0 : 1)
    if (isUp === false) continue
    for (const [name, value] of await scrape(metrics)) {
      const [, bare, labels] = /^(\w+)(?:\{(.*)\})?$/.exec(name) ?? []
      const all = labels ? `${LABELS},${labels}` : LABELS
      set(`ops_batcher_${bare}{${all}}`, clock.minute, value)
    }
  }
  return series
}

function gatewayOf(now: () => Minute, clock: { readonly seenAt: number }): GatewayViews {
  const busy = views()
  return {
    wallet: busy.wallet,
    health: async () => ({ ...WELL, ...now().health }),
    runway: async () => ({ duration: (now().runway ?? 1_000_000) * 1000, spent: '5' }),
    chain: () => {
      const chain = busy.chain()
      const state = now().isChainUp === false ? 'Down' : 'Up'
      return {
        ...chain,
        head: chain.head && { ...chain.head, seenAt: clock.seenAt },
        endpoints: chain.endpoints.slice(0, 1).map((endpoint) => ({ ...endpoint, state })),
      }
    },
  }
}
