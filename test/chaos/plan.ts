/**
 * The plan of a run, generated from the seed: settings, operations and faults. Time is counted in beats. A run has some
 * dozen beats, and nearly each beat mines a block.
 */

import { zeroOfEach } from '../../src/load/mix.ts'
import type { ChangeKind } from '../../src/load/plan.ts'
import { planLoad } from '../../src/load/plan.ts'
import { canBefall } from './callFaults.ts'
import { type Chance, chanceOf } from './chance.ts'
import {
  ALL_FAULTS,
  type CallFault,
  type ChainFault,
  FAULT_NAMES,
  FAULTS,
  type FaultName,
  type ProcessFault,
} from './faults.ts'
import type { Strike } from './proxy.ts'

/** A period with a fault of some calls. */
interface Spell extends Strike {
  /** First and last beat. */
  readonly from: number
  readonly to: number
  /** The share of failing calls. */
  readonly rate: number
}

/** A single event. */
export interface Happening {
  readonly fault: ChainFault | ProcessFault
  readonly beat: number
  /** The strength: blocks of a reorg, gwei of a spike, beats of a stall; otherwise a number for random choices. */
  readonly strength: number
}

/** An account and the operations of the owner, in order. */
interface PlannedLane {
  readonly beat: number
  readonly authenticators: number
  readonly script: readonly ChangeKind[]
  /** Sent in reverse order. */
  readonly isReversed: boolean
}

/** Operations that must fail, or may fail. */
export const ODDITIES = [
  'badSignature',
  'usedNonce',
  'gap',
  'takenSlot',
  'twin',
  'rivalCreate',
  'rivalChange',
  'burningAgent',
  'decliningAgent',
  'honestAgent',
] as const

interface PlannedOddity {
  readonly beat: number
  readonly oddity: (typeof ODDITIES)[number]
}

export interface Plan {
  readonly seed: number
  /** Beats with faults. The rest of the run has no faults. */
  readonly beats: number
  readonly confirmations: number
  /** The fee cap in gwei per gas. */
  readonly feeCap: number
  /** Number of endpoints of the gateway. All of them lead to the same node. */
  readonly endpoints: number
  /** Settings of the gateway, by environment variable. */
  readonly settings: Readonly<Record<string, string>>
  readonly lanes: readonly PlannedLane[]
  /** Beats with a single create. */
  readonly creates: readonly number[]
  readonly oddities: readonly PlannedOddity[]
  readonly spells: readonly Spell[]
  readonly happenings: readonly Happening[]
}

const BEATS = 36
/** The last beat at which traffic starts. */
const LAST_TRAFFIC = 24

/** Longer than any outage of the gateway, for an earlier nonce that is certain to arrive. */
export const LANE_TIMEOUT_MS = 40_000

/** @param enabled the faults that may occur */
export function planRun(seed: number, enabled: ReadonlySet<FaultName> = ALL_FAULTS): Plan {
  const chance = chanceOf(seed, 'settings')
  const confirmations = chance.pick([0, 1, 1, 2, 2, 3])
  const feeCap = chance.pick([10, 20, 50, 100])
  const oddities = planOddities(chanceOf(seed, 'oddities'), enabled)
  const hasGap = oddities.some(({ oddity }) => oddity === 'gap')
  return {
    seed,
    beats: BEATS,
    confirmations,
    feeCap,
    endpoints: chanceOf(seed, 'endpoints').pick([1, 1, 2]),
    settings: planSettings(chance, { confirmations, feeCap, hasGap }),
    lanes: planLanes(chanceOf(seed, 'lanes'), hasGap),
    creates: planCreates(chanceOf(seed, 'creates')),
    oddities,
    spells: FAULT_NAMES.filter(isCallFault)
      .filter((fault) => enabled.has(fault))
      .flatMap((fault) => planSpells(fault, chanceOf(seed, fault))),
    happenings: FAULT_NAMES.filter(isHappening)
      .filter((fault) => enabled.has(fault))
      .flatMap((fault) => planHappenings(fault, confirmations, chanceOf(seed, fault))),
  }
}

/**
 * The fault that hits a call; null for most calls.
 * @param place the endpoint of the call, and the number of its earlier calls of the method
 */
export function strikeAt(
  { seed, spells }: Pick<Plan, 'seed' | 'spells'>,
  beat: number,
  method: string,
  { endpoint, ordinal }: { readonly endpoint: number; readonly ordinal: number },
): Strike | null {
  const strikes = (spell: Spell, index: number) =>
    beat >= spell.from &&
    beat <= spell.to &&
    canBefall(spell.fault, method) &&
    (endpoint === 0 || !('isOfFirst' in FAULTS[spell.fault])) &&
    chanceOf(seed, 'strike', index, method, ordinal).hits(spell.rate)
  return spells.find(strikes) ?? null
}

