/** The list of mutants is sound: what `npm run mutants` applies is there to be applied. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { applyTo } from './mutant.ts'
import { MUTANTS } from './mutants.ts'
import { ROOT } from './scratch.ts'

/** What keeps a text from being TypeScript. */
function syntaxErrors(text: string): readonly string[] {
  const { diagnostics = [] } = ts.transpileModule(text, { reportDiagnostics: true })
  return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
}

describe('the list of mutants', () => {
  it('has many, each under a name of its own', () => {
    expect(MUTANTS.length).toBeGreaterThanOrEqual(50)
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length)
  })

  it.each(MUTANTS)('$name applies once, to a source, and is a program still', (mutant) => {
    expect(mutant.file).toMatch(/^src\//)
    const source = readFileSync(join(ROOT, mutant.file), 'utf8')
    const mutated = applyTo(source, mutant)
    expect(mutated).not.toBe(source)
    expect(syntaxErrors(mutated)).toEqual([])
  })

  it.each(MUTANTS)('$name names tests that there are', ({ tests }) => {
    expect(tests).not.toEqual([])
    for (const file of tests) expect(existsSync(join(ROOT, file)), file).toBe(true)
  })
})
