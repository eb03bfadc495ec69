/** The chain does not answer in time: the client gets 503, no operation fails or is lost, and the gateway resumes by itself. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createIdleAccount } from '../../src/load/account.ts'
import { seededRandom } from '../load/seededRandom.ts'
import { domainOf, nextChange, seedAccounts } from '../support/accounts.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import { eventually } from '../support/eventually.ts'
import { readLedger } from '../support/ledger.ts'
import { type Miner, startMiner } from '../support/miner.ts'
import { type ReservedPort, reservePort } from '../support/reservedPort.ts'
import { type RpcProxy, startRpcProxy } from '../support/rpcProxy.ts'
import { startTestService, type TestService, temporaryFolder } from '../support/service.ts'

const random = seededRandom(4)

let chain: TestChain
/** The port of the chain. A test stops and restarts the chain. */
let reserved: ReservedPort
let miner: Miner
let proxy: RpcProxy
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let service: TestService

beforeEach(async () => {
  folder = await temporaryFolder()
  reserved = await reservePort()
  chain = await startTestChain({ stateFile: `${folder.path}/chain.json`, port: reserved.port })
})

afterEach(async () => {
  await service.stop()
  await miner.pause()
  await chain.stop()
  await reserved.release()
  await folder.remove()
})

describe('a chain that stops answering and returns', () => {
  it('is reported as an outage, and operations accepted before are included after', async () => {
    const [account] = await seedAccounts(chain, { count: 1, authenticators: 1, random })
    if (account === undefined) throw new Error('no account')
    const first = nextChange(account, 'insert_authenticator', { domain: domainOf(chain), random })
    const second = nextChange(first.account, 'recover_account', { domain: domainOf(chain), random })
    miner = await startMiner(chain)
    service = await startTestService({
      chain,
      dataDir: folder.path,
      settings: { STALL_TIMEOUT_SECS: '5', RESUBMIT_TIMEOUT_MS: '500' },
    })
    await miner.pause()
    const riding = await service.accept(first.operation)
    await service.reaches(riding, 'submitted')
    const waiting = await service.accept(second.operation)
    await chain.stop()

    const refused = createIdleAccount(random)
    const answer = await service.submit(refused)
    expect(answer).toMatchObject({ status: 503, body: { code: 'chain_unavailable' } })
    expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0)
    const isStalled = ({ chain: { state } }: { chain: { state: string } }) => state === 'Stalled'
    const health = await eventually('the chain to be stalled', service.health, isStalled)
    expect(health).toMatchObject({ success: false, state: 'Running', chain: { ok: false } })
    expect((await service.get('/health')).status).toBe(503)
    expect((await service.status(riding)).status.state).toBe('submitted')
    expect((await service.status(waiting)).status.state).toBe('queued')

    chain = await startTestChain({ stateFile: `${folder.path}/chain.json`, port: reserved.port })
    miner = await startMiner(chain)
    for (const id of [riding, waiting]) {
      expect((await service.waitUntilTerminal(id)).status.state).toBe('finalized')
    }
    const taken = await service.accept(refused)
    expect((await service.waitUntilTerminal(taken)).status.state).toBe('finalized')
    await eventually('all to be well', service.health, ({ success }) => success)

    const ledger = await readLedger(chain)
    for (const operation of [first.operation, second.operation, refused]) {
      expect(ledger.landings(operation)).toHaveLength(1)
    }
    expect(ledger.walletNonces).toEqual([0, 1, 2])
  })
})

describe('an intake that is full', () => {
  it('refuses more operations, and stores no refused operation', async () => {
    miner = await startMiner(chain)
    proxy = await startRpcProxy(chain.rpcUrl)
    service = await startTestService({
      chain: { ...chain, rpcUrl: proxy.url },
      dataDir: folder.path,
      settings: { INTAKE_CAPACITY: '1' },
    })
    const [one, other] = [createIdleAccount(random), createIdleAccount(random)]
    const hold = proxy.hold('eth_call', 'request')
    const first = service.accept(one)
    await hold.reached
    expect((await service.health()).intake).toEqual({ pending: 1, capacity: 1 })
    const refused = await service.submit(other)
    expect(refused).toMatchObject({ status: 503, body: { code: 'batcher_unavailable' } })
    expect(refused.headers.get('Retry-After')).toBe('1')

    hold.release()
    const requestId = refused.headers.get('X-Request-Id')
    expect((await service.get(`/status/${requestId}`)).status).toBe(404)
    const ids = [await first, await service.accept(other)]
    for (const id of ids) expect((await service.waitUntilTerminal(id)).status.state).toBe('finalized')
    await proxy.close()
  })
})
