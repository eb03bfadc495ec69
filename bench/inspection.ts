/**
 * What watching costs: the same backlog with the live view off, on with nobody watching, and with viewers. The rate is that
 * of the HTTP door, which nothing but the processor bounds; beside it stands the processor time that the gateway's process
 * used for an operation, which other work on the machine blurs less.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { startDevnet } from '../src/devnet/devnet.ts'
import { benchBacklog } from './backlog.ts'
import { type GatewayProcess, startGatewayProcess } from './gatewayProcess.ts'
import { creates } from './work.ts'

export interface WatchedResult {
  /** Null where there is nothing to watch. */
  readonly viewers: number | null
  /** Medians of the rounds. */
  readonly acceptedPerSecond: number
  readonly cpuMicrosecondsEach: number
}

/** In each, every case is measured once; every other one goes through them backwards. */
const ROUNDS = 5
/** How long the live view goes on without viewers. */
const LINGER_MS = 11_000

/** A gateway without a live view, and one with viewers; each on a chain of its own, since they have one wallet. */
const CASES = [null, 0, 1, 20] as const

/**
 * @param operations of each measurement
 * @param concurrency of the clients that send them
 */
export async function benchInspection(
  operations: number,
  concurrency: number,
): Promise<readonly WatchedResult[]> {
  return withGateway({ INSPECTOR: 'off' }, (unwatched) =>
    withGateway({}, async (watched) => {
      for (const { url } of [unwatched, watched]) await benchBacklog(url, creates(operations), concurrency)
      const results: WatchedResult[] = []
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const viewers of round % 2 === 0 ? CASES : CASES.toReversed()) {
          // The same pause for all: without it, they meet the chain's blocks and the process in other states.
          await sleep(LINGER_MS)
          const { url } = viewers === null ? unwatched : watched
          results.push(await measure(url, viewers, operations, concurrency))
        }
      }
      return CASES.map((viewers) => medianOf(results.filter((result) => result.viewers === viewers)))
    }),
  )
}

async function withGateway<T>(
  settings: NodeJS.Dict<string>,
  work: (gateway: GatewayProcess) => Promise<T>,
): Promise<T> {
  const chain = await startDevnet()
  try {
    const gateway = await startGatewayProcess(chain, settings)
    try {
      return await work(gateway)
    } finally {
      await gateway.stop()
    }
  } finally {
    await chain.stop()
  }
}

async function measure(
  url: string,
  viewers: number | null,
  operations: number,
  concurrency: number,
): Promise<WatchedResult> {
  const leaving = new AbortController()
  const reading = Array.from({ length: viewers ?? 0 }, () => readAll(url, leaving.signal))
  const work = creates(operations)
  const before = await cpuSeconds(url)
  const { acceptedPerSecond } = await benchBacklog(url, work, concurrency)
  const seconds = (await cpuSeconds(url)) - before
  leaving.abort()
  await Promise.all(reading)
  return { viewers, acceptedPerSecond, cpuMicrosecondsEach: (seconds * 1e6) / operations }
}

/** Reads the stream as a page does, and keeps nothing of it. */
async function readAll(url: string, signal: AbortSignal): Promise<void> {
  const { body } = await fetch(`${url}/inspector/stream`, { signal })
  if (body === null) throw new Error('there is nothing to watch')
  try {
    for await (const chunk of body) if (chunk.length === 0) throw new Error('an empty chunk')
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

async function cpuSeconds(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(/^process_cpu_seconds_total (\S+)/m.exec(text)?.[1])
}

function medianOf(results: readonly WatchedResult[]): WatchedResult {
  const median = (pick: (result: WatchedResult) => number) =>
    results.map(pick).sort((a, b) => a - b)[Math.floor(results.length / 2)] ?? Number.NaN
  return {
    viewers: results[0]?.viewers ?? null,
    acceptedPerSecond: median(({ acceptedPerSecond }) => acceptedPerSecond),
    cpuMicrosecondsEach: median(({ cpuMicrosecondsEach }) => cpuMicrosecondsEach),
  }
}
