/**
 * The Prometheus metrics of a gateway. Counters and histograms follow the events of the gateway. Gauges read its views at
 * scrape time. No actor depends on metrics. Each instance has its own registry.
 */
import { collectDefaultMetrics, Registry } from 'prom-client'
import type { OpsBatcherHandle } from '../domain/handle.ts'
import type { DurationMs, Now } from '../domain/primitives.ts'
import { createInstruments } from './instruments.ts'
import { eventRecorder } from './observe.ts'
import { seconds } from './units.ts'
import { type GatewayViews, gaugeReaders } from './views.ts'

/** An answered HTTP request. */
interface AnsweredRequest {
  /** Path pattern of the route, not the path. */
  readonly route: string
  readonly method: string
  readonly status: number
  readonly duration: DurationMs
}

export interface Metrics {
  /** `registry.metrics()` returns the text for Prometheus. */
  readonly registry: Registry
  /** Starts to count the events of a gateway. @returns a function that stops counting */
  observeEvents(on: OpsBatcherHandle['on']): () => void
  observeRequest(request: AnsweredRequest): void
  /** Counts a request that a rate limit refused. */
  observeRateLimited(limit: string): void
}

export interface MetricsOptions {
  /** Source of the gauges. Without a gateway, the gauges have no value. */
  readonly gateway?: GatewayViews
  readonly now: Now
}

/**
 * @example
 * const metrics = createMetrics({ gateway, now: steadyNow })
 * metrics.observeEvents((listener) => gateway.on(listener))
 * console.log(await metrics.registry.metrics())
 */
export function createMetrics({ gateway, now }: MetricsOptions): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const instruments = createInstruments(registry, gateway === undefined ? {} : gaugeReaders(gateway, now))
  const record = eventRecorder(instruments)
  return {
    registry,
    observeEvents: (on) => on(record),
    observeRequest({ route, method, status, duration }) {
      const labels = { route, method, status_class: `${Math.floor(status / 100)}xx` }
      instruments.httpDuration.observe(labels, seconds(duration))
    },
    observeRateLimited: (limit) => instruments.rateLimited.inc({ limit }),
  }
}
