/**
 * `npm run chaos`: runs many seeds, prints a line for each, and totals. Exits with code 1 after a violation.
 * The gateway is compiled once before, because a campaign starts it hundreds of times.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { COMPILED } from '../support/command.ts'
import { type CampaignOptions, readOptions, USAGE } from './options.ts'
import { type Outcome, reportLine, reportTotals } from './report.ts'
import { runSeed } from './run.ts'

/** Folder of log, journal and database of failed runs. */
const FOLDER = '.chaos'

// An interrupted campaign must leave no gateway process.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  let options: CampaignOptions
  try {
    options = readOptions(args)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n${USAGE}`)
    return 2
  }
  const waiting = [...options.seeds]
  const outcomes: Outcome[] = []
  const work = async () => {
    for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
      const outcome = await attempt(seed, options)
      outcomes.push(outcome)
      process.stdout.write(`${options.json ? JSON.stringify(outcome) : reportLine(outcome)}\n`)
    }
  }
  await Promise.all(Array.from({ length: options.jobs }, work))
  process.stdout.write(options.json ? '' : reportTotals(outcomes))
  return outcomes.every(isSound) ? 0 : 1
}

async function attempt(seed: number, { enabled, keep }: CampaignOptions): Promise<Outcome> {
  const folder = join(FOLDER, `seed-${seed}`)
  await rm(folder, { recursive: true, force: true })
  const options = { enabled, folder: join(process.cwd(), folder), program: COMPILED }
  const outcome = await runSeed(seed, options).catch(
    (error: unknown): Outcome => ({
      seed,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    }),
  )
  if (isSound(outcome) && !keep) await rm(folder, { recursive: true, force: true })
  return outcome
}

function isSound(outcome: Outcome): boolean {
  return 'violations' in outcome && outcome.violations.length === 0
}
