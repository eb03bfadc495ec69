import { expect, it } from 'vitest'
import { tableRow, toJson } from '../../bench/table.ts'

it('a row shows three digits of a small figure and all digits of a large one', () => {
  expect(tableRow({ name: 'plan_ms_1000', value: 0.49512 })).toMatch(/^plan_ms_1000 +0\.495$/)
  expect(tableRow({ name: 'fold_floor_100', value: 108_829.4 })).toMatch(/^fold_floor_100 +108,829$/)
})

it('a row shows what its figure is compared with', () => {
  const row = { name: 'block_share_creates', value: 0.91, beside: 'a full block is 1' }
  expect(tableRow(row)).toMatch(/^block_share_creates +0\.91 {2}a full block is 1$/)
})

it('a figure that was not measured is a dash', () => {
  expect(tableRow({ name: 'block_share_creates', value: Number.NaN })).toMatch(/ -$/)
})

it('the JSON has the figures of the table by name, the remarks and the machine', () => {
  const rows = [
    { name: 'idle_accept_ms_p50', value: 9.123_456_789, beside: 'p95 12.0 ms' },
    { name: 'latency_ms_p99', value: 4_000 },
  ]
  expect(JSON.parse(toJson(rows, true))).toEqual({
    machine: {
      processor: expect.any(String),
      cores: expect.any(Number),
      system: expect.any(String),
      node: process.versions.node,
    },
    quick: true,
    figures: { idle_accept_ms_p50: 9.12346, latency_ms_p99: 4_000 },
    beside: { idle_accept_ms_p50: 'p95 12.0 ms' },
  })
})
