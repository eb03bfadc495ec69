/** `npm run fuzz`: a service, a chain, and the given number of requests. Exits with code 1 after a wrong answer. */
import { parseArgs } from 'node:util'
import { Presets, SingleBar } from 'cli-progress'
import { fuzz } from './campaign.ts'
import { reportCounts, reportFailure } from './report.ts'
import { startScene } from './scene.ts'

const USAGE = `Usage: npm run fuzz -- [--requests 10000] [--seed N]
       npm run fuzz -- --seed N --request I    sends one request again
`

// An interrupted campaign leaves no service behind.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      requests: { type: 'string', default: '10000' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      request: { type: 'string' },
    },
  })
  const [requests, seed, one] = [values.requests, values.seed, values.request ?? '0'].map(Number)
  if (![requests, seed, one].every((value) => Number.isSafeInteger(value)) || requests === undefined) {
    process.stderr.write(USAGE)
    return 2
  }
  const numbers = values.request === undefined ? Array(requests).keys() : [Number(one)]
  return campaign(Number(seed), [...numbers])
}

async function campaign(seed: number, numbers: readonly number[]): Promise<number> {
  process.stdout.write(`seed ${seed}\n`)
  const scene = await startScene()
  const format = 'fuzz {bar} {value}/{total}  {duration_formatted}, {eta_formatted} to go'
  const bar = new SingleBar({ format, stream: process.stderr, hideCursor: true }, Presets.shades_classic)
  bar.start(numbers.length, 0)
  const findings = await fuzz(scene, { seed, numbers }, () => bar.increment())
  bar.stop()
  const code = await scene.stop()
  process.stdout.write(reportCounts(findings))
  for (const failure of findings.failures) process.stdout.write(reportFailure(seed, failure))
  process.stdout.write(
    `${numbers.length} requests, ${findings.failures.length} failures; the service ended with code ${code}\n`,
  )
  return findings.failures.length === 0 && code === 0 ? 0 : 1
}
