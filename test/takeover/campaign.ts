/**
 * `npm run takeover -- --kills 200`: takes the lead from the leader of three processes, in turn by each fault. Prints a line for each
 * takeover and a summary. Exits with code 1 if an operation was lost or executed twice.
 */
import { parseArgs } from 'node:util'
import { percentile } from '../../bench/percentile.ts'
import { COMPILED } from '../support/command.ts'
import { FAULTS } from './faults.ts'
import { runTakeovers, type Takeover } from './run.ts'

const { values } = parseArgs({ options: { kills: { type: 'string', default: '20' } } })
const kills = Number(values.kills)
if (!Number.isSafeInteger(kills) || kills < 1) {
  process.stderr.write('Usage: npm run takeover -- [--kills 20]\n')
  process.exit(2)
}

const print = (line: string) => process.stdout.write(`${line}\n`)

const report = await runTakeovers({
  kills,
  program: COMPILED,
  onTakeover: ({ fault, duration }, number) => print(`${number} ${fault} ${Math.round(duration)} ms`),
})
for (const { name } of FAULTS) {
  const those = report.takeovers.filter(({ fault }) => fault === name)
  if (those.length > 0) print(`${name.padEnd(15)} ${summary(those)}`)
}
const { acknowledged, lost, doubled } = report
print(
  `takeovers ${summary(report.takeovers)}, acknowledged ${acknowledged}, lost ${lost.length}, doubled ${doubled.length}`,
)
for (const what of [...lost, ...doubled]) print(what)
process.exitCode = lost.length + doubled.length === 0 ? 0 : 1

function summary(takeovers: readonly Takeover[]): string {
  const durations = takeovers.map(({ duration }) => duration)
  const at = (share: number) => `${Math.round(percentile(durations, share))} ms`
  return `${takeovers.length}, p50 ${at(0.5)}, p99 ${at(0.99)}`
}
