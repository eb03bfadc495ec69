/** Every test of the reference is tested here by its name, tested elsewhere, or differs with a reason. */
import { existsSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { CASES } from './cases.ts'

it('every case names files that exist, or a reason', () => {
  for (const { name, files, difference } of CASES) {
    expect([name, files.filter((file) => !existsSync(file))]).toEqual([name, []])
    expect([name, files.length > 0 || difference !== undefined]).toEqual([name, true])
  }
})

it('a case of this folder without difference is a test with its name', () => {
  for (const { name, files, difference } of CASES) {
    const [file] = files
    if (difference !== undefined || !file?.startsWith('test/reference/')) continue
    expect([name, readFileSync(file, 'utf8').includes(name)]).toEqual([name, true])
  }
})

it('has every name once', () => {
  expect(new Set(CASES.map(({ name }) => name)).size).toBe(CASES.length)
})
