/**
 * No operation fails because of what another account did, unless both claim the same address. Each test
 * puts the recovery of one hostile agent with code among operations of other accounts.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Address } from '../../src/domain/primitives.ts'
import { createIdleAccount } from '../../src/load/account.ts'
import { FOREIGN_CODE_GAS } from '../../src/policy/gasLimit.ts'
import type { WorldIdOperation } from '../../src/registry/worldId/operations.ts'
import { seededRandom } from '../load/seededRandom.ts'
import { domainOf, nextChange, seedAccounts } from '../support/accounts.ts'
import { type Agent, delegate, deployAgent } from '../support/agents.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import type { OperationDetail } from '../support/client.ts'
import { readLedger, upTo } from '../support/ledger.ts'
import { type Miner, startMiner } from '../support/miner.ts'
import { startTestService, type TestService, temporaryFolder } from '../support/service.ts'
import { hashOf } from './scene.ts'

const random = seededRandom(31)

let chain: TestChain
let miner: Miner
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let service: TestService

beforeAll(async () => {
  chain = await startTestChain()
  miner = await startMiner(chain)
  folder = await temporaryFolder()
  service = await startTestService({ chain, dataDir: folder.path })
})

afterAll(async () => {
  miner.resume()
  await service.stop()
  await miner.pause()
  await chain.stop()
  await folder.remove()
})

const signing = () => ({ domain: domainOf(chain), random })

/** Operations of other accounts: creates, which run before a recovery, and inserts, which run after it. */
async function innocents(each: number): Promise<readonly WorldIdOperation[]> {
  const accounts = await seedAccounts(chain, { count: each, authenticators: 1, random })
  const inserts = accounts.map((account) => nextChange(account, 'insert_authenticator', signing()).operation)
  return [...upTo(each).map(() => createIdleAccount(random)), ...inserts]
}

/** The recovery of a new account, signed with its recovery key. */
async function recoveryWith(agentOf: (key: Address) => Promise<Address>) {
  const [account] = await seedAccounts(chain, { count: 1, authenticators: 1, random, agentOf })
  if (account === undefined) throw new Error('no account')
  const { operation } = nextChange(account, 'recover_account', signing())
  return { operation, key: account.recovery.address }
}

const deploy = (agent: Omit<Agent, 'owner'>) => (owner: Address) => deployAgent(chain, { owner, ...agent })

/** A key that delegates to an agent for its own signatures. */
const delegated = (agent: Omit<Agent, 'owner'>) => async (owner: Address) => {
  await delegate(chain, owner, await deploy(agent)(owner))
  return owner
}

/** Every innocent operation is finalized once, without a charge. */
async function expectUnharmed(
  operations: readonly WorldIdOperation[],
  ids: readonly string[],
): Promise<void> {
  const details = await Promise.all(ids.map(service.waitUntilTerminal))
  expect(details.map(({ status, tries }) => [status.state, tries])).toEqual(ids.map(() => ['finalized', 0]))
  const { landings } = await readLedger(chain)
  for (const operation of operations) expect(landings(operation)).toHaveLength(1)
}

/** The gas limits of the transactions that carried an operation. */
async function gasLimitsOf({ attempts }: OperationDetail): Promise<readonly number[]> {
  const sent = attempts.filter(({ purpose }) => purpose === 'batch')
  const found = await Promise.all(
    sent.map((attempt) => chain.client.getTransaction({ hash: hashOf(attempt) }).catch(() => null)),
  )
  return found.flatMap((transaction) => (transaction === null ? [] : [Number(transaction.gas)]))
}

describe('a recovery whose agent has code', () => {
  it.each<[string, (key: Address) => Promise<Address>, 'finalized' | 'failed']>([
    ['is honest', (owner) => deploy({})(owner), 'finalized'],
    ['is a key with an honest delegation', (owner) => delegated({})(owner), 'finalized'],
    ['returns a lot of data', (owner) => deploy({ when: 'Always', does: 'ReturnMuch' })(owner), 'finalized'],
    ['burns gas in a loop on chain', (owner) => deploy({ when: 'WhenGasIsPaid' })(owner), 'failed'],
    [
      'burns gas by INVALID on chain',
      (owner) => deploy({ when: 'WhenGasIsPaid', does: 'Invalid' })(owner),
      'failed',
    ],
    [
      'is a key whose delegation burns gas on chain',
      (owner) => delegated({ when: 'WhenGasIsPaid' })(owner),
      'failed',
    ],
    ['reverts on chain', (owner) => deploy({ when: 'WhenGasIsPaid', does: 'Revert' })(owner), 'failed'],
    ['says no on chain', (owner) => deploy({ when: 'WhenGasIsPaid', does: 'SayNo' })(owner), 'failed'],
    ['knows the code of Multicall3', (owner) => deploy({ when: 'WhenCodeIsReal' })(owner), 'failed'],
  ])('harms no other operation when the agent %s', async (_name, agentOf, expected) => {
    const others = await innocents(4)
    const { operation } = await recoveryWith(agentOf)
    const recovery = service.submit(operation)
    const ids = await Promise.all(others.map(service.accept))
    await expectUnharmed(others, ids)

    const { status, body } = await recovery
    // An agent that the pre-flight can see through is refused, which is as good.
    if (status !== 200) {
      expect([status, expected]).toEqual([400, 'failed'])
      return
    }
    const { request_id: id } = body as { request_id: string }
    const detail = await service.waitUntilTerminal(id)
    expect(detail.status.state).toBe(expected)
    expect(detail.tries).toBe(0)
    const limits = await gasLimitsOf(detail)
    expect(limits).toHaveLength(1)
    expect(Math.max(...limits)).toBeLessThanOrEqual(FOREIGN_CODE_GAS)
    expect(detail.batch?.operations).toBe(1)
  })
})

describe('recoveries whose agents burn gas in every simulation', () => {
  it('are refused, and the submissions beside them are accepted', async () => {
    // In turn, as in `seedAccounts`.
    const burning = []
    while (burning.length < 5) {
      burning.push(await recoveryWith(deploy({ when: 'Always', does: 'Invalid' })))
    }
    const honest = await recoveryWith(deploy({}))
    const others = [...(await innocents(3)), honest.operation]
    const burners = burning.map(({ operation }) => service.submit(operation))
    const ids = await Promise.all(others.map(service.accept))
    expect((await Promise.all(burners)).map(({ status }) => status)).toEqual(upTo(5).map(() => 400))
    await expectUnharmed(others, ids)
  })
})

describe('a recovery whose agent gets code while its transaction waits', () => {
  it('harms no other operation of the batch: they go on in halves, without a charge', async () => {
    const others = await innocents(8)
    const { operation, key } = await recoveryWith(async (owner) => owner)
    const hostile = await deploy({ when: 'WhenGasIsPaid' })(key)
    await miner.pause()
    const [id = '', ...ids] = await Promise.all([operation, ...others].map(service.accept))
    await Promise.all([id, ...ids].map((each) => service.reaches(each, 'submitted')))
    const before = await service.operation(id)
    expect(before.batch?.operations).toBeGreaterThan(1)
    await delegate(chain, key, hostile)
    miner.resume()

    await expectUnharmed(others, ids)
    const detail = await service.waitUntilTerminal(id)
    expect(detail.status.state).toBe('failed')
  })
})
