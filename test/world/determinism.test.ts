/** The same seed gives the same run, byte for byte: here, again, and in other processes that have run others before. */
import { afterAll, describe, expect, it } from 'vitest'
import { Crew } from './campaign/crew.ts'
import { measured, type Outcome } from './campaign/outcome.ts'
import type { Task } from './campaign/tasks.ts'
import { planRun } from './plan.ts'
import { run } from './world.ts'

const SEEDS = [7, 15, 18, 57]

const crew = new Crew(2)
afterAll(() => crew.close())

async function digestsOf(tasks: readonly Task[]): Promise<ReadonlyMap<number, string>> {
  const outcomes: Outcome[] = []
  await crew.perform(tasks, (outcome) => outcomes.push(outcome))
  return new Map(outcomes.map(({ seed, digest }) => [seed, digest]))
}

describe('the same seed', () => {
  it('gives the same trace, byte for byte', async () => {
    const [first, second] = [await run(planRun(5)), await run(planRun(5))]
    expect(second.trace).toBe(first.trace)
  })

  it('gives the same trace while it is recorded', async () => {
    const [plain, recorded] = [await run(planRun(15)), await run(planRun(15), { isRecorded: true })]
    expect(recorded.trace).toBe(plain.trace)
  })

  it('gives the same trace in whatever process, after whatever others', async () => {
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

  it('and another one does not', async () => {
    expect((await run(planRun(5))).trace).not.toBe((await run(planRun(7))).trace)
  })
})
