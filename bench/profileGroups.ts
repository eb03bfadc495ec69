/** Groups the self time of a CPU profile by what the time is spent on. */

/** The part of V8's format `.cpuprofile` that the groups need. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string }
  }[]
  /** Microseconds, on the clock of `process.hrtime`. */
  readonly startTime: number
  /** The node of each sample. */
  readonly samples: readonly number[]
  /** Microseconds from the sample before, or from `startTime`. */
  readonly timeDeltas: readonly number[]
}

export interface Period {
  readonly start: number
  readonly end: number
}

export interface Share {
  readonly group: string
  readonly microseconds: number
  /** Share of the busy time of all threads. */
  readonly percent: number
}

type Frame = CpuProfile['nodes'][number]['callFrame']

/** Functions of Node that are named by their work. A function without a URL is native code. */
const BY_FUNCTION: ReadonlyMap<string, string> = new Map([
  ['(garbage collector)', 'garbage collection'],
  ['(program)', 'native code without a name'],
  ['writev', 'socket writes'],
  ['writeUtf8String', 'socket writes'],
  ['writeLatin1String', 'socket writes'],
  ['writeBuffer', 'socket writes'],
  ['postMessage', 'postMessage between threads'],
])

/** Libraries whose name does not tell their work. */
const BY_LIBRARY: ReadonlyMap<string, string> = new Map([
  ['libsql', 'SQLite (libsql)'],
  ['secp256k1', 'signature recovery (secp256k1)'],
  ['zod', 'validation (zod)'],
])

const IDLE: ReadonlySet<string> = new Set(['(idle)', '(root)'])

/**
 * Sums the self time of all threads in a period.
 * @returns the groups, largest first
 */
export function groupTime(profiles: readonly CpuProfile[], period: Period): readonly Share[] {
  const times = new Map<string, number>()
  for (const profile of profiles) addTimes(times, profile, period)
  const total = [...times.values()].reduce((sum, time) => sum + time, 0)
  return [...times]
    .map(([group, microseconds]) => ({ group, microseconds, percent: (100 * microseconds) / total }))
    .sort((a, b) => b.microseconds - a.microseconds)
}

function addTimes(
  times: Map<string, number>,
  { nodes, startTime, samples, timeDeltas }: CpuProfile,
  { start, end }: Period,
): void {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
  let time = startTime
  samples.forEach((sample, index) => {
    time += timeDeltas[index] ?? 0
    const frame = frames.get(sample)
    // A sample stands for the time until the next sample.
    const duration = timeDeltas[index + 1] ?? 0
    if (frame === undefined || time < start || time >= end || IDLE.has(frame.functionName)) return
    const group = groupOf(frame)
    times.set(group, (times.get(group) ?? 0) + duration)
  })
}

function groupOf({ functionName, url }: Frame): string {
  const named = url === '' || url.startsWith('node:') ? BY_FUNCTION.get(functionName) : undefined
  if (named !== undefined) return named
  const own = /\/src\/([^/]+)/.exec(url)?.[1]
  const library = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]
  if (library !== undefined) return BY_LIBRARY.get(library) ?? library
  if (own !== undefined) return `src/${own}`
  if (url.startsWith('node:')) return `Node: ${/^node:(?:internal\/)?([^/]+)/.exec(url)?.[1]}`
  return 'native code'
}
