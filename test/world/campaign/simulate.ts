/**
 * `npm run simulate`: runs many seeds of the simulated world on all cores, and prints totals. Exits with code 1 after a
 * violation.
 */
import { writeFile } from 'node:fs/promises'
import { createBar } from '../../../src/cli/progress.ts'
import { tellViolation } from '../invariants.ts'
import { planRun } from '../plan.ts'
import { run } from '../world.ts'
import { Crew } from './crew.ts'
import { folderOf, readPlan, readShrunk } from './keepsakes.ts'
import { readOptions, type SimulateOptions, USAGE } from './options.ts'
import { isSound, type Outcome } from './outcome.ts'
import { tellTotals } from './totals.ts'

/** Number of failed seeds that are shrunk. */
const MOST_SHRUNK = 3

/** Number of printed lines of a failed run's trace. */
const TAIL = 40

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  let options: SimulateOptions
  try {
    options = readOptions(args)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n${USAGE}`)
    return 2
  }
  return options.type === 'replay' ? replay(options) : campaign(options)
}

async function replay({ source, recordTo }: Extract<SimulateOptions, { type: 'replay' }>): Promise<number> {
  const plan = 'seed' in source ? planRun(source.seed) : await readPlan(source.file)
  const { trace, violations, recording } = await run(plan, { isRecorded: recordTo !== null })
  process.stdout.write(trace)
  if (recordTo !== null) await writeFile(recordTo, JSON.stringify(recording))
  return violations.length === 0 ? 0 : 1
}

async function campaign({ seeds, jobs }: Extract<SimulateOptions, { type: 'campaign' }>): Promise<number> {
  const crew = new Crew(jobs)
  try {
    const outcomes = await runSeeds(crew, seeds)
    const failed = outcomes.filter((outcome) => !isSound(outcome))
    for (const outcome of failed) process.stdout.write(tellFailure(outcome))
    for (const { seed } of failed.slice(0, MOST_SHRUNK)) await tellShrunk(crew, seed)
    let quiet: Outcome | null = null
    await crew.perform([{ type: 'quiet' }], (outcome) => {
      quiet = outcome
    })
    process.stdout.write(tellTotals(outcomes, quiet))
    return failed.length === 0 ? 0 : 1
  } finally {
    crew.close()
  }
}

async function runSeeds(crew: Crew, seeds: readonly number[]): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  const progress = createBar(
    '{bar} {value}/{total}  violated {violated}  {duration_formatted}, {eta_formatted} to go',
  )
  progress.start(seeds.length, 0, { violated: 0 })
  await crew.perform(
    seeds.map((seed) => ({ type: 'run', seed })),
    (outcome) => {
      outcomes.push(outcome)
      progress.increment({ violated: outcomes.filter((each) => !isSound(each)).length })
    },
  )
  progress.stop()
  return outcomes.sort((a, b) => a.seed - b.seed)
}

function tellFailure({ seed, violations }: Outcome): string {
  return `seed ${seed}\n${violations.map((violation) => `  ${tellViolation(violation)}\n`).join('')}`
}

/** Prints the smallest plan with an equal failure, and the end of the trace. */
async function tellShrunk(crew: Crew, seed: number): Promise<void> {
  let told = ''
  await crew.perform([{ type: 'shrink', seed }], (outcome) => {
    told = tellFailure(outcome)
  })
  // The process may have crashed during the shrinking of the plan.
  const least = await readShrunk(seed).catch(() => null)
  if (least === null) {
    process.stdout.write(`\nIt could not be made smaller: ${told}`)
    return
  }
  const { plan, trace } = least
  const lines = trace.trimEnd().split('\n')
  process.stdout.write(`
The least of seed ${seed} that fails:
${plan}
${lines.length > TAIL ? '…\n' : ''}${lines.slice(-TAIL).join('\n')}

Kept in ${folderOf(seed)}: plan, trace and recording, of the whole and of the least.
`)
}
