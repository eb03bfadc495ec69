/**
 * `npm run bench -- --profile`: where the gateway's process spends its CPU time while it accepts operations and answers
 * polls of their status. The process writes a profile for each thread at its end (`--cpu-prof`).
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Devnet } from '../src/devnet/devnet.ts'
import { ACCEPT_BLOCK_SECONDS, acceptWork, askAtOnce, submitAtOnce } from './accept.ts'
import { type GatewayProcess, withGateway } from './gatewayProcess.ts'
import { type CpuProfile, groupTime, type Period, type Share } from './profileGroups.ts'
import type { Size } from './row.ts'

/** Smaller groups are left out of the summary. */
const SMALLEST_PERCENT = 1

/** The groups of both periods, largest first. */
export interface Profile {
  readonly operations: number
  readonly accepting: readonly Share[]
  readonly polling: readonly Share[]
}

export async function profileGateway(size: Size): Promise<Profile> {
  const folder = await mkdtemp(join(tmpdir(), 'opsbatcher-profile-'))
  try {
    const options = {
      nodeOptions: ['--cpu-prof', `--cpu-prof-dir=${folder}`],
      blockTimeSeconds: ACCEPT_BLOCK_SECONDS,
    }
    const measure = async (gateway: GatewayProcess, chain: Devnet) => {
      const work = await acceptWork(gateway, chain, size)
      const start = now()
      const ids = await submitAtOnce(gateway.url, work)
      const accepted = now()
      await askAtOnce(gateway.url, ids)
      return {
        operations: work.length,
        accepting: { start, end: accepted },
        polling: { start: accepted, end: now() },
      }
    }
    const periods = await withGateway({}, measure, options)
    const profiles = await readProfiles(folder)
    const shares = (period: Period) => groupTime(profiles, period)
    const { operations, accepting, polling } = periods
    return { operations, accepting: shares(accepting), polling: shares(polling) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export function printProfile(
  { operations, accepting, polling }: Profile,
  print: (line: string) => void,
): void {
  for (const [what, shares] of [
    ['accepting an operation', accepting],
    ['answering a poll of its status', polling],
  ] as const) {
    print(`${what}: self time of all threads`)
    for (const { group, microseconds, percent } of shares) {
      if (percent < SMALLEST_PERCENT) continue
      const each = `${(microseconds / operations).toFixed(1)} µs each`
      print(`  ${group.padEnd(34)} ${percent.toFixed(1).padStart(5)} %  ${each}`)
    }
  }
}

/** Microseconds on the clock that the profiler reads, too. */
function now(): number {
  return Number(process.hrtime.bigint() / 1_000n)
}

async function readProfiles(folder: string): Promise<readonly CpuProfile[]> {
  const files = await readdir(folder)
  return Promise.all(files.map(async (file) => JSON.parse(await readFile(join(folder, file), 'utf8'))))
}
