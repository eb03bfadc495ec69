import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { CATALOGUE } from '../../src/metrics/catalogue.ts'
import { createMetrics } from '../../src/metrics/metrics.ts'
import { NOW, scrape, views } from './samples.ts'

describe('the metric catalogue', () => {
  it('contains every metric of the specification by name', () => {
    const specified = [
      'gauge queue_depth',
      'gauge queue_oldest_age_seconds',
      'counter batches_spawned_total',
      'counter batches_finalized_total',
      'counter batches_failed_total',
      'histogram batch_size',
      'histogram batch_duration_seconds',
      'counter ops_received_total type',
      'counter ops_finalized_total',
      'counter ops_failed_total reason',
      'counter ops_evicted_total reason',
      'gauge base_fee_gwei',
      'gauge base_fee_trend',
      'gauge gas_price_gwei',
      'counter tx_resubmissions_total',
      'histogram tx_gas_used',
      'gauge signer_balance_eth',
      'gauge signer_nonce',
      'histogram simulation_duration_seconds',
      'histogram submission_duration_seconds',
      'histogram confirmation_duration_seconds',
    ]
    const catalogued = Object.values(CATALOGUE).map(({ type, name, labels }) =>
      [type, name.replace('ops_batcher_', ''), ...labels].join(' '),
    )
    expect(catalogued).toEqual(expect.arrayContaining(specified))
    expect(CATALOGUE.batchDuration.buckets).toEqual([1, 5, 10, 30, 60, 120, 300])
  })

  it('follows the naming conventions of Prometheus', () => {
    for (const definition of Object.values(CATALOGUE)) {
      expect(definition.name).toMatch(/^ops_batcher_[a-z]+(_[a-z]+)*$/)
      expect(definition.name.endsWith('_total'), definition.name).toBe(definition.type === 'counter')
      expect(definition.help).toMatch(/^[A-Z1].*\.$/)
      if (definition.type === 'histogram') {
        const { name, buckets } = definition
        expect(
          [...buckets].sort((a, b) => a - b),
          name,
        ).toEqual(buckets)
      }
    }
  })

  it('lists all exposed metrics except the metrics of the process', async () => {
    const text = await createMetrics({ gateway: views(), now: () => NOW }).registry.metrics()
    const exposed = [...text.matchAll(/^# TYPE (ops_batcher_\w+) (\w+)$/gm)].map(([, name, type]) => [
      name,
      type,
    ])
    expect(exposed).toEqual(Object.values(CATALOGUE).map(({ name, type }) => [name, type]))
    for (const { name, help } of Object.values(CATALOGUE)) expect(text).toContain(`# HELP ${name} ${help}\n`)
    expect(text).toMatch(/^process_cpu_seconds_total /m)
    expect(text).toMatch(/^nodejs_eventloop_lag_seconds /m)
  })

  it('is listed in docs/metrics.md', () => {
    const page = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8')
    const rows = page
      .split('\n')
      .filter((line) => line.startsWith('| `ops_batcher_') && line.split('`')[1] !== undefined)
    const listed = rows.filter((line) => line.split(' | ').length === 4)
    expect(listed).toEqual(
      Object.values(CATALOGUE).map(({ name, type, labels, help }) => {
        const named = labels.map((label) => `\`${label}\``).join(', ')
        return `| \`${name}\` | ${type} | ${named || '–'} | ${help} |`
      }),
    )
  })

  it('has separate values for each gateway', async () => {
    const [busy, idle] = [createMetrics({ now: () => NOW }), createMetrics({ now: () => NOW })]
    busy.observeEvents((listener) => {
      listener({ type: 'store.failing', message: '', at: 0 })
      return () => {}
    })
    expect((await scrape(busy)).get('store_failures_total')).toBe(1)
    expect((await scrape(idle)).get('store_failures_total')).toBe(0)
  })
})
