import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { setTimeout as delay } from 'node:timers/promises'
import { createIdleAccount } from '../../src/load/account.ts'
import { seededRandom } from '../load/seededRandom.ts'
import { callDataOf, changes, domainOf, mined, nextChange, seedAccounts, sendAsStranger } from '../support/accounts.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import { type Miner, startMiner } from '../support/miner.ts'
import { startTestService, type TestService, temporaryFolder } from '../support/service.ts'
const random = seededRandom(16)
let chain: TestChain, miner: Miner, folder: any, service: TestService
beforeEach(async () => { chain = await startTestChain(); folder = await temporaryFolder() })
afterEach(async () => { await service?.stop(); await miner.pause(); await chain.stop() })

it('hot loop', async () => {
  miner = await startMiner(chain)
  await miner.pause()
  service = await startTestService({ chain, dataDir: folder.path, settings: {
    BATCH_MAX_WAIT_SECS: '1', MAX_FEE_PER_GAS_GWEI: '1', MAX_BASE_FEE_GWEI: '1', SOFT_CAP_BASE_FEE_GWEI: '0', TARGET_BASE_FEE_GWEI: '0' } })
  await chain.client.setNextBlockBaseFeePerGas({ baseFeePerGas: 20_000_000_000n })
  await chain.client.mine({ blocks: 1 })
  const id = await service.accept(createIdleAccount(random))
  await delay(6000)
  console.log((await service.operation(id)).status, (await service.operation(id)).attempts, (await service.health()).batcher)
  const { body } = await service.get('/metrics')
  console.log(String(body).split('\n').filter((l) => /resubmissions_total|submission_duration_seconds_count|eth_sendRawTransaction.*count|_count{.*eth_sendRaw/.test(l)).join('\n'))
})

it('deep reorg', async () => {
  miner = await startMiner(chain)
  service = await startTestService({ chain, dataDir: folder.path, settings: { CONFIRMATIONS: '0', RESUBMIT_TIMEOUT_MS: '500' } })
  await miner.pause()
  const id = await service.accept(createIdleAccount(random))
  await service.reaches(id, 'submitted')
  await chain.client.mine({ blocks: 1 })
  console.log((await service.waitUntilTerminal(id)).status)
  await chain.client.request({ method: 'anvil_reorg', params: [1, []] } as any)
  console.log('nonce after reorg', await chain.client.getTransactionCount({ address: (await service.wallet()).address as any }))
  miner.resume()
  const id2 = await service.accept(createIdleAccount(random))
  await delay(6000)
  console.log((await service.status(id2)).status, await service.wallet(), (await service.health()))
})

it('gap filled from elsewhere', async () => {
  const [account] = await seedAccounts(chain, { count: 1, authenticators: 1, random })
  miner = await startMiner(chain)
  service = await startTestService({ chain, dataDir: folder.path, settings: { LANE_TIMEOUT_SECS: '3' } })
  const first = nextChange(account!, 'insert_authenticator', { domain: domainOf(chain), random })
  const second = nextChange(first.account, 'insert_authenticator', { domain: domainOf(chain), random })
  const id = await service.accept(second.operation)
  await mined(chain, await sendAsStranger(chain, callDataOf(first.operation)))
  console.log((await service.waitUntilTerminal(id)).status)
})

it('front-run', async () => {
  const [account] = await seedAccounts(chain, { count: 1, authenticators: 1, random })
  miner = await startMiner(chain)
  service = await startTestService({ chain, dataDir: folder.path, settings: { } })
  await miner.pause()
  const first = nextChange(account!, 'insert_authenticator', { domain: domainOf(chain), random })
  const id = await service.accept(first.operation)
  await service.reaches(id, 'submitted')
  await sendAsStranger(chain, callDataOf(first.operation), { tip: 50n })
  miner.resume()
  console.log((await service.waitUntilTerminal(id)).status)
})
