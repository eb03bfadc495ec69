/** The command line of a campaign of simulated worlds. */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'

export type SimulateOptions =
  | { readonly type: 'campaign'; readonly seeds: readonly number[]; readonly jobs: number }
  | { readonly type: 'replay'; readonly source: PlanSource; readonly recordTo: string | null }

/** The source of a plan. */
type PlanSource = { readonly seed: number } | { readonly file: string }

export const USAGE = `Usage: npm run simulate -- [--seeds 100] [--from 1] [--jobs <cores>]
       npm run simulate -- --seed 7 [--record FILE]      replays one seed and prints its trace
       npm run simulate -- --plan FILE [--record FILE]   replays a plan, such as a shrunk one
`

/** @throws TypeError for an invalid option */
export function readOptions(args: readonly string[]): SimulateOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string' },
      plan: { type: 'string' },
      record: { type: 'string' },
      seeds: { type: 'string', default: '100' },
      from: { type: 'string', default: '1' },
      jobs: { type: 'string', default: `${availableParallelism()}` },
    },
  })
  const { seed, plan, record } = values
  if (plan !== undefined) return { type: 'replay', source: { file: plan }, recordTo: record ?? null }
  if (seed !== undefined) {
    return { type: 'replay', source: { seed: toNumber(seed) }, recordTo: record ?? null }
  }
  if (record !== undefined) throw new TypeError('--record goes with --seed or --plan')
  const from = toNumber(values.from)
  return {
    type: 'campaign',
    seeds: Array.from({ length: toNumber(values.seeds) }, (_, index) => from + index),
    jobs: Math.max(1, toNumber(values.jobs)),
  }
}

function toNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new TypeError(`${text} is no number`)
  return Number(text)
}
