/** The Grafana dashboard: its queries name existing metrics and labels, and it shows what operators should watch. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { CATALOGUE } from '../../src/metrics/catalogue.ts'
import { createMetrics } from '../../src/metrics/metrics.ts'
import { metricsIn, watchRows } from '../metrics/watch.ts'
import { checkExpressions, WITHOUT_PROMTOOL } from './promtool.ts'

interface Panel {
  readonly id: number
  readonly title: string
  readonly type: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[]
}

const dashboard: { readonly panels: readonly Panel[] } = JSON.parse(
  readFileSync(new URL('../../deploy/grafana/opsbatcher.dashboard.json', import.meta.url), 'utf8'),
)
const shown = dashboard.panels.filter(({ type }) => type !== 'row')
const queries = shown.flatMap(({ title, targets = [] }) => targets.map((target) => ({ title, ...target })))

/** The labels of each exposed name: a histogram has three names. */
const LABELS = new Map(
  Object.values(CATALOGUE).flatMap(({ name, type, labels }): [string, readonly string[]][] =>
    type === 'histogram'
      ? [
          [`${name}_bucket`, [...labels, 'le']],
          [`${name}_count`, labels],
          [`${name}_sum`, labels],
        ]
      : [[name, labels]],
  ),
)
/** Labels that Prometheus adds to each series. */
const ADDED = ['job', 'instance']

describe('the dashboard', () => {
  it('has a query in each panel', () => {
    for (const { title, targets = [] } of shown) expect(targets.length, title).toBeGreaterThan(0)
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length)
  })

  it.each(queries)('names existing metrics and labels in "$title": $expr', async ({ expr, legendFormat }) => {
    const names = expr.match(/\b(ops_batcher|process|nodejs)_\w+/g) ?? []
    expect(names).not.toEqual([])
    const text = await createMetrics({ now: () => 0 }).registry.metrics()
    const allowed = names.flatMap((name) => {
      if (!name.startsWith('ops_batcher_')) expect(text).toMatch(new RegExp(`^${name}[ {]`, 'm'))
      else expect([...LABELS.keys()]).toContain(name)
      return LABELS.get(name) ?? []
    })
    const grouped = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/, ?/))
    const selected = [...expr.matchAll(/(\w+)=~?"/g)].map(([, label = '']) => label)
    const legend = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label)
    for (const label of [...grouped, ...selected, ...legend]) expect([...allowed, ...ADDED]).toContain(label)
  })

  it.each(watchRows('operations.md').map((row) => [row.split(' | ')[0]?.replace('| ', '') ?? '', row]))(
    'shows what to watch: %s',
    (_subject, row) => {
      const used = queries.map(({ expr }) => expr).join('\n')
      expect(metricsIn(row).filter((name) => used.includes(name))).not.toEqual([])
    },
  )

  it('has panels that do not overlap', () => {
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    )
    expect(new Set(cells).size).toBe(cells.length)
    for (const { gridPos } of dashboard.panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24)
  })
})

it.skipIf(WITHOUT_PROMTOOL !== null)(
  `promtool reads each query of the dashboard ${WITHOUT_PROMTOOL ?? ''}`,
  () => {
    const variables: Readonly<Record<string, string>> = {
      $__rate_interval: '5m',
      $__range: '3h',
      $job: 'opsbatcher',
      $instance: '.*',
    }
    const expressions = queries.map(({ expr }) =>
      expr.replaceAll(/\$\w+/g, (name) => variables[name] ?? name),
    )
    expect(checkExpressions(expressions)).toBe('')
  },
)
