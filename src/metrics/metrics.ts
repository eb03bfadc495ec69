/**
 * The gateway's Prometheus metrics. They observe: events are counted as they are heard, gauges are read when they are
 * scraped, and no actor knows of them. Every instance has a registry of its own.
 */
import { collectDefaultMetrics, Registry } from 'prom-client'
import type { OpsBatcherHandle } from '../domain/handle.ts'
import type { DurationMs, Now } from '../domain/primitives.ts'
import { createInstruments } from './instruments.ts'
import { eventRecorder } from './observe.ts'
import { seconds } from './units.ts'
import { type GatewayViews, gaugeReaders } from './views.ts'

/** An HTTP request that was answered. */
interface AnsweredRequest {
  /** The pattern that its path matched, not the path. */
  readonly route: string
  readonly method: string
  readonly status: number
  readonly duration: DurationMs
}

export interface Metrics {
  /** Its `metrics()` is the text that Prometheus reads. */
  readonly registry: Registry
  /** Counts every event of a gateway from now on; returns how to stop that. */
  observeEvents(on: OpsBatcherHandle['on']): () => void
  observeRequest(request: AnsweredRequest): void
}

export interface MetricsOptions {
  /** What the gauges read at scrape time; without it they say nothing. */
  readonly gateway?: GatewayViews
  readonly now: Now
}

/**
 * @example
 * const metrics = createMetrics({ gateway, now: Date.now })
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
  }
}
