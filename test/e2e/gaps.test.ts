/** Lane nonces without an operation in the gateway. The chain decides whether a nonce is consumed or missing. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { LiveAccount } from '../../src/load/account.ts'
import { seededRandom } from '../load/seededRandom.ts'
import { callDataOf, changes, domainOf, mined, seedAccounts, sendAsStranger } from '../support/accounts.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import { type Miner, startMiner } from '../support/miner.ts'
import { startTestService, type TestService, temporaryFolder } from '../support/service.ts'

const random = seededRandom(17)
/** Batch window of a collecting service, without batches. */
const COLLECTING = { BATCH_WINDOW_MS: '60000', BATCH_MAX_WAIT_SECS: '600' }
/** Short lane deadline: simulation decides soon. */
const IMPATIENT = { LANE_TIMEOUT_SECS: '1' }

let chain: TestChain
let miner: Miner
let seeds: LiveAccount[]
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let service: TestService | null = null

beforeAll(async () => {
  chain = await startTestChain()
  seeds = [...(await seedAccounts(chain, { count: 4, authenticators: 1, random }))]
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
  service = null
  await folder.remove()
})

async function start(settings: NodeJS.Dict<string> = {}, now = Date.now): Promise<TestService> {
  await service?.stop()
  service = await startTestService({ chain, dataDir: folder.path, settings, now })
  return service
}

/** Three successive operations of an account. */
function threeInARow() {
  const account = seeds.pop()
  if (account === undefined) throw new RangeError('more accounts are needed')
  const kinds = ['insert_authenticator', 'update_authenticator', 'recover_account'] as const
  const [first, second, third] = changes(account, kinds, { domain: domainOf(chain), random })
  if (first === undefined || second === undefined || third === undefined) throw new Error('no operations')
  return { first, second, third }
}

describe('a nonce without an operation in the gateway', () => {
  it('and consumed by a foreign transaction does not fail the operations behind it', async () => {
    const { first, second, third } = threeInARow()
    let waited = 0
    const patient = { LANE_TIMEOUT_SECS: '600', STALL_TIMEOUT_SECS: '3600' }
    const running = await start(patient, () => Date.now() + waited)
    const ids = [await running.accept(second), await running.accept(third)]
    await mined(chain, await sendAsStranger(chain, callDataOf(first)))
    waited = 601_000
    const ends = await Promise.all(ids.map((id) => running.waitUntilTerminal(id)))
    expect(ends.map(({ status }) => status.state)).toEqual(['finalized', 'finalized'])
    expect(ends.map(({ tries }) => tries)).toEqual([0, 0])
  })

  it('and missing on the chain fails all later operations of the lane after simulation', async () => {
    const { second, third } = threeInARow()
    const running = await start(IMPATIENT)
    const ids = [await running.accept(second), await running.accept(third)]
    for (const id of ids) {
      const { status, outcome } = await running.waitUntilTerminal(id)
      expect(status).toMatchObject({ state: 'failed', error_code: 'mismatched_signature_nonce' })
      expect(outcome).toMatchObject({ reason: { type: 'NonceTooHigh', expected: 0 } })
    }
    // Both operations were in a batch.
    const batches = await running.batches()
    expect(batches.flatMap(({ operations }) => operations.map(({ request_id }) => request_id))).toEqual(
      expect.arrayContaining(ids),
    )
  })

  it('is accepted after a restart, and does not count as consumed', async () => {
    const { first, second } = threeInARow()
    const before = await start(COLLECTING)
    const late = await before.accept(second)
    const collecting = await start(COLLECTING)
    const early = await collecting.accept(first)
    expect((await collecting.status(late)).status).toEqual({ state: 'queued' })
    const after = await start()
    for (const id of [early, late]) {
      expect((await after.waitUntilTerminal(id)).status.state).toBe('finalized')
    }
  })
})
