/** docs/migrating.md compared with the code. */
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { variableNames } from '../../src/config/names.ts'
import { REFERENCE_VARIABLES } from '../../src/config/referenceVariables.ts'
import { CATALOGUE } from '../../src/metrics/catalogue.ts'
import { REFERENCE } from './reference.ts'

const page = readFileSync('docs/migrating.md', 'utf8')
const rows = new Map(
  [...page.matchAll(/^\| `([A-Z_]+)` \| (.+) \|$/gm)].map(([, name, text]) => [name, text] as const),
)

describe('docs/migrating.md', () => {
  it('lists each variable of the reference gateway once', () => {
    expect([...rows.keys()].sort()).toEqual(REFERENCE.toSorted())
  })

  it.each(Object.entries(REFERENCE_VARIABLES))('says about %s what the log says', (name, instead) => {
    expect(rows.get(name)).toBe(instead)
  })

  it('names only settings that exist', () => {
    const known: readonly string[] = [...variableNames, ...REFERENCE, 'HOSTNAME']
    for (const [name = ''] of page.matchAll(/\b[A-Z]+(?:_[A-Z]+)+\b/g)) expect(known).toContain(name)
  })

  it('names only metrics that exist', () => {
    const known = Object.values(CATALOGUE).map(({ name }) => name)
    const named = [...page.matchAll(/ops_batcher_\w+/g)].map(([name]) => name)
    expect(named.length).toBeGreaterThan(20)
    for (const name of named) expect(known).toContain(name)
  })

  it('names only test files that exist', () => {
    const files = [...page.matchAll(/test\/[\w./]+\.ts/g)].map(([file]) => file)
    expect(files.length).toBeGreaterThan(0)
    for (const file of files) expect(existsSync(file), file).toBe(true)
  })
})
