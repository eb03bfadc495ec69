/** The command line of a campaign. */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { ALL_FAULTS, FAULT_NAMES, type FaultName, isFaultName } from './faults.ts'

export interface CampaignOptions {
  readonly seeds: readonly number[]
  /** Parallel runs. */
  readonly jobs: number
  readonly enabled: ReadonlySet<FaultName>
  /** A JSON object per line instead of text. */
  readonly json: boolean
  /** Whether data, log and journal of sound runs are kept. */
  readonly keep: boolean
}

/** A run has three processes that wait for each other half of the time. */
const JOBS = Math.ceil(1.5 * availableParallelism())

export const USAGE = `Usage: npm run chaos -- [--seeds 20] [--from 1] [--jobs ${JOBS}] [--json] [--keep]
       npm run chaos -- --seed 7        replays one seed
  --only a,b      only these faults
  --without a,b   all faults but these
Faults: ${FAULT_NAMES.join(', ')}
`

/** @throws TypeError for an invalid option */
export function readOptions(args: readonly string[]): CampaignOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string' },
      seeds: { type: 'string', default: '20' },
      from: { type: 'string', default: '1' },
      jobs: { type: 'string', default: `${JOBS}` },
      only: { type: 'string' },
      without: { type: 'string', default: '' },
      json: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
    },
  })
  const { seed, only, without, json, keep } = values
  const from = toNumber(values.from)
  const left = new Set(toFaults(without))
  return {
    seeds:
      seed === undefined
        ? Array.from({ length: toNumber(values.seeds) }, (_, index) => from + index)
        : [toNumber(seed)],
    jobs: Math.max(1, toNumber(values.jobs)),
    enabled: new Set(
      (only === undefined ? [...ALL_FAULTS] : toFaults(only)).filter((fault) => !left.has(fault)),
    ),
    json,
    keep: keep || seed !== undefined,
  }
}

function toNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new TypeError(`${text} is no number`)
  return Number(text)
}

function toFaults(text: string): readonly FaultName[] {
  return text
    .split(',')
    .filter((name) => name !== '')
    .map((name) => {
      if (!isFaultName(name)) throw new TypeError(`there is no fault ${name}`)
      return name
    })
}
