/** Draws the faults of a run: kinds, times, frequency and strength. */
import type { DurationMs } from '../../../src/domain/primitives.ts'
import { type Dice, diceOf } from '../dice.ts'
import type { HappeningFault, SpellFault } from '../faults.ts'
import type { Happening, Spell } from './spells.ts'

/** Duration of a spell in seconds, share of the calls, and strength. */
interface Climate {
  /** Number of spells in a run: one of the list. */
  readonly times: readonly [number, ...number[]]
  readonly seconds: readonly [number, number]
  readonly rates: readonly [number, ...number[]]
  readonly strengths: readonly [number, ...number[]]
  /** The nodes of which one is hit; null for all nodes at once. */
  readonly nodes?: readonly [number | null, ...(number | null)[]]
}

const ANY_NODE = [null, 0, 0, 1] as const

const OFTEN = { times: [0, 0, 1, 2], seconds: [10, 80], rates: [0.03, 0.15], strengths: [1] } as const
/** A limit of a node, the same for every transaction. */
const LIMIT = { times: [0, 0, 1], seconds: [15, 80], rates: [1] } as const
/** The first endpoint alone, for most of a run: the other endpoints are healthy. */
const FIRST_ENDPOINT = { times: [0, 0, 1], seconds: [20, 100], rates: [1], nodes: [0] } as const
const OUTAGE = { times: [0, 0, 1], seconds: [3, 25], rates: [0.2, 0.6, 1], strengths: [1] } as const

const CLIMATES: Readonly<Record<SpellFault, Climate>> = {
  // Milliseconds.
  delay: { ...OFTEN, rates: [0.1, 0.5], strengths: [100, 600, 3_000, 12_000] },
  drop: OUTAGE,
  loseAnswer: OFTEN,
  silence: OFTEN,
  duplicate: OFTEN,
  tooManyRequests: OUTAGE,
  unavailable: OUTAGE,
  limitExceeded: OFTEN,
  // Milliseconds behind.
  staleHead: {
    times: [0, 1, 1],
    seconds: [10, 100],
    rates: [0.05, 0.3, 1],
    strengths: [2_000, 6_000, 15_000],
  },
  nullReceipt: { ...OFTEN, rates: [0.2, 0.7] },
  underpriced: { ...OFTEN, rates: [0.3, 0.8] },
  // The strength decides whether other nodes keep the forgotten transaction.
  forget: { ...OFTEN, rates: [0.3, 0.7], strengths: [0, 1] },
  drought: { times: [0, 0, 1], seconds: [8, 60], rates: [0.5, 1], strengths: [1] },
  // Least tip for inclusion, in milligwei.
  crowd: { times: [0, 1, 1], seconds: [8, 60], rates: [0.8, 1], strengths: [1, 500, 3_000] },
  outdated: { ...OFTEN, seconds: [20, 120], rates: [0.5, 1] },
  diskFull: { times: [0, 0, 0, 1], seconds: [2, 15], rates: [0.3, 1], strengths: [1] },
  // Milliseconds.
  slowDisk: { ...OFTEN, strengths: [50, 500] },
  // Thousandths of an ether.
  feeCap: { ...LIMIT, strengths: [5, 20] },
  gasCap: { ...LIMIT, strengths: [1_500_000, 4_000_000] },
  // Bytes.
  sizeCap: { ...LIMIT, strengths: [2_500, 6_000] },
  fullPool: { ...OUTAGE, seconds: [5, 60] },
  // Transactions.
  accountLimit: { ...LIMIT, strengths: [1, 2] },
  l1Fee: { ...OUTAGE, seconds: [5, 60] },
  strangeRefusal: { ...OUTAGE, seconds: [5, 60] },
  swallow: { ...FIRST_ENDPOINT, strengths: [1] },
  // Hundredths of a block.
  slowEndpoint: { ...FIRST_ENDPOINT, strengths: [60, 120, 250] },
  hangingEndpoint: { ...FIRST_ENDPOINT, strengths: [1] },
  // Milliseconds behind.
  laggingNonce: { ...OFTEN, rates: [0.3, 0.6], strengths: [6_000, 30_000] },
  // Bytes.
  heavyCalls: { ...LIMIT, strengths: [3_000, 6_000, 12_000] },
  // 0 for a node without the method, 1 for a node that answers null.
  noFeeHistory: { ...LIMIT, strengths: [0, 1] },
  missingLogs: { ...OFTEN, rates: [0.5, 1] },
  blockUnknown: { ...OFTEN, rates: [0.5, 1] },
  indexing: { ...OFTEN, rates: [0.3, 1] },
}

export function planSpells(seed: number, clearsAt: DurationMs): readonly Spell[] {
  let id = 0
  return Object.entries(CLIMATES).flatMap(([fault, climate]) => {
    const dice = diceOf(seed, 'spells', fault)
    return Array.from({ length: dice.pick(climate.times) }, () => {
      id += 1
      return drawSpell(id, fault as SpellFault, { climate, dice, clearsAt })
    })
  })
}

function drawSpell(
  id: number,
  fault: SpellFault,
  { climate, dice, clearsAt }: { climate: Climate; dice: Dice; clearsAt: DurationMs },
): Spell {
  const [shortest, longest] = climate.seconds
  const length = Math.min(clearsAt, 1_000 * dice.between(shortest, longest))
  const from = dice.between(0, clearsAt - length)
  return {
    id,
    fault,
    from,
    to: from + length,
    rate: dice.pick(climate.rates),
    strength: dice.pick(climate.strengths),
    node: dice.pick(climate.nodes ?? ANY_NODE),
  }
}

/** Frequency and strength of an event. */
interface Habit {
  readonly times: readonly [number, ...number[]]
  readonly strength: (dice: Dice) => number
}

const anything = (dice: Dice): number => dice.below(1_000_000)

const HABITS: Readonly<Record<HappeningFault, Habit>> = {
  // Number of skipped blocks.
  stall: { times: [0, 0, 1], strength: (dice) => dice.between(2, 20) },
  burst: { times: [0, 1], strength: (dice) => dice.between(2, 5) },
  // Number of blocks.
  reorg: { times: [0, 0, 1, 2, 3], strength: (dice) => dice.pick([1, 1, 2, 3, 5, 8]) },
  rollback: { times: [0, 0, 0, 1], strength: (dice) => dice.pick([1, 2, 4]) },
  poolDrop: { times: [0, 1, 2], strength: anything },
  // Number of transactions.
  intrusion: { times: [0, 0, 0, 1, 2], strength: (dice) => dice.pick([1, 1, 2]) },
  frontRun: { times: [0, 0, 1, 3], strength: anything },
  crash: { times: [0, 0, 1, 2, 3], strength: anything },
  stop: { times: [0, 0, 0, 1], strength: anything },
}

export function planHappenings(seed: number, clearsAt: DurationMs): readonly Happening[] {
  let id = 0
  return Object.entries(HABITS)
    .flatMap(([fault, { times, strength }]) => {
      const dice = diceOf(seed, 'happenings', fault)
      return Array.from({ length: dice.pick(times) }, (): Happening => {
        id += 1
        return {
          id,
          fault: fault as HappeningFault,
          at: dice.between(2_000, clearsAt),
          strength: strength(dice),
        }
      })
    })
    .sort((a, b) => a.at - b.at || a.id - b.id)
}
