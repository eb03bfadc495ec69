/** A request with an Idempotency-Key, sent again and again. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createIdleAccount } from '../../src/load/account.ts'
import { seededRandom } from '../load/seededRandom.ts'
import { domainOf, nextChange, seedAccounts } from '../support/accounts.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import { readLedger } from '../support/ledger.ts'
import { spawnTestService, temporaryFolder } from '../support/service.ts'

const random = seededRandom(17)

let chain: TestChain
let folder: Awaited<ReturnType<typeof temporaryFolder>>

beforeAll(async () => {
  chain = await startTestChain({ blockTimeSeconds: 0.2 })
  folder = await temporaryFolder()
})

afterAll(async () => {
  await chain.stop()
  await folder.remove()
})

it('executes the operation once and gives its id each time, also after a kill and after its verdict', async () => {
  const [account] = await seedAccounts(chain, { count: 1, authenticators: 1, random })
  if (account === undefined) throw new Error('no account')
  const { operation } = nextChange(account, 'insert_authenticator', { domain: domainOf(chain), random })
  const options = { chain, dataDir: folder.path }
  const before = await spawnTestService(options)
  const [first, second] = await Promise.all([
    before.submit(operation, 'key-1'),
    before.submit(operation, 'key-1'),
  ])
  expect(first.status).toBe(200)
  expect(second.body).toEqual(first.body)
  await before.kill()
  const after = await spawnTestService(options)
  expect((await after.submit(operation, 'key-1')).body).toEqual(first.body)
  const { request_id: id } = first.body as { request_id: string }
  expect((await after.waitUntilTerminal(id)).status.state).toBe('finalized')
  // Without the key, the repetition is refused, and the client learns nothing.
  expect((await after.submit(operation)).status).toBe(400)
  expect((await after.submit(operation, 'key-1')).body).toEqual(first.body)
  expect(await after.submit(createIdleAccount(random), '""')).toMatchObject({
    status: 400,
    body: { code: 'invalid_idempotency_key' },
  })
  const other = nextChange(account, 'insert_authenticator', { domain: domainOf(chain), random }).operation
  expect(await after.submit(other, 'key-1')).toMatchObject({
    status: 422,
    body: { code: 'idempotency_key_reused' },
  })
  await after.stop()
  expect((await readLedger(chain)).landings(operation)).toHaveLength(1)
})
