/** The list of mutants fits the sources: `npm run mutants` can apply every mutant. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { applyTo } from './mutant.ts'
import { MUTANTS } from './mutants.ts'
import { ROOT } from './scratch.ts'

/** The syntax errors of a TypeScript text. */
function syntaxErrors(text: string): readonly string[] {
  const { diagnostics = [] } = ts.transpileModule(text, { reportDiagnostics: true })
  return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
}

describe('the list of mutants', () => {
  it('has at least 50 mutants with different names', () => {
    expect(MUTANTS.length).toBeGreaterThanOrEqual(50)
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length)
  })

  it.each(MUTANTS)('$name applies exactly once and leaves valid TypeScript', (mutant) => {
    expect(mutant.file).toMatch(/^((inspector\/)?src|deploy)\//)
    const source = readFileSync(join(ROOT, mutant.file), 'utf8')
    const mutated = applyTo(source, mutant)
    expect(mutated).not.toBe(source)
    if (/\.tsx?$/.test(mutant.file)) expect(syntaxErrors(mutated)).toEqual([])
  })

  it.each(MUTANTS)('$name names existing test files', ({ tests }) => {
    expect(tests).not.toEqual([])
    for (const file of tests) expect(existsSync(join(ROOT, file)), file).toBe(true)
  })
})
