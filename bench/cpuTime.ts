/** CPU time of short pieces of work, which depends less on other work on the machine than the time on the clock. */
import { mapLimited } from './mapLimited.ts'
import { percentile } from './percentile.ts'

/** Does the work so many times. */
export type Repeat = (times: number) => Promise<void>

const ROUNDS = 7
/** Long enough for the resolution of the system's CPU times. */
const ROUND_MICROSECONDS = 60_000

/**
 * Measures pieces of work in turn: all pieces meet equal conditions.
 * @returns microseconds of CPU for one run of each piece: the median of the rounds
 */
export async function cpuTimes(work: readonly Repeat[]): Promise<readonly number[]> {
  const counts: number[] = []
  for (const repeat of work) counts.push(await timesPerRound(repeat))
  const rounds: (readonly number[])[] = []
  while (rounds.length < ROUNDS) {
    const times: number[] = []
    for (const [index, repeat] of work.entries()) {
      const count = counts[index] ?? 1
      times.push((await cpuOf(repeat, count)) / count)
    }
    rounds.push(times)
  }
  return work.map((_, index) =>
    percentile(
      rounds.map((times) => times[index] ?? Number.NaN),
      0.5,
    ),
  )
}

/** Work that returns at once. */
export function inLoop(work: () => unknown): Repeat {
  return async (times) => {
    for (let count = 0; count < times; count += 1) work()
  }
}

/** Work that waits; up to `limit` pieces run at a time. */
export function concurrently(limit: number, work: () => Promise<unknown>): Repeat {
  return async (times) => {
    await mapLimited(Array<null>(times).fill(null), limit, work)
  }
}

async function timesPerRound(repeat: Repeat): Promise<number> {
  for (let times = 1; ; times *= 2) {
    if ((await cpuOf(repeat, times)) >= ROUND_MICROSECONDS) return times
  }
}

async function cpuOf(repeat: Repeat, times: number): Promise<number> {
  const before = process.cpuUsage()
  await repeat(times)
  const { user, system } = process.cpuUsage(before)
  return user + system
}
