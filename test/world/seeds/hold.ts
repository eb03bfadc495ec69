/** Tests that hold seeds against the invariants, in files of equal size: they are what test workers share. */
import { describe, expect, it } from 'vitest'
import { tellViolation } from '../invariants.ts'
import { planRun } from '../plan.ts'
import { run } from '../world.ts'

/** Seeds of one file: all files together take about a minute of two cores. */
const SEEDS = 60

/** @param file counted from 0 */
export function holdSeeds(file: number): void {
  const seeds = Array.from({ length: SEEDS }, (_, index) => file * SEEDS + index + 1)
  describe('whatever goes wrong, what was promised holds', () => {
    it.each(seeds)('in the world of seed %i', async (seed) => {
      const report = await run(planRun(seed))
      if (report.violations.length > 0) {
        expect.fail(`${report.violations.map(tellViolation).join('\n')}\n${report.trace}`)
      }
    })
  })
}
