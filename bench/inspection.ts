/**
 * The cost of the live view: the same backlog with the live view off, and on with 0, 1 and 20 viewers. The rate counts
 * accepted operations and depends on the CPU only. The CPU time per operation depends less on other work on the machine.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { benchBacklog } from './backlog.ts'
import { withGateway } from './gatewayProcess.ts'
import { creates } from './work.ts'

export interface WatchedResult {
  /** Null without live view. */
  readonly viewers: number | null
  /** Medians of the rounds. */
  readonly acceptedPerSecond: number
  readonly cpuMicrosecondsEach: number
}

/** Each round measures every case once. Every second round takes the cases in reverse order. */
const ROUNDS = 5
/** Longer than the live view keeps recording after its last viewer has left. */
const LINGER_MS = 11_000

/**
 * The viewers of each case. Null is a gateway without live view. The two gateways use one wallet. Therefore each has a
 * separate chain.
 */
const CASES = [null, 0, 1, 20] as const

/**
 * @param operations per measurement
 * @param concurrency of the sending clients
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
          // The pause brings the process into an equal state before every case.
          await sleep(LINGER_MS)
          const { url } = viewers === null ? unwatched : watched
          results.push(await measure(url, viewers, operations, concurrency))
        }
      }
      return CASES.map((viewers) => medianOf(results.filter((result) => result.viewers === viewers)))
    }),
  )
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

/** Reads and discards the stream, like an open page. */
async function readAll(url: string, signal: AbortSignal): Promise<void> {
  const { body } = await fetch(`${url}/inspector/stream`, { signal })
  if (body === null) throw new Error('the live view has no stream')
  try {
    for await (const chunk of body) if (chunk.length === 0) throw new Error('the stream sent an empty chunk')
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
