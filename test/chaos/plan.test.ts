/** Plans follow from the seed alone, are possible, and cover all faults. */
import { describe, expect, it } from 'vitest'
import { upTo } from '../support/ledger.ts'
import { FAULT_NAMES, FAULTS, type FaultName } from './faults.ts'
import { ODDITIES, type Plan, planRun, strikeAt } from './plan.ts'

const ALL = new Set(FAULT_NAMES)
const FIRST = { endpoint: 0, ordinal: 0 }

const plans = upTo(300).map((seed) => planRun(seed, ALL))

const faultsIn = ({ spells, happenings }: Plan): readonly FaultName[] =>
  [...spells, ...happenings].map(({ fault }) => fault)

describe('a chaos plan', () => {
  it('is equal for equal seeds, and different for different seeds', () => {
    expect(planRun(7, ALL)).toEqual(planRun(7, ALL))
    expect(new Set(plans.map((plan) => JSON.stringify({ ...plan, seed: 0 }))).size).toBe(plans.length)
  })

  it('has each fault in some seeds, and in no seed all faults', () => {
    const planned = FAULT_NAMES.filter((fault) => FAULTS[fault].scope !== 'operation')
    for (const fault of planned) {
      const having = plans.filter((plan) => faultsIn(plan).includes(fault))
      expect(having.length, fault).toBeGreaterThan(plans.length / 10)
      expect(having.length, fault).toBeLessThan(plans.length)
    }
  })

  it('has each oddity, lanes of several operations, and lanes in reverse order', () => {
    const oddities = new Set(plans.flatMap((plan) => plan.oddities.map(({ oddity }) => oddity)))
    expect([...oddities].sort()).toEqual([...ODDITIES].sort())
    const lanes = plans.flatMap((plan) => plan.lanes)
    expect(lanes.some(({ script }) => script.length >= 4)).toBe(true)
    expect(lanes.some(({ isReversed }) => isReversed)).toBe(true)
  })

  it('without a fault is otherwise the same', () => {
    const enabled = new Set(FAULT_NAMES.filter((fault) => fault !== 'delay' && fault !== 'reorg'))
    for (const plan of plans.slice(0, 50)) {
      const { spells, happenings, ...rest } = planRun(plan.seed, enabled)
      expect({ ...plan, spells: null, happenings: null }).toEqual({ ...rest, spells: null, happenings: null })
      expect(spells).toEqual(plan.spells.filter(({ fault }) => fault !== 'delay'))
      expect(happenings).toEqual(plan.happenings.filter(({ fault }) => fault !== 'reorg'))
    }
  })

  it('orphans no final block, except by the fault for final blocks', () => {
    for (const { happenings, confirmations } of plans) {
      for (const { fault, strength } of happenings) {
        if (fault === 'deepReorg') expect(strength).toBeGreaterThan(confirmations)
        if (fault === 'reorg' || fault === 'rollback' || fault === 'revert') {
          expect(strength).toBeLessThanOrEqual(Math.max(1, confirmations))
        }
      }
    }
  })
})

describe('a fault of a spell', () => {
  const spell = { fault: 'drop', from: 3, to: 5, rate: 0.5, strength: 1 } as const
  const struck = (beat: number, method = 'eth_call') =>
    upTo(1_000).filter(
      (ordinal) => strikeAt({ seed: 1, spells: [spell] }, beat, method, { endpoint: 0, ordinal }) !== null,
    )

  it('hits the configured share of calls while the spell lasts', () => {
    expect(struck(2)).toEqual([])
    expect(struck(6)).toEqual([])
    expect(struck(3).length).toBeGreaterThan(400)
    expect(struck(3).length).toBeLessThan(600)
  })

  it('depends only on the method and the number of earlier calls', () => {
    expect(struck(4)).toEqual(struck(5))
    expect(struck(4)).not.toEqual(struck(4, 'eth_blockNumber'))
  })

  it('of the first endpoint hits no other endpoint', () => {
    const swallowing = { seed: 1, spells: [{ ...spell, fault: 'swallow', rate: 1 } as const] }
    const strike = (endpoint: number) =>
      strikeAt(swallowing, 4, 'eth_sendRawTransaction', { endpoint, ordinal: 0 })
    expect(strike(0)).not.toBeNull()
    expect(strike(1)).toBeNull()
  })

  it('hits only its own methods', () => {
    const forgetful = { seed: 1, spells: [{ ...spell, fault: 'forget', rate: 1 } as const] }
    expect(strikeAt(forgetful, 4, 'eth_call', FIRST)).toBeNull()
    expect(strikeAt(forgetful, 4, 'eth_sendRawTransaction', FIRST)).toEqual(
      expect.objectContaining({ fault: 'forget' }),
    )
  })
})
