/** What operations have cost, compared with the balance of the wallet. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { LiveAccount } from '../../src/load/account.ts'
import { createIdleAccount } from '../../src/load/account.ts'
import { seededRandom } from '../load/seededRandom.ts'
import { changes, domainOf, seedAccounts } from '../support/accounts.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import { eventually } from '../support/eventually.ts'
import { type Miner, startMiner } from '../support/miner.ts'
import { startTestService, type TestService, temporaryFolder } from '../support/service.ts'

const random = seededRandom(41)

let chain: TestChain
let miner: Miner
let account: LiveAccount | undefined
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let service: TestService | null = null

beforeAll(async () => {
  chain = await startTestChain()
  ;[account] = await seedAccounts(chain, { count: 1, authenticators: 1, random })
  miner = await startMiner(chain)
})

afterAll(async () => {
  await miner.pause()
  await chain.stop()
})

beforeEach(async () => {
  folder = await temporaryFolder()
})

afterEach(async () => {
  await service?.stop()
  await folder.remove()
})

async function start(): Promise<TestService> {
  await service?.stop()
  service = await startTestService({ chain, dataDir: folder.path })
  return service
}

const sum = (amounts: readonly (string | undefined)[]) =>
  amounts.reduce((total, amount) => total + BigInt(amount ?? 0), 0n)

describe('the costs of operations', () => {
  it('sum up to what the wallet has paid, and the runway follows from them, also after a restart', async () => {
    if (account === undefined) throw new Error('no account')
    const first = await start()
    const address = (await first.wallet()).address as `0x${string}`
    const before = await chain.client.getBalance({ address })
    expect((await first.wallet()).runway).toBeNull()

    const domain = domainOf(chain)
    const lane = changes(account, ['insert_authenticator', 'update_authenticator'], { domain, random })
    const operations = [createIdleAccount(random), ...lane, createIdleAccount(random)]
    const ids = await Promise.all(operations.map((operation) => first.accept(operation)))
    const settled = await Promise.all(ids.map((id) => first.waitUntilTerminal(id)))
    const paid = before - (await chain.client.getBalance({ address }))

    expect(settled.map(({ status }) => status.state)).toEqual(ids.map(() => 'finalized'))
    expect(settled.every(({ cost }) => BigInt(cost?.total ?? 0) > 0n)).toBe(true)
    expect(sum(settled.map(({ cost }) => cost?.total))).toBe(paid)
    const batches = await first.batches()
    expect(sum(batches.map(({ cost }) => cost?.total))).toBe(paid)
    for (const { batch, cost, operations } of batches) {
      expect(batch.total_cost).toBe(cost?.total ?? null)
      expect(sum(operations.map((each) => each.cost?.total))).toBe(sum([cost?.total]))
    }

    const second = await start()
    const { balance, runway } = await eventually(
      'the first reading of the wallet',
      () => second.wallet(),
      (wallet) => wallet.balance !== null,
    )
    expect(runway).toEqual({
      seconds: Number((BigInt(balance ?? 0) * 3_600n) / paid),
      spent_last_hour: String(paid),
    })
  })
})
