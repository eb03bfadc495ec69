/** Runs seeds of the simulated world against the invariants, in four files of equal size, because workers share files. */
import { describe, expect, it } from 'vitest'
import { seedsOf } from '../../support/campaign.ts'
import { tellViolation } from '../invariants.ts'
import { planRun } from '../plan.ts'
import { run } from '../world.ts'

const FILES = 4

/** @param file the file's number, from 0 to 3 */
export function holdSeeds(file: number): void {
  const seeds = seedsOf('simulatedWorld').filter((seed) => seed % FILES === file)
  describe('a gateway in the simulated world keeps every promise', () => {
    it.each(seeds)('with seed %i', async (seed) => {
      const report = await run(planRun(seed))
      if (report.violations.length > 0) {
        expect.fail(`${report.violations.map(tellViolation).join('\n')}\n${report.trace}`)
      }
    })
  })
}
