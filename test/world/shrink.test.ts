import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Plan, planRun } from './plan.ts'
import { minimize, shrink } from './shrink.ts'

describe('minimize', () => {
  it('keeps exactly what the failure needs', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.nat(50), { maxLength: 40 }),
        fc.array(fc.nat(50)),
        async (items, picks) => {
          const needed = items.filter((item) => picks.includes(item))
          const kept = await minimize(items, async (rest) => needed.every((item) => rest.includes(item)))
          expect(kept).toEqual(needed)
        },
      ),
    )
  })

  it('stops where every remaining item is needed, for a failure that needs some of many', async () => {
    const needs = (kept: readonly number[]) => kept.filter((item) => item % 3 === 0).length >= 4
    const kept = await minimize(
      Array.from({ length: 30 }, (_, index) => index),
      async (rest) => needs(rest),
    )
    expect(kept).toHaveLength(4)
  })

  it('tests far fewer sets than there are', async () => {
    let asked = 0
    await minimize(
      Array.from({ length: 100 }, (_, index) => index),
      async (rest) => {
        asked += 1
        return rest.includes(17) && rest.includes(80)
      },
    )
    expect(asked).toBeLessThan(60)
  })
})

describe('shrink', () => {
  const plan = planRun(5)
  const [spell] = plan.spells
  const happening = plan.happenings.find(({ fault }) => fault === 'crash')
  const errand = plan.errands.find((each) => each.type === 'change' && each.account === 1)
  /** A failure with three necessary parts of the plan and a necessary setting. */
  const fails = async ({ spells, happenings, errands, settings }: Plan) =>
    spells.some(({ id }) => id === spell?.id) &&
    happenings.some(({ id }) => id === happening?.id) &&
    errands.some(({ name }) => name === errand?.name) &&
    settings.gateway['FINALITY'] === plan.settings.gateway['FINALITY']

  it('keeps the necessary parts for the failure and simplifies the rest', async () => {
    expect([spell, happening, errand]).not.toContain(undefined)
    const least = await shrink(plan, fails, 1_000)
    expect(least.spells).toEqual([spell])
    expect(least.happenings).toEqual([happening])
    expect(least.errands).toEqual([{ ...errand, copies: 1 }])
    expect(Object.keys(least.settings.gateway)).toEqual(['FINALITY'])
    expect(least.accounts).toEqual(plan.accounts.slice(0, 2))
    expect(least.settings).toMatchObject({ nodes: 1, pushes: false, blockTime: 2_000 })
    expect(least).toMatchObject({ seed: plan.seed, clearsAt: plan.clearsAt })
  })

  it('returns the smallest known plan when all tries are used up', async () => {
    const least = await shrink(plan, fails, 3)
    expect(await fails(least)).toBe(true)
    expect(least.errands.length).toBeGreaterThan(1)
  })
})
