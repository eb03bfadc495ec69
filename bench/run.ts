/**
 * `npm run bench [-- --only PART]...`: measures the gateway on this machine. Machines differ and other work disturbs
 * the figures. Therefore a comparing row measures both figures in one run: look at the ratios.
 */
import { parseArgs } from 'node:util'
import { startDevnet } from '../src/devnet/devnet.ts'
import { everyday } from './everyday.ts'
import { benchFold, FOLDED } from './fold.ts'
import { benchIdle } from './idle.ts'
import { benchInspection } from './inspection.ts'
import { benchLibraries } from './libraries.ts'
import { line } from './line.ts'
import { percentile } from './percentile.ts'
import { benchRecovery } from './recovery.ts'
import { benchSelection } from './selection.ts'
import { benchThroughput } from './throughput.ts'

const WATCHED = 2_000
const WATCHED_CONCURRENCY = 256
const QUEUED = 100_000

const PARTS: Readonly<Record<string, () => Promise<void> | void>> = {
  throughput: benchThroughput,
  idle: printIdle,
  everyday: printEveryday,
  watching: printWatching,
  recovery: printRecovery,
  fold: printFold,
  selection: printSelection,
  libraries: printLibraries,
}

const { only, quick } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    quick: { type: 'boolean', default: false },
  },
}).values
for (const name of only ?? Object.keys(PARTS)) {
  const part = PARTS[name]
  if (part === undefined) throw new Error(`no part ${name}; the parts are ${Object.keys(PARTS).join(', ')}`)
  await part()
}

async function printIdle(): Promise<void> {
  const { accepted, broadcast } = await benchIdle()
  printTimes('idle accepted after', accepted)
  printTimes('idle broadcast after', broadcast)
}

async function printEveryday(): Promise<void> {
  for (const { name, value, beside } of await everyday.measure({ isQuick: quick })) {
    line(name, beside === undefined ? `${value}` : `${value}, ${beside}`)
  }
}

function printTimes(what: string, times: readonly number[]): void {
  line(
    `${what} (p50)`,
    `${percentile(times, 0.5).toFixed(1)} ms, p95 ${percentile(times, 0.95).toFixed(1)} ms`,
  )
}

async function printWatching(): Promise<void> {
  for (const { viewers, ...cost } of await benchInspection(WATCHED, WATCHED_CONCURRENCY)) {
    const what = viewers === null ? 'without live view' : `live view with ${viewers} viewers`
    const accepted = cost.acceptedPerSecond.toFixed(0)
    line(what, `${accepted} accepted/s, ${Math.round(cost.cpuMicrosecondsEach)} µs of CPU per operation`)
  }
}

async function printRecovery(): Promise<void> {
  const chain = await startDevnet()
  try {
    for (const operations of [QUEUED, 0]) {
      const { serving, accepted, queued } = await benchRecovery(chain, operations)
      line(
        `started with ${operations} queued`,
        `serving after ${serving.toFixed(1)} s, a new operation accepted after ${accepted.toFixed(1)} s, ${queued} in the queue`,
      )
    }
  } finally {
    await chain.stop()
  }
}

async function printFold(): Promise<void> {
  const { gateway, bare } = await benchFold()
  const overhead = (100 * (gateway / bare - 1)).toFixed(2)
  line(
    `${FOLDED} creates in one batch`,
    `${Math.round(gateway)} gas each; bare call ${Math.round(bare)}, ${overhead} % less`,
  )
}

function printSelection(): void {
  const { median, best } = benchSelection()
  line('selecting 1,000 of 1,000,000', `${median.toFixed(1)} ms (best ${best.toFixed(1)} ms)`)
}

async function printLibraries(): Promise<void> {
  for (const { name, own, viem } of await benchLibraries()) {
    const cost = `viem ${viem.toFixed(1)} µs of CPU`
    line(name, own === null ? cost : `${own.toFixed(1)} µs of CPU; ${cost}, ${(viem / own).toFixed(1)} times`)
  }
}