function planSettings(
  chance: Chance,
  { confirmations, feeCap, hasGap }: { confirmations: number; feeCap: number; hasGap: boolean },
): Plan['settings'] {
  return {
    CONFIRMATIONS: `${confirmations}`,
    MAX_FEE_PER_GAS_GWEI: `${feeCap}`,
    MAX_BASE_FEE_GWEI: `${feeCap / 2}`,
    SOFT_CAP_BASE_FEE_GWEI: `${feeCap / 4}`,
    TARGET_BASE_FEE_GWEI: '1',
    POLL_INTERVAL_MS: chance.pick(['50', '100']),
    RESUBMIT_TIMEOUT_MS: chance.pick(['300', '600', '1200']),
    MAX_RESUBMISSIONS: chance.pick(['1', '2', '5', '10']),
    CANCEL_TIMEOUT_SECS: chance.pick(['1', '3', '600']),
    MAX_CONCURRENT_BATCHES: chance.pick(['1', '2', '4']),
    MAX_BATCH_OPS: chance.pick(['2', '5', '50']),
    BATCH_WINDOW_MS: chance.pick(['0', '50', '150']),
    BATCH_MAX_WAIT_SECS: chance.pick(['1', '3']),
    LANE_TIMEOUT_SECS: hasGap ? '3' : `${LANE_TIMEOUT_MS / 1000}`,
    RPC_TIMEOUT_SECS: '1',
    REQUEST_TIMEOUT_SECS: '3',
    SIMULATION_TIMEOUT_SECS: '1',
    STALL_TIMEOUT_SECS: chance.pick(['1', '5']),
    DRAIN_TIMEOUT_SECS: '1',
  }
}

/** @param inOrder whether a lane must not wait long for an earlier nonce */
function planLanes(chance: Chance, inOrder: boolean): readonly PlannedLane[] {
  return Array.from({ length: chance.between(3, 6) }, (): PlannedLane => {
    const counts = {
      ...zeroOfEach(),
      create_account: 1,
      insert_authenticator: chance.between(1, 3),
      update_authenticator: chance.between(0, 1),
      remove_authenticator: chance.between(0, 1),
      recover_account: chance.between(0, 1),
    }
    const { authenticators, script } = planLoad(counts, chance).accounts[0] ?? {
      authenticators: 1,
      script: [],
    }
    const beat = chance.between(0, LAST_TRAFFIC)
    return { beat, authenticators, script, isReversed: !inOrder && chance.hits(0.2) }
  })
}

function planCreates(chance: Chance): readonly number[] {
  return Array.from({ length: chance.between(4, 12) }, () => chance.between(0, LAST_TRAFFIC))
}

function planOddities(chance: Chance, enabled: ReadonlySet<FaultName>): readonly PlannedOddity[] {
  return ODDITIES.filter((oddity) => enabled.has('rival') || !oddity.startsWith('rival'))
    .filter((oddity) => enabled.has('agent') || !oddity.endsWith('Agent'))
    .filter(() => chance.hits(0.4))
    .map((oddity) => ({ oddity, beat: chance.between(0, LAST_TRAFFIC) }))
}

/** Duration of a spell, share of the calls, and strength. */
interface Climate {
  readonly beats: readonly [number, number]
  readonly rates: readonly number[]
  readonly strengths: readonly number[]
}

const OFTEN: Climate = { beats: [4, 20], rates: [0.05, 0.2], strengths: [1] }
const OUTAGE: Climate = { beats: [2, 6], rates: [0.1, 0.4, 1], strengths: [1] }
/** Faults with the cost of a whole timeout for each call. */
const SELDOM: Climate = { beats: [4, 16], rates: [0.02, 0.05], strengths: [1] }
/** A limit or a trait of a node, the same for every call. */
const LIMIT: Climate = { beats: [6, 24], rates: [1], strengths: [1] }
const ON_SENDING: Climate = { beats: [4, 20], rates: [0.3, 0.6], strengths: [1] }

