/** A bounded part of the campaign; `npm run chaos -- --seeds 200` is the whole. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { seedsOf } from '../support/campaign.ts'
import { upTo } from '../support/ledger.ts'
import { FAULT_NAMES } from './faults.ts'
import { runSeed } from './run.ts'

const SEEDS = seedsOf('chaos')
/** Runs at a time: each is three processes that wait for each other most of the time. */
const AT_A_TIME = 2

describe('whatever goes wrong', () => {
  it(`every operation comes to its right end: seeds ${SEEDS.join(', ')}`, async () => {
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

/** What is left of a run that violates nothing is removed. */
async function violationsOf(seed: number): Promise<readonly string[]> {
  const folder = join(process.cwd(), '.chaos', `test-${seed}`)
  await rm(folder, { recursive: true, force: true })
  const { violations } = await runSeed(seed, { enabled: new Set(FAULT_NAMES), folder })
  if (violations.length === 0) await rm(folder, { recursive: true, force: true })
  return violations.map(({ invariant, what }) => `seed ${seed}, ${invariant}: ${what}`)
}
