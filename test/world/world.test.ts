/** Whole gateways in worlds where much goes wrong: what was promised holds, and the same seed gives the same run. */
import { describe, expect, it } from 'vitest'
import { tellViolation } from './invariants.ts'
import { planRun } from './plan.ts'
import { run } from './world.ts'

const SEEDS = Array.from({ length: 40 }, (_, index) => index + 1)

describe('whatever goes wrong, what was promised holds', () => {
  it.each(SEEDS)('in the world of seed %i', async (seed) => {
    const { violations, trace } = await run(planRun(seed))
    expect(violations.map(tellViolation), trace).toEqual([])
  })
})

it('the same seed gives the same trace, byte for byte', async () => {
  const [first, second] = [await run(planRun(5)), await run(planRun(5))]
  expect(second.trace).toBe(first.trace)
})
