/** One fault of a node, a pool or a recovery agent at a time: the gateway does the right thing, not only the safe thing. */
import { describe, expect, it } from 'vitest'
import { type Plan, planQuietHour } from './plan.ts'
import type { Settings } from './settings.ts'
import type { PlannedErrand } from './users/planErrands.ts'
import type { Spell } from './weather/spells.ts'
import { type Report, run } from './world.ts'

/** The faults last until here. The operations must have landed before, unless the scene says otherwise. */
const CLEARS_AT = 300_000

const START = 5_000

interface Scene {
  readonly name: string
  readonly faults: readonly (Pick<Spell, 'fault'> & Partial<Spell>)[]
  readonly creates?: number
  /** Milliseconds between two creates. */
  readonly apart?: number
  readonly settings?: Partial<Settings>
  /** What else holds. */
  readonly holds?: (report: Report) => void
}

const TWO_NODES = { nodes: 2 } as const
const WITHOUT_TRACES = { traces: false } as const

const SCENES: readonly Scene[] = [
  { name: 'a fee cap divides a batch', faults: [{ fault: 'feeCap', strength: 5 }], creates: 24 },
  { name: 'a gas cap divides a batch', faults: [{ fault: 'gasCap', strength: 1_500_000 }], creates: 24 },
  { name: 'a size limit divides a batch', faults: [{ fault: 'sizeCap', strength: 2_500 }], creates: 24 },
  { name: 'a full pool is waited for', faults: [{ fault: 'fullPool', to: 60_000 }] },
  {
    name: 'a limit of the account leaves room for one transaction at a time',
    faults: [{ fault: 'accountLimit', strength: 1 }],
    creates: 24,
    settings: { gateway: { MAX_BATCH_OPS: '5' } },
  },
  { name: 'a missing L1 data fee is waited for', faults: [{ fault: 'l1Fee', to: 60_000 }] },
  { name: 'unknown words are waited for', faults: [{ fault: 'strangeRefusal', to: 60_000 }] },
  {
    name: 'a node that swallows transactions does not delay them',
    faults: [{ fault: 'swallow', node: 0 }],
    settings: TWO_NODES,
    holds: landsWithin(20_000),
  },
  {
    name: 'a slow endpoint delays nothing for long',
    faults: [{ fault: 'slowEndpoint', node: 0, strength: 120, from: 3_000 }],
    settings: TWO_NODES,
    creates: 40,
    apart: 1_500,
    holds: landsWithin(75_000),
  },
  {
    name: 'with the first endpoint hanging, no request fails',
    faults: [{ fault: 'hangingEndpoint', node: 0, from: 3_000 }],
    settings: TWO_NODES,
    holds: (report) => {
      expect(report.trace).not.toContain('turned away')
      landsWithin(60_000)(report)
    },
  },
  {
    name: 'a lagging transaction count is no alarm',
    faults: [{ fault: 'laggingNonce', rate: 0.3, strength: 6_000 }],
    creates: 20,
    apart: 4_000,
  },
  ...['silence', 'an error', 'HTTP 504'].map(
    (answer, index): Scene => ({
      name: `a simulation that is too heavy is divided: ${answer}`,
      faults: [{ fault: 'heavyCalls', id: 3 + index, strength: 6_000 }],
      creates: 40,
    }),
  ),
  { name: 'a node without fee history has other prices', faults: [{ fault: 'noFeeHistory', strength: 0 }] },
  { name: 'a fee history of null has other prices', faults: [{ fault: 'noFeeHistory', strength: 1 }] },
  { name: 'logs that are missing for a while fail nothing', faults: [{ fault: 'missingLogs', to: 60_000 }] },
  {
    name: 'logs that are missing for a while fail nothing, without traces',
    faults: [{ fault: 'missingLogs', to: 60_000 }],
    settings: WITHOUT_TRACES,
  },
  {
    name: 'a receipt without block hash is no reorg',
    faults: [{ fault: 'blockUnknown', to: 60_000 }],
    holds: ({ trace }) => expect(trace).not.toMatch(/reorged|revived/),
  },
  {
    name: 'an indexing node stops no replacements',
    faults: [
      { fault: 'drought', to: 40_000 },
      { fault: 'indexing', to: 60_000 },
    ],
    holds: ({ trace }) => expect(trace.match(/"replaced":true/g)?.length, trace).toBeGreaterThan(3),
  },
]

describe('with one fault only', () => {
  for (const { name, faults, creates = 6, apart = 5, settings = {}, holds = () => {} } of SCENES) {
    it(name, async () => {
      const report = await run(
        sceneOf({ settings, spells: faults.map(spellOf), errands: createsAt({ count: creates, apart }) }),
      )
      expect(report.violations, report.trace).toEqual([])
      expect(report.operations, report.trace).toEqual({ finalized: creates })
      expect(lastVerdictAt(report), report.trace).toBeLessThan(CLEARS_AT)
      holds(report)
    })
  }
})

describe('a recovery agent with code', () => {
  const recovery: PlannedErrand = {
    type: 'change',
    name: 'recovery',
    at: START,
    copies: 1,
    account: 0,
    step: 0,
    oddity: null,
  }
  it.each([
    ['burnsOnChain', { finalized: 6, failed: 1 }],
    ['burnsAlways', { finalized: 6 }],
    ['saysNo', { finalized: 6 }],
    ['honest', { finalized: 7 }],
  ] as const)('harms nobody else: %s', async (agent, operations) => {
    const accounts = [{ authenticators: 1, script: ['recover_account'] as const, agent }]
    const settings = { gateway: { ORDERING: 'fifo' } }
    const report = await run(
      sceneOf({ settings, accounts, errands: [recovery, ...createsAt({ count: 6, apart: 5 })] }),
    )
    expect(report.violations, report.trace).toEqual([])
    expect(report.operations, report.trace).toEqual(operations)
    expect(lastVerdictAt(report), report.trace).toBeLessThan(START + 60_000)
  })
})

function sceneOf({
  settings = {},
  ...plan
}: Partial<Omit<Plan, 'settings'>> & { settings?: Partial<Settings> }): Plan {
  const quiet = planQuietHour()
  return {
    ...quiet,
    seed: 3,
    clearsAt: CLEARS_AT,
    ...plan,
    settings: { ...quiet.settings, traces: true, ...settings },
  }
}

function spellOf(fault: Scene['faults'][number], index: number): Spell {
  return { id: index, from: 0, to: CLEARS_AT, rate: 1, strength: 1, node: null, ...fault }
}

/** Creates after each other. If they are close together, a batch holds many of them. */
function createsAt({ count, apart }: { count: number; apart: number }): readonly PlannedErrand[] {
  return Array.from({ length: count }, (_, index) => ({
    type: 'create',
    name: `create ${index}`,
    at: START + 100 + apart * index,
    copies: 1,
    twin: false,
  }))
}

function landsWithin(duration: number) {
  return (report: Report) => expect(lastVerdictAt(report), report.trace).toBeLessThan(START + duration)
}

/** The time of the last verdict, in milliseconds since the start. */
function lastVerdictAt({ trace }: Report): number {
  const verdicts = [...trace.matchAll(/^ *([\d.]+) {2}gateway: \S+ settled: (?:finalized|failed)/gm)]
  return 1_000 * Number(verdicts.at(-1)?.[1] ?? 0)
}
