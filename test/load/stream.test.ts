import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { changeAccount, createAccount, createIdleAccount, type LiveAccount } from '../../src/load/account.ts'
import { toBody } from '../../src/load/client.ts'
import { apportion, type Mix, zeroOfEach } from '../../src/load/mix.ts'
import { type LoadPlan, planLoad } from '../../src/load/plan.ts'
import type { Random } from '../../src/load/random.ts'
import { operationKinds } from '../../src/registry/worldId/kinds.ts'
import type { WorldIdOperation } from '../../src/registry/worldId/operations.ts'
import { registryDomain } from '../../src/registry/worldId/typedData.ts'
import { mixes } from './arbitraries.ts'
import { RegistryModel } from './registryModel.ts'
import { seededRandom } from './seededRandom.ts'

const domain = registryDomain(480, '0x1111111111111111111111111111111111111111')

const runs = fc.record({ total: fc.integer({ min: 1, max: 60 }), mix: mixes, seed: fc.integer() })

const NONE: Mix = zeroOfEach()

const EACH_KIND: Mix = {
  create_account: 4,
  insert_authenticator: 2,
  update_authenticator: 2,
  remove_authenticator: 2,
  update_recovery_agent: 2,
  recover_account: 2,
}

/** Mixes with accounts at the maximum or minimum number of authenticators. */
const EXTREMES: readonly Mix[] = [
  { ...NONE, create_account: 1, insert_authenticator: 19 },
  { ...NONE, create_account: 1, remove_authenticator: 19 },
]

function countsOf({ setup, accounts }: LoadPlan): Mix {
  const counts = { ...NONE, create_account: accounts.length }
  for (const { script } of [...setup, ...accounts]) for (const kind of script) counts[kind] += 1
  return counts
}

/** All operations of a plan, account by account. The registry must assign leaves in the order of the accounts. */
function* operationsOf(
  { setup, accounts }: LoadPlan,
  model: RegistryModel,
  random: Random,
): Generator<WorldIdOperation> {
  for (const { authenticators, script } of [...setup, ...accounts]) {
    const { operation, account } = createAccount(authenticators, random)
    yield operation
    const leaf = model.leafOf(account.authenticators[0].key.address)
    let live: LiveAccount = { ...account, leafIndex: `0x${leaf.toString(16)}` }
    for (const kind of script) {
      const step = changeAccount(live, kind, { domain, random })
      yield step.operation
      live = step.account
    }
  }
}

describe('planLoad', () => {
  it('plans exactly the requested operations', () => {
    fc.assert(
      fc.property(runs, ({ total, mix, seed }) => {
        const counts = apportion(total, mix)
        expect(countsOf(planLoad(counts, seededRandom(seed)))).toEqual(counts)
      }),
    )
  })

  it('plans setup accounts only if every created account already has a script', () => {
    fc.assert(
      fc.property(runs, ({ total, mix, seed }) => {
        const { setup, accounts } = planLoad(apportion(total, mix), seededRandom(seed))
        const idle = accounts.filter(({ script }) => script.length === 0)
        if (setup.length > 0) expect(idle).toEqual([])
        for (const { script } of setup) expect(script.length).toBeGreaterThan(0)
      }),
    )
  })

  it('spreads changes over the created accounts', () => {
    const counts = { ...NONE, create_account: 70, insert_authenticator: 30 }
    const { setup, accounts } = planLoad(counts, seededRandom(1))
    expect(setup).toEqual([])
    expect(accounts.filter(({ script }) => script.length === 1)).toHaveLength(30)
  })
})

describe('the operations of a run', () => {
  it('are valid for the registry in the planned order', () => {
    fc.assert(
      fc.property(runs, ({ total, mix, seed }) => {
        const random = seededRandom(seed)
        const model = new RegistryModel(domain)
        const plan = planLoad(apportion(total, mix), random)
        for (const operation of operationsOf(plan, model, random)) model.apply(operation)
      }),
      { numRuns: 50, examples: EXTREMES.map((mix) => [{ total: 40, mix, seed: 1 }]) },
    )
  })

  it('have request bodies from which the gateway restores equal operations', () => {
    const random = seededRandom(7)
    const model = new RegistryModel(domain)
    const plan = planLoad(EACH_KIND, random)
    for (const operation of [...operationsOf(plan, model, random), createIdleAccount(random)]) {
      const body: unknown = JSON.parse(JSON.stringify(toBody(operation)))
      expect(operationKinds[operation.kind].request.parse(body)).toEqual(operation)
      if (operation.kind === 'create_account') model.apply(operation)
    }
  })
})
