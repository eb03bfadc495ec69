/** The tasks of a campaign process. */
import { planQuietHour, planRun } from '../plan.ts'
import { shrink } from '../shrink.ts'
import { run } from '../world.ts'
import { keepRun, keepShrunk } from './keepsakes.ts'
import { failureOf, isSound, measured, type Outcome } from './outcome.ts'

export type Task =
  /** Runs a seed. Stores trace, plan and recording of a failure. */
  | { readonly type: 'run'; readonly seed: number }
  /** Runs a failed seed, and stores the smallest plan with an equal failure. */
  | { readonly type: 'shrink'; readonly seed: number }
  | { readonly type: 'quiet' }

/** Most runs to shrink one plan. */
const SHRINK_TRIES = 400

export async function perform(task: Task): Promise<Outcome> {
  switch (task.type) {
    case 'run':
      return runSeed(task.seed)
    case 'shrink':
      return shrinkSeed(task.seed)
    case 'quiet':
      return runQuietHour()
  }
}

async function runSeed(seed: number): Promise<Outcome> {
  const plan = planRun(seed)
  const { outcome } = await measured(() => run(plan))
  if (!isSound(outcome)) await keepRun(plan, await run(plan, { isRecorded: true }))
  return outcome
}

async function shrinkSeed(seed: number): Promise<Outcome> {
  const plan = planRun(seed)
  const failure = failureOf(await run(plan))
  const fails = async (candidate: typeof plan) => {
    // Without one setting another may be invalid. Such a plan is skipped.
    const report = await run(candidate).catch(() => null)
    return report?.violations.some(({ invariant }) => invariant === failure) ?? false
  }
  const least = failure === null ? plan : await shrink(plan, fails, SHRINK_TRIES)
  const { report, outcome } = await measured(() => run(least, { isRecorded: true }))
  await keepShrunk(least, report)
  return outcome
}

/** The second of two runs: nothing is compiled before the first. */
async function runQuietHour(): Promise<Outcome> {
  await run(planQuietHour())
  return (await measured(() => run(planQuietHour()))).outcome
}
