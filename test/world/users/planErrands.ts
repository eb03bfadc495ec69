/** Draws the users' operations and their times. */
import type { DurationMs } from '../../../src/domain/primitives.ts'
import { zeroOfEach } from '../../../src/load/mix.ts'
import { type ChangeKind, planLoad } from '../../../src/load/plan.ts'
import type { AgentConduct } from '../chain/agents.ts'
import type { Dice } from '../dice.ts'

/** An account at the start of a run, with the script of the owner. */
export interface PlannedAccount extends Script {
  /** The conduct of the recovery agent; null for an agent without code: a key. */
  readonly agent: AgentConduct | null
}

interface Script {
  readonly authenticators: number
  readonly script: readonly ChangeKind[]
}

/** The flaw of an operation, or of the rivals. */
export type Oddity =
  /** The signature of another account. */
  | 'badSignature'
  /** A slot that is in use. */
  | 'takenSlot'
  /** The address of another account's operation. */
  | 'twin'
  /** The owner sends a second operation with an equal nonce past the gateway. */
  | 'rival'

interface Common {
  readonly name: string
  /** Time since the start of the run. */
  readonly at: DurationMs
  /** Number of submissions in short succession. */
  readonly copies: number
}

export type PlannedErrand =
  /** One step of an account's script. */
  | (Common & {
      readonly type: 'change'
      readonly account: number
      readonly step: number
      readonly oddity: Oddity | null
    })
  | (Common & { readonly type: 'create'; readonly twin: boolean })
  /** A user who creates an account before its first use. */
  | (Common & { readonly type: 'newcomer' } & Script)

export interface Errands {
  readonly accounts: readonly PlannedAccount[]
  readonly errands: readonly PlannedErrand[]
}

export function planErrands(dice: Dice, clearsAt: DurationMs): Errands {
  const until = Math.floor(clearsAt * 0.9)
  const lanes = Array.from({ length: dice.between(2, 7) }, (_, account) => planLane(dice, account, until))
  const oddLanes = drawOddities(dice).map((oddity, index) =>
    planOddLane(dice, { account: lanes.length + index, oddity, until }),
  )
  const all = [...lanes, ...oddLanes]
  return {
    accounts: all.map(({ planned }) => planned),
    errands: [
      ...all.flatMap(({ errands }) => errands),
      ...planCreates(dice, until),
      ...planNewcomers(dice, until),
    ].sort((a, b) => a.at - b.at),
  }
}

function scriptOf(dice: Dice): Script {
  const counts = {
    ...zeroOfEach(),
    create_account: 1,
    insert_authenticator: dice.between(0, 3),
    update_authenticator: dice.between(0, 2),
    remove_authenticator: dice.between(0, 2),
    recover_account: dice.between(0, 1),
  }
  const { authenticators, script } = planLoad(counts, dice).accounts[0] ?? { authenticators: 1, script: [] }
  return { authenticators, script }
}

/** An owner sends the steps of a script: close together or apart, in order or not. Some steps are left out. */
function planLane(dice: Dice, account: number, until: DurationMs) {
  const planned: PlannedAccount = { ...scriptOf(dice), agent: null }
  const pace = dice.pick([50, 500, 3_000, 10_000])
  const start = dice.between(0, until)
  const isReversed = dice.hits(0.15)
  const forgotten = dice.hits(0.15) ? dice.below(planned.script.length + 1) : -1
  const errands = planned.script.map((_, step): PlannedErrand => {
    const place = isReversed ? planned.script.length - 1 - step : step
    const late = step === forgotten ? dice.between(5_000, 90_000) : 0
    return {
      type: 'change',
      name: `account ${account} step ${step}`,
      at: start + place * pace + dice.below(pace) + late,
      copies: copies(dice),
      account,
      step,
      oddity: null,
    }
  })
  return { planned, errands }
}

function drawOddities(dice: Dice): readonly Oddity[] {
  const all: readonly Oddity[] = ['badSignature', 'takenSlot', 'twin', 'twin', 'rival']
  return all.filter(() => dice.hits(0.3))
}

function planOddLane(
  dice: Dice,
  { account, oddity, until }: { account: number; oddity: Oddity; until: DurationMs },
) {
  const planned: PlannedAccount = {
    authenticators: 2,
    script: ['insert_authenticator', 'update_authenticator'],
    agent: null,
  }
  const at = dice.between(0, until)
  const errand = (step: number, strange: Oddity | null): PlannedErrand => ({
    type: 'change',
    name: `account ${account} step ${step}${strange === null ? '' : `, ${strange}`}`,
    at: at + 1_000 * step,
    copies: 1,
    account,
    step,
    oddity: strange,
  })
  return { planned, errands: [errand(0, oddity), ...(dice.hits(0.5) ? [errand(1, null)] : [])] }
}

/** The accounts with a recovery agent that has code. The owner recovers the account while others send operations. */
export function planAgents(dice: Dice, { accounts, errands }: Errands): Errands {
  const conducts = dice.pick(CONDUCTS)
  const lanes = conducts.map((agent, index) => {
    const account = accounts.length + index
    const others = errands.map(({ at }) => at)
    const at = dice.pick([0, ...others]) + dice.below(200)
    const script: readonly ChangeKind[] = ['recover_account', 'insert_authenticator']
    return {
      planned: { authenticators: 1, script, agent },
      errands: script.map(
        (_, step): PlannedErrand => ({
          type: 'change',
          name: `account ${account} step ${step}, agent ${agent}`,
          at: at + 300 * step,
          copies: 1,
          account,
          step,
          oddity: null,
        }),
      ),
    }
  })
  return {
    accounts: [...accounts, ...lanes.map(({ planned }) => planned)],
    errands: [...errands, ...lanes.flatMap((lane) => lane.errands)].sort((a, b) => a.at - b.at),
  }
}

/** The agents of a run. */
const CONDUCTS: readonly [readonly AgentConduct[], ...(readonly AgentConduct[])[]] = [
  [],
  ['burnsOnChain'],
  ['honest', 'burnsOnChain'],
  ['burnsOnChain', 'saysNo', 'burnsOnChain'],
  ['burnsAlways', 'honest'],
]

function planCreates(dice: Dice, until: DurationMs): readonly PlannedErrand[] {
  const crowd = dice.hits(0.3) ? dice.between(0, until) : null
  return Array.from({ length: dice.between(2, 16) }, (_, index): PlannedErrand => {
    const twin = dice.hits(0.06)
    return {
      type: 'create',
      name: `creation ${index}${twin ? ', twin' : ''}`,
      // Many creates at a single moment make a fold.
      at: crowd === null ? dice.between(0, until) : crowd + dice.below(400),
      copies: copies(dice),
      twin,
    }
  })
}

function planNewcomers(dice: Dice, until: DurationMs): readonly PlannedErrand[] {
  return Array.from({ length: dice.between(0, 2) }, (_, index): PlannedErrand => {
    const { authenticators, script } = scriptOf(dice)
    return {
      type: 'newcomer',
      name: `newcomer ${index}`,
      at: dice.between(0, until),
      copies: 1,
      authenticators,
      script: script.slice(0, 3),
    }
  })
}

function copies(dice: Dice): number {
  return dice.hits(0.1) ? 2 : 1
}
