/** Creates the prom-client instruments of the catalogue. */
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

/** The instruments, by the keys of the catalogue. */
export type Instruments = { readonly [K in keyof Catalogue]: InstrumentOf<Catalogue[K]> }

/** One value of a gauge with labels. */
interface LabelledValue {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Reads the value of a gauge, or its values by label, at scrape time. Null means that the value is unknown. */
export type GaugeReader = () =>
  | number
  | null
  | readonly LabelledValue[]
  | Promise<number | readonly LabelledValue[] | null>

/**
 * @param registry registry of the instruments
 * @param readers readers of gauges, by key. Events set a gauge without a reader.
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
  // The type of an instrument follows the type of the definition. A mapping over keys cannot express the relation.
  return Object.fromEntries(entries) as Instruments
}

/** A new gauge of prom-client has the value 0. The value is removed, because an unknown value must be absent. */
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
    for (const { labels, value: ofLabels } of value ?? []) gauge.set(labels, ofLabels)
  }
}
