/** Every test of the reference is tested here by its name, tested elsewhere, or differs with a reason. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { CASES } from './cases.ts'

it.each(CASES)('$name has tests that exist, or a reason to have none', ({ tests, difference }) => {
  const missing = tests.filter(([file, title]) => !readFileSync(file, 'utf8').includes(`'${title}'`))
  expect(missing).toEqual([])
  if (difference === undefined) expect(tests).not.toEqual([])
})

it('the list has every name once', () => {
  expect(new Set(CASES.map(({ name }) => name)).size).toBe(CASES.length)
})
