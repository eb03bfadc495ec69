/**
 * `npm run mutants`: applies each mutant to a copy of the source tree, runs the tests of the mutant, and shows the
 * noticing test. Exits with code 1 if no test noticed a mutant, or if a mutant does not apply.
 */
import { parseArgs } from 'node:util'
import { MUTANTS } from './mutants.ts'
import { isNoticed, type Row, reportRow, reportTotals } from './report.ts'
import { tryOut } from './trial.ts'

const USAGE = `Usage: npm run mutants -- [--only name,name] [--jobs 2]
`

// An interrupted run also ends the running tests.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { only: { type: 'string' }, jobs: { type: 'string', default: '2' } },
  })
  const only = values.only?.split(',')
  const mutants = MUTANTS.filter(({ name }) => only === undefined || only.includes(name))
  const jobs = Number(values.jobs)
  if (mutants.length === 0 || !Number.isInteger(jobs) || jobs < 1) {
    process.stderr.write(USAGE)
    return 2
  }
  const tests = [...new Set(mutants.flatMap((mutant) => mutant.tests))]
  const { verdict } = await tryOut(null, tests)
  if (verdict.type !== 'survived') {
    process.stderr.write(`the tests fail without a mutant: ${JSON.stringify(verdict)}\n`)
    return 1
  }
  const waiting = [...mutants]
  const rows: Row[] = []
  const work = async () => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const row = { mutant, ...(await tryOut(mutant, mutant.tests)) }
      rows.push(row)
      process.stdout.write(`${reportRow(row)}\n`)
    }
  }
  await Promise.all(Array.from({ length: jobs }, work))
  process.stdout.write(reportTotals(rows))
  return rows.every(isNoticed) ? 0 : 1
}
