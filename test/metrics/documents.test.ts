/** The metrics that documents name. */
import { describe, expect, it } from 'vitest'
import { CATALOGUE } from '../../src/metrics/catalogue.ts'
import { metricsIn, read, watchRows } from './watch.ts'

const NAMES: ReadonlySet<string> = new Set(Object.values(CATALOGUE).map(({ name }) => name))

describe.each(['operations.md', 'metrics.md'])('"What to watch" in docs/%s', (page) => {
  it('has rows', () => expect(watchRows(page).length).toBeGreaterThan(10))

  it.each(watchRows(page).map((row) => [row.split(' | ')[0]?.replace('| ', '') ?? '', row]))(
    'names an existing metric for "%s"',
    (_subject, row) => {
      const named = metricsIn(row)
      expect(named).not.toEqual([])
      for (const name of named) expect(NAMES).toContain(name)
    },
  )
})

it.each(['operations.md', 'performance.md', 'migrating.md', 'deploying.md', 'testing.md'])(
  'docs/%s names only existing metrics',
  (page) => {
    for (const name of metricsIn(read(page))) expect(NAMES).toContain(name)
  },
)