const CLIMATES: Readonly<Record<CallFault, Climate>> = {
  delay: { ...OFTEN, strengths: [50, 200, 500] },
  drop: OUTAGE,
  loseAnswer: OFTEN,
  silence: SELDOM,
  duplicate: OFTEN,
  tooManyRequests: OUTAGE,
  unavailable: OUTAGE,
  limitExceeded: OFTEN,
  staleHead: { beats: [4, 16], rates: [0.1, 0.5, 1], strengths: [1, 2, 4] },
  oldBranch: { beats: [36, 36], rates: [0.3, 0.7], strengths: [1] },
  nullReceipt: { beats: [4, 20], rates: [0.2, 0.6], strengths: [1] },
  underpriced: ON_SENDING,
  forget: ON_SENDING,
  // Thousandths of an ether.
  feeCap: { ...LIMIT, strengths: [5, 20] },
  gasCap: { ...LIMIT, strengths: [1_500_000, 4_000_000] },
  // Bytes.
  sizeCap: { ...LIMIT, strengths: [2_500, 6_000] },
  fullPool: ON_SENDING,
  accountLimit: ON_SENDING,
  l1Fee: ON_SENDING,
  strangeRefusal: ON_SENDING,
  swallow: LIMIT,
  // Milliseconds.
  slowEndpoint: { ...LIMIT, strengths: [150, 600] },
  hangingEndpoint: LIMIT,
  // Blocks behind.
  laggingNonce: { ...ON_SENDING, strengths: [2, 8] },
  // Bytes.
  heavyCalls: { ...LIMIT, strengths: [3_000, 4_000, 5_000] },
  noFeeHistory: { ...LIMIT, strengths: [0, 1] },
  missingLogs: { ...LIMIT, beats: [4, 12] },
  blockUnknown: { beats: [4, 20], rates: [0.5, 1], strengths: [1] },
  indexing: { beats: [4, 20], rates: [0.3, 1], strengths: [1] },
}

/** A run has about a third of the faults, and some faults twice. */
function planSpells(fault: CallFault, chance: Chance): readonly Spell[] {
  const { beats, rates, strengths } = CLIMATES[fault]
  return Array.from({ length: chance.pick([0, 0, 1, 2]) }, () => {
    const length = Math.min(BEATS, chance.between(beats[0], beats[1]))
    const from = chance.between(0, BEATS - length)
    const to = from + length - 1
    return { fault, from, to, rate: chance.pick(rates), strength: chance.pick(strengths) }
  })
}

/** Frequency and strength of an event. */
interface Habit {
  readonly times: readonly number[]
  readonly strength: (chance: Chance, confirmations: number) => number
}

const anything: Habit['strength'] = (chance) => chance.below(1_000)

const HABITS: Readonly<Record<ChainFault | ProcessFault, Habit>> = {
  poolDrop: { times: [0, 1, 3], strength: anything },
  spike: { times: [0, 1, 2], strength: (chance) => chance.pick([3, 15, 60, 200]) },
  stall: { times: [0, 0, 1], strength: (chance) => chance.between(2, 8) },
  burst: { times: [0, 1, 2], strength: (chance) => chance.between(2, 6) },
  reorg: {
    times: [0, 1, 3],
    strength: (chance, confirmations) => chance.between(1, Math.max(1, confirmations)),
  },
  rollback: {
    times: [0, 0, 1],
    strength: (chance, confirmations) => chance.between(1, Math.max(1, confirmations)),
  },
  revert: {
    times: [0, 0, 1],
    strength: (chance, confirmations) => chance.between(1, Math.max(1, confirmations)),
  },
  deepReorg: {
    times: [0, 0, 0, 1, 2],
    strength: (chance, confirmations) => confirmations + chance.between(1, 4),
  },
  intrusion: { times: [0, 0, 1, 2], strength: anything },
  frontRun: { times: [0, 0, 1, 2], strength: anything },
  kill: { times: [0, 1, 1, 2], strength: (chance) => chance.below(100) },
  killAtCall: { times: [0, 0, 1], strength: anything },
  terminate: { times: [0, 0, 0, 1], strength: anything },
}

function planHappenings(
  fault: ChainFault | ProcessFault,
  confirmations: number,
  chance: Chance,
): readonly Happening[] {
  const { times, strength } = HABITS[fault]
  return Array.from({ length: chance.pick(times) }, () => ({
    fault,
    beat: chance.between(1, BEATS - 2),
    strength: strength(chance, confirmations),
  }))
}

function isCallFault(fault: FaultName): fault is CallFault {
  return FAULTS[fault].scope === 'call'
}

function isHappening(fault: FaultName): fault is ChainFault | ProcessFault {
  return FAULTS[fault].scope === 'chain' || FAULTS[fault].scope === 'process'
}
