/** The table in the header of each machine lists exactly the states of the machine. */
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { MODELS } from './models.ts'
import { statesOf } from './support/edges.ts'

/** The states of a table. `·` marks an inner state, and a row may name several states. */
function statesInTable(source: string): readonly string[] {
  const [header = ''] = source.split('*/')
  const rows = [...header.matchAll(/^ \* \| ([^|]+?) *\|/gm)].map(([, cell = '']) => cell)
  return rows.slice(2).flatMap((cell) => {
    const [indent = '', names = ''] = /^((?:· )*)(.*)$/.exec(cell)?.slice(1) ?? []
    return names.split(', ').map((name) => `${indent}${name}`)
  })
}

describe.each(MODELS)('the header of $name', ({ chart, models: [{ machine }] }) => {
  it('lists the states of the machine', async () => {
    const source = await readFile(new URL(`../../src/machines/${chart}.ts`, import.meta.url), 'utf8')
    const [, ...states] = statesOf(machine)
    const names = states.map(({ path, key }) => `${'· '.repeat(path.length - 1)}${key}`)
    expect(new Set(statesInTable(source))).toEqual(new Set(names))
  })
})
