/** The gas limit of a batch on a real chain: every call gets enough gas under every limit. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { BatchPlan } from '../../../src/domain/batch.ts'
import type { Hex } from '../../../src/domain/primitives.ts'
import { createIdleAccount, type LiveAccount } from '../../../src/load/account.ts'
import { attribute } from '../../../src/registry/attribution.ts'
import { foldCreates } from '../../../src/registry/worldId/fold.ts'
import type { WorldIdOperation } from '../../../src/registry/worldId/operations.ts'
import { callDataOf, mined, nextChange, seedAccounts, sendAsStranger } from '../../support/accounts.ts'
import { registryAt } from '../../support/registry.ts'
import { startWorkshop, type Workshop } from '../support/workshop.ts'

const MOST_GAS = 2 ** 24

let workshop: Workshop
let accounts: readonly LiveAccount[]
let snapshot: Hex

beforeAll(async () => {
  workshop = await startWorkshop(15)
  accounts = await seedAccounts(workshop.chain, { count: 20, authenticators: 1, random: workshop.random })
  snapshot = await workshop.chain.client.snapshot()
})

beforeEach(async () => {
  await workshop.chain.client.revert({ id: snapshot })
  snapshot = await workshop.chain.client.snapshot()
})

afterAll(() => workshop.stop())

const creates = (count: number): WorldIdOperation[] =>
  Array.from({ length: count }, () => createIdleAccount(workshop.random))

const inserts = (count: number): WorldIdOperation[] =>
  accounts
    .slice(0, count)
    .map((account) => nextChange(account, 'insert_authenticator', workshop.signing).operation)

async function simulate(operations: readonly WorldIdOperation[], gasCap = MOST_GAS) {
  const queued = await workshop.queue(operations)
  const { plan, statuses } = await workshop.simulateBatch(queued, { gasCap })
  if (plan === null) throw new Error('nothing to send')
  return { plan, statuses, queued }
}

/** Sends a plan with a gas limit. @returns the number of operations that succeeded */
async function effects(plan: BatchPlan, operations: readonly WorldIdOperation[], gas = plan.gasLimit) {
  const { receipt } = await workshop.include(plan, gas)
  const envelopes = operations.map((operation, index) => ({ id: String(index), operation }))
  const succeeded = attribute(envelopes, receipt.logs, registryAt(workshop.chain.registryAddress))
  return { status: receipt.status, count: succeeded.size }
}

describe('a gas limit by eth_estimateGas starves inner calls', () => {
  it.each([
    ['one operation', () => inserts(1)],
    ['nine small and one large', () => [...inserts(9), ...creates(60)]],
  ])(
    '%s: at the estimate and a fifth something runs out inside a transaction that succeeds; at ours nothing',
    async (_, make) => {
      const operations = make()
      const { plan } = await simulate(operations)
      const { client, multicallAddress } = workshop.chain
      const estimate = Number(await client.estimateGas({ to: multicallAddress, data: plan.callData }))
      const before = await client.snapshot()
      const starving = await effects(plan, operations, Math.ceil(estimate * 1.2))
      expect(starving.status).toBe('success')
      expect(starving.count).toBeLessThan(operations.length)
      await client.revert({ id: before })
      expect(await effects(plan, operations)).toEqual({ status: 'success', count: operations.length })
    },
  )
})

describe('the planned gas limit under the 63/64 rule', () => {
  it('suffices for nine small calls and a large call, in any order', async () => {
    const small = inserts(9)
    const large = creates(80)
    for (const operations of [
      [...small, ...large],
      [...large, ...small],
    ]) {
      const before = await workshop.chain.client.snapshot()
      const { plan } = await simulate(operations)
      expect(plan.calls).toHaveLength(10)
      const { count } = await effects(plan, operations)
      expect(count).toBe(operations.length)
      await workshop.chain.client.revert({ id: before })
    }
  })

  it('suffices for a create that opens a new subtree after the simulation', async () => {
    // A create costs most when the leaf opens new subtrees. Foreign creates shift the leaf of our create.
    const operations = [...creates(1), ...inserts(3)]
    const { plan } = await simulate(operations)
    for (let moved = 0; moved < 12; moved += 1) {
      await mined(
        workshop.chain,
        await sendAsStranger(workshop.chain, callDataOf(createIdleAccount(workshop.random))),
      )
      const before = await workshop.chain.client.snapshot()
      expect(await effects(plan, operations)).toMatchObject({ count: operations.length })
      await workshop.chain.client.revert({ id: before })
    }
  })
})

describe('the gas limit of a transaction', () => {
  it.each([
    ['2^24', MOST_GAS],
    ['a small block', 6_000_000],
  ])('%s: the operations that fit are included, the rest waits for another batch', async (_, cap) => {
    const operations = creates(200)
    const { plan, statuses, queued } = await simulate(operations, cap)
    expect(plan.gasLimit).toBeLessThanOrEqual(cap)
    const [fold] = plan.calls
    const included = fold?.operations ?? []
    const waiting = queued.filter(({ id }) => !included.includes(id))
    expect(waiting.length).toBeGreaterThan(0)
    for (const { id } of waiting) expect(statuses[id]).toMatchObject({ type: 'Evicted', reason: 'BatchFull' })
    expect(await effects(plan, operations)).toEqual({ status: 'success', count: included.length })
  })

  it('allows a fold of a hundred creates', async () => {
    const operations = creates(100)
    const { plan, statuses } = await simulate(operations)
    expect(statuses).toEqual({})
    expect(plan.calls.map(({ callData }) => callData)).toEqual([
      foldCreates(operations.filter((operation) => operation.kind === 'create_account')),
    ])
  })
})
