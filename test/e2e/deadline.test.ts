/** The deadline of an operation: it ends tries that would never end, and never fails an operation in a transaction. */
import { keccak256, parseTransaction } from 'viem'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Hex } from '../../src/domain/primitives.ts'
import { createIdleAccount } from '../../src/load/account.ts'
import { seededRandom } from '../load/seededRandom.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import { readLedger } from '../support/ledger.ts'
import { type Miner, startMiner } from '../support/miner.ts'
import { forMethod, type RpcProxy, startRpcProxy } from '../support/rpcProxy.ts'
import { startTestService, type TestService, temporaryFolder } from '../support/service.ts'

const random = seededRandom(53)

let chain: TestChain
let miner: Miner
let proxy: RpcProxy
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let service: TestService
/** How far the clock of the service is ahead, in milliseconds. */
let ahead = 0

beforeAll(async () => {
  chain = await startTestChain()
  miner = await startMiner(chain)
})

afterAll(async () => {
  await miner.pause()
  await chain.stop()
})

beforeEach(async () => {
  ahead = 0
  folder = await temporaryFolder()
  proxy = await startRpcProxy(chain.rpcUrl)
})

afterEach(async () => {
  miner.resume()
  await service.stop()
  await proxy.close()
  await folder.remove()
})

async function start(settings: NodeJS.Dict<string>): Promise<void> {
  service = await startTestService({
    chain: { ...chain, rpcUrl: proxy.url },
    dataDir: folder.path,
    settings: { OPERATION_DEADLINE_SECS: '60', RESUBMIT_TIMEOUT_MS: '500', ...settings },
    now: () => Date.now() + ahead,
  })
}

const PAST_THE_DEADLINE = 61_000

describe('the deadline of an operation', () => {
  it('ends batches that are cancelled again and again, and says what the operation waited for', async () => {
    await start({ MAX_RESUBMISSIONS: '0' })
    const wallet = chain.client.account.address.toLowerCase()
    const isCancel = (raw: unknown) => parseTransaction(raw as Hex).to === wallet
    proxy.impose(
      forMethod('eth_sendRawTransaction', ([raw]) =>
        isCancel(raw) ? null : { result: keccak256(raw as Hex) },
      ),
    )
    const operation = createIdleAccount(random)
    const id = await service.accept(operation)
    await service.reaches(id, 'submitted')
    ahead = PAST_THE_DEADLINE
    const { status, outcome } = await service.waitUntilTerminal(id)
    expect(status.state).toBe('failed')
    expect(outcome).toMatchObject({ type: 'Failed', reason: { message: expect.stringContaining('Timeout') } })
    const { landings } = await readLedger(chain)
    expect(landings(operation)).toEqual([])
  })

  it('fails an operation that the wallet could not pay, for lack of balance', async () => {
    await start({ MIN_BALANCE_ETH: '1000000' })
    const id = await service.accept(createIdleAccount(random))
    ahead = PAST_THE_DEADLINE
    const { status, outcome, attempts } = await service.waitUntilTerminal(id)
    expect(status).toMatchObject({ state: 'failed', error: 'the gateway could not pay for the operation' })
    expect(outcome).toMatchObject({ type: 'Failed', reason: { type: 'InsufficientBalance' } })
    expect(attempts).toEqual([])
  })

  it('never fails an operation in a transaction, however late the transaction is included', async () => {
    await start({ RESUBMIT_TIMEOUT_MS: '600000', MAX_CONCURRENT_BATCHES: '1' })
    await miner.pause()
    const sent = await service.accept(createIdleAccount(random))
    await service.reaches(sent, 'submitted')
    const waiting = await service.accept(createIdleAccount(random))
    ahead = PAST_THE_DEADLINE
    const { outcome } = await service.waitUntilTerminal(waiting)
    const message = expect.stringContaining('the inclusion of the batches before it')
    expect(outcome).toMatchObject({ type: 'Failed', reason: { type: 'Unknown', message } })
    miner.resume()
    expect((await service.waitUntilTerminal(sent)).status.state).toBe('finalized')
  })
})
