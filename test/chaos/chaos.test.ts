/** A few seeds; `npm run chaos -- --seeds 200` runs many. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { seedsOf } from '../support/campaign.ts'
import { upTo } from '../support/ledger.ts'
import { ALL_FAULTS } from './faults.ts'
import { runSeed } from './run.ts'

const SEEDS = seedsOf('chaos')
/** Parallel runs: each has three processes, which mostly wait for each other. */
const AT_A_TIME = 2

describe('a gateway with failures of node, chain and process', () => {
  it(`keeps every promise: seeds ${SEEDS.join(', ')}`, async () => {
    const waiting = [...SEEDS]
    const violations: string[] = []
    const work = async () => {
      for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
        violations.push(...(await violationsOf(seed)))
      }
    }
    await Promise.all(upTo(AT_A_TIME).map(work))
    expect(violations).toEqual([])
  })
})

/** Removes the files of a run without a violation. */
async function violationsOf(seed: number): Promise<readonly string[]> {
  const folder = join(process.cwd(), '.chaos', `test-${seed}`)
  await rm(folder, { recursive: true, force: true })
  const { violations } = await runSeed(seed, { enabled: ALL_FAULTS, folder })
  if (violations.length === 0) await rm(folder, { recursive: true, force: true })
  return violations.map(({ invariant, what }) => `seed ${seed}, ${invariant}: ${what}`)
}
