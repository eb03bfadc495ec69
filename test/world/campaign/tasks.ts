/** What a process of a campaign is given to do. */
import { planQuietHour, planRun } from '../plan.ts'
import { shrink } from '../shrink.ts'
import { run } from '../world.ts'
import { keepRun, keepShrunk } from './keepsakes.ts'
import { failureOf, isSound, measured, type Outcome } from './outcome.ts'

export type Task =
  /** Runs a seed; of one that fails, trace, plan and recording are kept. */
  | { readonly type: 'run'; readonly seed: number }
  /** Runs a seed that fails, and keeps the least plan that fails alike. */
  | { readonly type: 'shrink'; readonly seed: number }
  | { readonly type: 'quiet' }

/** Runs that are spent on making one plan small. */
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
    // Without one setting another may be refused: then it is no plan.
    const report = await run(candidate).catch(() => null)
    return report?.violations.some(({ invariant }) => invariant === failure) ?? false
  }
  const least = failure === null ? plan : await shrink(plan, fails, SHRINK_TRIES)
  const { report, outcome } = await measured(() => run(least, { isRecorded: true }))
  await keepShrunk(least, report)
  return outcome
}

/** The second of two: the first one finds nothing compiled. */
async function runQuietHour(): Promise<Outcome> {
  await run(planQuietHour())
  return (await measured(() => run(planQuietHour()))).outcome
}
