/**
 * The plan of a run, generated from the seed: settings, users' operations and faults. A plan is a plain value made of
 * lists: a failing run can be repeated with fewer parts.
 */
import type { DurationMs } from '../../src/domain/primitives.ts'
import { type Dice, diceOf } from './dice.ts'
import { planSettings, type Settings } from './settings.ts'
import { type PlannedAccount, type PlannedErrand, planAgents, planErrands } from './users/planErrands.ts'
import { planHappenings, planSpells } from './weather/planWeather.ts'
import type { Happening, Spell } from './weather/spells.ts'

export interface Plan {
  readonly seed: number
  readonly settings: Settings
  /** Accounts that exist at the start. */
  readonly accounts: readonly PlannedAccount[]
  readonly errands: readonly PlannedErrand[]
  readonly spells: readonly Spell[]
  readonly happenings: readonly Happening[]
  /** The time at which all faults end. */
  readonly clearsAt: DurationMs
}

/** An hour without operations and faults, on a chain of two-second blocks. */
export function planQuietHour(): Plan {
  const { settings } = planRun(1)
  return {
    seed: 0,
    settings: { ...settings, gateway: {}, nodes: 1, pushes: false, blockTime: 2_000 },
    accounts: [],
    errands: [],
    spells: [],
    happenings: [],
    clearsAt: 3_600_000,
  }
}

export function planRun(seed: number): Plan {
  const clearsAt = 1_000 * diceOf(seed, 'duration').between(30, 150)
  const dice = (topic: string): Dice => diceOf(seed, 'plan', topic)
  const errands = planErrands(dice('errands'), clearsAt)
  return {
    seed,
    settings: planSettings(dice('settings')),
    ...planAgents(dice('agents'), errands),
    spells: planSpells(seed, clearsAt),
    happenings: planHappenings(seed, clearsAt),
    clearsAt,
  }
}
