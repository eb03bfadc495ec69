/** Makes the catalogue's metrics: instruments of a registry of their own. */
import { Counter, Gauge, type GaugeConfiguration, Histogram, type Registry } from 'prom-client'
import {
  CATALOGUE,
  type Catalogue,
  type CounterDefinition,
  type GaugeDefinition,
  type HistogramDefinition,
} from './catalogue.ts'

type InstrumentOf<D> =
  D extends CounterDefinition<infer L>
    ? Counter<L>
    : D extends HistogramDefinition<infer L>
      ? Histogram<L>
      : D extends GaugeDefinition<infer L>
        ? Gauge<L>
        : never

/** The catalogue, made: each metric under its own key. */
export type Instruments = { readonly [K in keyof Catalogue]: InstrumentOf<Catalogue[K]> }

/** One of the values of a gauge with labels. */
interface LabelledValue {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Reads a gauge's value, or its values by label, at scrape time; null when it is not known. */
export type GaugeReader = () => number | null | readonly LabelledValue[] | Promise<number | null>

/**
 * @param registry where the instruments are registered
 * @param readers by key, how gauges are read at scrape time; a gauge without a reader is set by events
 */
export function createInstruments(
  registry: Registry,
  readers: Readonly<Record<string, GaugeReader>>,
): Instruments {
  const registers = [registry]
  const create = (
    definition: CounterDefinition | GaugeDefinition | HistogramDefinition,
    read?: GaugeReader,
  ) => {
    const { name, help, labels: labelNames } = definition
    switch (definition.type) {
      case 'counter':
        return new Counter({ name, help, labelNames, registers })
      case 'histogram':
        return new Histogram({ name, help, labelNames, registers, buckets: [...definition.buckets] })
      case 'gauge':
        return createGauge({ name, help, labelNames, registers }, read)
    }
  }
  const entries = Object.entries(CATALOGUE).map(([key, definition]) => [
    key,
    create(definition, readers[key]),
  ])
  // Each key's instrument follows its definition's type, which a mapping over keys cannot express.
  return Object.fromEntries(entries) as Instruments
}

/** A new gauge says 0; what is not known should say nothing. */
function createGauge(options: GaugeConfiguration<string>, read: GaugeReader | undefined): Gauge {
  const gauge = new Gauge({ ...options, ...(read && { collect }) })
  const forget = () => (options.labelNames?.length ? gauge.reset() : gauge.remove())
  forget()
  return gauge

  async function collect(): Promise<void> {
    const value = await Promise.resolve()
      .then(read)
      .catch(() => null)
    if (typeof value === 'number') return gauge.set(value)
    forget()
    for (const { labels, value: one } of value ?? []) gauge.set(labels, one)
  }
}
