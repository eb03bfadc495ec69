/** Operations that may run foreign code leave their batch, and are planned alone with a limited allowance. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { QueuedOperation } from '../../src/domain/operation.ts'
import type { Address } from '../../src/domain/primitives.ts'
import { createIdleAccount, type LiveAccount } from '../../src/load/account.ts'
import { FOREIGN_CODE_GAS } from '../../src/policy/gasLimit.ts'
import type { WorldIdOperation } from '../../src/registry/worldId/operations.ts'
import { nextChange, seedAccounts } from '../support/accounts.ts'
import { type Agent, delegate, deployAgent } from '../support/agents.ts'
import { startWorkshop, type Workshop } from './support/workshop.ts'

let workshop: Workshop

beforeAll(async () => {
  workshop = await startWorkshop(41)
})

afterAll(() => workshop.stop())

async function accountWith(agentOf?: (key: Address) => Promise<Address>): Promise<LiveAccount> {
  const seeds = { count: 1, authenticators: 1, random: workshop.random }
  const [account] = await seedAccounts(workshop.chain, agentOf ? { ...seeds, agentOf } : seeds)
  if (account === undefined) throw new Error('no account')
  return account
}

const agentOf = (agent: Omit<Agent, 'owner'>) => (owner: Address) =>
  deployAgent(workshop.chain, { owner, ...agent })

const recovery = (account: LiveAccount) => nextChange(account, 'recover_account', workshop.signing)
const insert = async () => nextChange(await accountWith(), 'insert_authenticator', workshop.signing).operation

async function simulate(operations: readonly WorldIdOperation[]) {
  const queued = await workshop.queue(operations)
  const report = await workshop.simulateBatch(queued)
  const planned = report.plan?.calls.flatMap((call) => call.operations) ?? []
  const indexOf = ({ id }: QueuedOperation) => planned.includes(id)
  return { ...report, isPlanned: queued.map(indexOf), all: queued.map(({ id }) => report.statuses[id]) }
}

const isolated = { type: 'Evicted', reason: 'BatchFull', nextNonce: null, batchLimit: 1 }

describe('a recovery among other operations', () => {
  it('stays in the batch when its agent is a key', async () => {
    const { operation } = recovery(await accountWith())
    const { isPlanned, plan } = await simulate([operation, await insert()])
    expect(isPlanned).toEqual([true, true])
    expect(plan?.calls.map(({ mayRunForeignCode }) => mayRunForeignCode)).toEqual([undefined, undefined])
  })

  it('leaves the batch to be isolated when its agent has code, and the others are planned', async () => {
    const { operation } = recovery(await accountWith(agentOf({})))
    const { isPlanned, all } = await simulate([createIdleAccount(workshop.random), operation, await insert()])
    expect(isPlanned).toEqual([true, false, true])
    expect(all[1]).toEqual(isolated)
  })

  it('leaves the batch when its key delegates to code at the time of the simulation', async () => {
    const account = await accountWith()
    const { operation } = recovery(account)
    const other = await insert()
    expect((await simulate([operation, other])).isPlanned).toEqual([true, true])
    const key = account.recovery.address
    await delegate(workshop.chain, key, await agentOf({})(key))
    expect((await simulate([operation, other])).isPlanned).toEqual([false, true])
  })

  it('takes the later operations of its account along, which wait for the recovery', async () => {
    const first = recovery(await accountWith(agentOf({})))
    const second = nextChange(first.account, 'insert_authenticator', workshop.signing).operation
    const { isPlanned, all } = await simulate([first.operation, await insert(), second])
    expect(isPlanned).toEqual([false, true, false])
    expect(all[2]).toEqual({ type: 'Evicted', reason: 'DependencyNotReady', nextNonce: null })
  })

  it('leaves the batch when its account does not exist yet: the batch may give it any agent', async () => {
    const account = { ...(await accountWith()), leafIndex: '0xffff' } as const
    const { all } = await simulate([recovery(account).operation, await insert()])
    expect(all[0]).toEqual(isolated)
  })
})

describe('a recovery alone in its batch, with an agent with code', () => {
  it('is planned with its own allowance', async () => {
    const { operation } = recovery(await accountWith(agentOf({})))
    const { plan, measured } = await simulate([operation])
    expect(plan?.calls).toMatchObject([{ mayRunForeignCode: true }])
    expect(measured).toEqual([])
    expect(plan?.gasLimit).toBeLessThan(2 * (plan?.calls[0]?.gas ?? 0))
  })

  it('fails for good when it needs more gas than such a call may use', async () => {
    const { operation } = recovery(await accountWith(agentOf({})))
    const queued = await workshop.queue([operation])
    const { plan, statuses, evidenceBlock } = await workshop.simulateBatch(queued, { gasCap: 300_000 })
    expect(plan).toBeNull()
    expect(Object.values(statuses)).toMatchObject([
      { type: 'Failed', reason: { type: 'Unknown', message: expect.stringContaining('more gas') } },
    ])
    expect(Object.keys(evidenceBlock)).toEqual([queued[0]?.id])
  })

  it('never gets more gas than such a call may use', async () => {
    const { operation } = recovery(await accountWith(agentOf({ when: 'Always', does: 'ReturnMuch' })))
    const queued = await workshop.queue([operation])
    const { plan } = await workshop.simulateBatch(queued)
    expect(plan?.gasLimit).toBeLessThanOrEqual(FOREIGN_CODE_GAS)
  })
})
