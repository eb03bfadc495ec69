/**
 * A seed determines a run byte for byte: in the present process, in a repetition, and in a separate process after other
 * seeds.
 */
import { afterAll, describe, expect, it } from 'vitest'
import { seedsOf } from '../support/campaign.ts'
import { Crew } from './campaign/crew.ts'
import { measured, type Outcome } from './campaign/outcome.ts'
import type { Task } from './campaign/tasks.ts'
import { planRun } from './plan.ts'
import { run } from './world.ts'

const SEEDS = [7, 15, 18, 57].filter((_, index) => seedsOf('worldDeterminism').includes(index + 1))

const crew = new Crew(1)
afterAll(() => crew.close())

async function digestsOf(tasks: readonly Task[]): Promise<ReadonlyMap<number, string>> {
  const outcomes: Outcome[] = []
  await crew.perform(tasks, (outcome) => outcomes.push(outcome))
  return new Map(outcomes.map(({ seed, digest }) => [seed, digest]))
}

describe('a seed of the simulated world', () => {
  it('gives the same trace, byte for byte', async () => {
    const [first, second] = [await run(planRun(5)), await run(planRun(5))]
    expect(second.trace).toBe(first.trace)
  })

  it('gives an equal trace during a recording', async () => {
    const [plain, recorded] = [await run(planRun(15)), await run(planRun(15), { isRecorded: true })]
    expect(recorded.trace).toBe(plain.trace)
  })

  it('gives an equal trace in a separate process after any other seeds', async () => {
    const here = new Map<number, string>()
    for (const seed of SEEDS) here.set(seed, (await measured(() => run(planRun(seed)))).outcome.digest)
    const tasks = SEEDS.map((seed): Task => ({ type: 'run', seed }))
    const there = await digestsOf(tasks)
    const reversed = await digestsOf(tasks.toReversed())
    for (const seed of SEEDS) {
      expect(there.get(seed)).toBe(here.get(seed))
      expect(reversed.get(seed)).toBe(here.get(seed))
    }
  })

  it('gives another trace than another seed', async () => {
    expect((await run(planRun(5))).trace).not.toBe((await run(planRun(7))).trace)
  })
})
