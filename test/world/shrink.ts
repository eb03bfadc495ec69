/** Shrinks a failing plan: removes every part without influence on the failure. */
import type { Plan } from './plan.ts'

/** @returns whether a plan has the failure of the first plan */
export type StillFails = (plan: Plan) => Promise<boolean>

/** The removable parts of a plan. */
type Part =
  | { readonly of: 'errands' | 'spells' | 'happenings'; readonly index: number }
  | { readonly of: 'gateway'; readonly setting: string }

/**
 * Removes parts until no part can be removed or the tries are used up. Parts are errands, spells, happenings and settings
 * with a value other than the default. The remaining parts are simplified.
 * @param tries most runs
 */
export async function shrink(plan: Plan, stillFails: StillFails, tries: number): Promise<Plan> {
  let left = tries
  const attempt = async (candidate: Plan) => {
    if (left === 0) return false
    left -= 1
    return stillFails(candidate)
  }
  const parts = await minimize(partsOf(plan), (kept) => attempt(only(plan, kept)))
  let least = only(plan, parts)
  for (const simplify of SIMPLIFICATIONS) {
    const simpler = simplify(least)
    if (JSON.stringify(simpler) !== JSON.stringify(least) && (await attempt(simpler))) least = simpler
  }
  return least
}

/**
 * Removes items of a list, first in large groups and later in smaller groups, until every remaining item is needed.
 * Source: Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input".
 */
export async function minimize<T>(
  items: readonly T[],
  stillFails: (kept: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let kept = items
  let size = kept.length
  while (size > 0) {
    let isSmaller = false
    for (let start = 0; start < kept.length; ) {
      const rest = [...kept.slice(0, start), ...kept.slice(start + size)]
      if (await stillFails(rest)) {
        kept = rest
        isSmaller = true
      } else start += size
    }
    if (size > 1) size = Math.ceil(Math.min(size, kept.length) / 2)
    else if (!isSmaller) return kept
  }
  return kept
}

function partsOf({ errands, spells, happenings, settings }: Plan): readonly Part[] {
  return [
    ...spells.map((_, index): Part => ({ of: 'spells', index })),
    ...happenings.map((_, index): Part => ({ of: 'happenings', index })),
    ...errands.map((_, index): Part => ({ of: 'errands', index })),
    ...Object.keys(settings.gateway).map((setting): Part => ({ of: 'gateway', setting })),
  ]
}

/** A plan with the given parts only. Accounts keep the indices, because other parts refer to an account by index. */
function only(plan: Plan, parts: readonly Part[]): Plan {
  const indices = { errands: new Set<number>(), spells: new Set<number>(), happenings: new Set<number>() }
  const names = new Set<string>()
  for (const part of parts) {
    if (part.of === 'gateway') names.add(part.setting)
    else indices[part.of].add(part.index)
  }
  const { settings } = plan
  const gateway = Object.fromEntries(Object.entries(settings.gateway).filter(([name]) => names.has(name)))
  return {
    ...plan,
    settings: { ...settings, gateway },
    errands: plan.errands.filter((_, index) => indices.errands.has(index)),
    spells: plan.spells.filter((_, index) => indices.spells.has(index)),
    happenings: plan.happenings.filter((_, index) => indices.happenings.has(index)),
  }
}

const SIMPLIFICATIONS: readonly ((plan: Plan) => Plan)[] = [
  (plan) => ({ ...plan, accounts: plan.accounts.slice(0, accountsUsed(plan)) }),
  (plan) => ({ ...plan, errands: plan.errands.map((errand) => ({ ...errand, copies: 1 })) }),
  (plan) => ({ ...plan, accounts: plan.accounts.map((account) => ({ ...account, agent: null })) }),
  (plan) => ({ ...plan, settings: { ...plan.settings, nodes: 1 } }),
  (plan) => ({ ...plan, settings: { ...plan.settings, pushes: false } }),
  (plan) => ({ ...plan, settings: { ...plan.settings, traces: true } }),
  (plan) => ({ ...plan, settings: { ...plan.settings, refusesBelowBaseFee: false } }),
  (plan) => ({ ...plan, settings: { ...plan.settings, blockTime: 2_000 } }),
  (plan) => ({ ...plan, settings: { ...plan.settings, funds: 1_000 } }),
]

/** Number of accounts that the errands need. */
function accountsUsed({ errands }: Plan): number {
  return Math.max(0, ...errands.map((errand) => (errand.type === 'change' ? errand.account + 1 : 0)))
}
