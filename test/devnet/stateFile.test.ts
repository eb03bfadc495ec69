import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keepLastSave, keepSave, startFrom } from '../../src/devnet/stateFile.ts'

const NOW = 1_700_000_000_000

let folder: string
let file: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opsbatcher-'))
  file = join(folder, 'chain.json')
})

afterEach(() => rm(folder, { recursive: true }))

const put = (name: string, text: string) => writeFile(join(folder, name), text)
const kept = () => readFile(file, 'utf8').catch(() => null)

/** A node wrote the file `age` milliseconds ago. */
async function nodeWrites(text: string, age: number): Promise<void> {
  await put('chain.json.writing', text)
  const then = (NOW - age) / 1000
  await utimes(`${file}.writing`, then, then)
}

/** A node, able to read only saves with the prefix `good`. @returns the tried saves, in order */
function nodeStarts(): {
  readonly given: string[]
  readonly start: (args: readonly string[]) => Promise<string>
} {
  const given: string[] = []
  return {
    given,
    async start(args) {
      const at = args.indexOf('--load-state')
      if (at === -1) return 'new chain'
      const text = await readFile(args[at + 1] ?? '', 'utf8')
      given.push(text)
      if (!text.startsWith('good')) throw new Error('it is half a file')
      return text
    },
  }
}

describe('a save of a running node', () => {
  it.each([
    ['replaces the state file if the write is complete', 5_000, 'good 2'],
    ['does not replace the state file while anvil may be writing', 100, 'good 1'],
    ['does not replace the state file when the next write is due', 9_900, 'good 1'],
  ])('%s', async (_, age, expected) => {
    await put('chain.json', 'good 1')
    await nodeWrites('good 2', age)
    await keepSave(file, NOW)
    expect(await kept()).toBe(expected)
  })

  it('may be missing', async () => {
    await keepSave(file, NOW)
    await keepLastSave(file)
    expect(await kept()).toBeNull()
  })
})

describe('a start from saves', () => {
  it('uses the last save of the previous run', async () => {
    await put('chain.json', 'good 1')
    await put('chain.json.writing', 'good 2')
    const { start, given } = nodeStarts()
    expect(await startFrom(file, start)).toBe('good 2')
    expect(given).toEqual(['good 2'])
    expect(await kept()).toBe('good 2')
  })

  it('uses the state file if the last save is incomplete, and never tries that save again', async () => {
    await put('chain.json', 'good 1')
    await put('chain.json.writing', 'half of 2')
    expect(await startFrom(file, nodeStarts().start)).toBe('good 1')
    await put('chain.json', 'good 3')
    const { start, given } = nodeStarts()
    expect(await startFrom(file, start)).toBe('good 3')
    expect(given).toEqual(['good 3'])
  })

  it('keeps an unreadable save if no second save exists', async () => {
    await put('chain.json.writing', 'half of 1')
    for (const _ of [1, 2]) {
      await expect(startFrom(file, nodeStarts().start)).rejects.toThrow(
        /it is half a file.*delete its folder/,
      )
    }
  })

  it('starts a new chain without any save', async () => {
    expect(await startFrom(file, nodeStarts().start)).toBe('new chain')
  })
})
