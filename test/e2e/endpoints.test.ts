/** Endpoints fail and chains are idle: operations are included nevertheless, and no answer shows a secret. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createIdleAccount } from '../../src/load/account.ts'
import { chain as chainSchema } from '../../src/server/schemas.ts'
import { seededRandom } from '../load/seededRandom.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import { eventually } from '../support/eventually.ts'
import { reservePort } from '../support/reservedPort.ts'
import { methodsOf, startRpcProxy } from '../support/rpcProxy.ts'
import { startTestService, type TestService, temporaryFolder } from '../support/service.ts'

const random = seededRandom(9)

let chain: TestChain
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let service: TestService

beforeEach(async () => {
  folder = await temporaryFolder()
  chain = await startTestChain()
})

afterEach(async () => {
  await service.stop()
  await chain.stop()
  await folder.remove()
})

const chainOf = async () => chainSchema.parse((await service.get('/chain')).body)
const metrics = async () => String((await service.get('/metrics')).body)

describe('several endpoints', () => {
  it('replace each other in their configured order', async () => {
    const { port, release } = await reservePort()
    const first = await startRpcProxy(chain.rpcUrl, port)
    const second = await startRpcProxy(chain.rpcUrl)
    const hosts = [first.url, second.url].map((url) => new URL(url).host)
    service = await startTestService({
      chain: { ...chain, rpcUrl: `${first.url}/v2/AbCdEfGhIjKlMnOp1234,${second.url}/?key=hunter2` },
      dataDir: folder.path,
      settings: { CONFIRMATIONS: '0' },
    })
    const one = await service.accept(createIdleAccount(random))
    expect((await service.waitUntilTerminal(one)).status.state).toBe('finalized')
    // The gateway asks a spare endpoint for the chain id, sometimes for the newest block, and for a pre-flight that takes long.
    // It also sends the transactions to it.
    const spare = new Set(
      methodsOf(second).filter((method) => !/^eth_(chainId|blockNumber|call)$/.test(method)),
    )
    expect([...spare]).toEqual(['eth_sendRawTransaction'])

    await first.close()
    const isDown = ({ endpoints }: Awaited<ReturnType<typeof chainOf>>) => endpoints[0]?.state === 'Down'
    const seen = await eventually('the first endpoint to be down', chainOf, isDown)
    expect(seen.state).toBe('Following')
    expect(seen.endpoints).toMatchObject([
      {
        name: hosts[0],
        state: 'Down',
        message: expect.any(String),
        retry_at: expect.any(Number),
        round_trip: null,
      },
      { name: hosts[1], state: 'Up', message: null, retry_at: null, round_trip: expect.any(Number) },
    ])
    const told = await metrics()
    expect(told).toContain(`ops_batcher_rpc_endpoint_up{endpoint="${hosts[0]}"} 0`)
    expect(told).toContain(`ops_batcher_rpc_endpoint_up{endpoint="${hosts[1]}"} 1`)
    expect(`${told}${JSON.stringify(seen)}`).not.toMatch(/AbCdEf|hunter2/)
    expect((await service.health()).success).toBe(true)
    const other = await service.accept(createIdleAccount(random))
    expect((await service.waitUntilTerminal(other)).status.state).toBe('finalized')

    const back = await startRpcProxy(chain.rpcUrl, port)
    await eventually('the first endpoint to be up', chainOf, ({ endpoints }) => endpoints[0]?.state === 'Up')
    const last = await service.accept(createIdleAccount(random))
    expect((await service.waitUntilTerminal(last)).status.state).toBe('finalized')
    expect(methodsOf(back)).toContain('eth_sendRawTransaction')
    await second.close()
    await back.close()
    await release()
  })

  it('cause a 503 with Retry-After when all are Down', async () => {
    const only = await startRpcProxy(chain.rpcUrl)
    service = await startTestService({ chain: { ...chain, rpcUrl: only.url }, dataDir: folder.path })
    const heal = only.impose(() => ({ status: 429, headers: { 'Retry-After': '40' } }))
    await eventually('the endpoint to be down', chainOf, ({ endpoints }) => endpoints[0]?.state === 'Down')
    const answer = await service.submit(createIdleAccount(random))
    expect(answer).toMatchObject({ status: 503, body: { code: 'chain_unavailable' } })
    expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(30)
    const asked = methodsOf(only).length
    await Promise.all(Array.from({ length: 20 }, () => service.submit(createIdleAccount(random))))
    expect(methodsOf(only)).toHaveLength(asked)
    heal()
    await only.close()
  })

  it('lose no operation when the first one hangs: submissions are answered, and operations included', async () => {
    const [first, second] = [await startRpcProxy(chain.rpcUrl), await startRpcProxy(chain.rpcUrl)]
    service = await startTestService({
      chain: { ...chain, rpcUrl: `${first.url},${second.url}` },
      dataDir: folder.path,
      settings: { CONFIRMATIONS: '0', RPC_TIMEOUT_SECS: '2' },
    })
    for (const method of new Set([...methodsOf(first), 'eth_call', 'eth_sendRawTransaction'])) {
      first.hold(method, 'request')
    }
    const creates = Array.from({ length: 5 }, () => createIdleAccount(random))
    for (const id of await Promise.all(creates.map((create) => service.accept(create)))) {
      expect((await service.waitUntilTerminal(id)).status.state).toBe('finalized')
    }
    await Promise.all([first.close(), second.close()])
  })

  it('may refuse every third call for its rate: operations are included nevertheless', async () => {
    const only = await startRpcProxy(chain.rpcUrl)
    service = await startTestService({
      chain: { ...chain, rpcUrl: only.url },
      dataDir: folder.path,
      settings: { CONFIRMATIONS: '0' },
    })
    let calls = 0
    only.impose((call) => {
      calls += 1
      return calls % 3 === 0 ? { code: 429, message: 'exceeded its compute units per second' } : call
    })
    const creates = Array.from({ length: 20 }, () => createIdleAccount(random))
    for (const id of await Promise.all(creates.map((create) => service.accept(create)))) {
      expect((await service.waitUntilTerminal(id)).status.state).toBe('finalized')
    }
    await only.close()
  })

  it('may be websockets', async () => {
    service = await startTestService({
      chain: { ...chain, rpcUrl: chain.rpcUrl.replace('http', 'ws') },
      dataDir: folder.path,
      settings: { CONFIRMATIONS: '0' },
    })
    const id = await service.accept(createIdleAccount(random))
    expect((await service.waitUntilTerminal(id)).status.state).toBe('finalized')
  })
})

describe('a chain without new blocks', () => {
  it('is unhealthy when operations wait for a block', async () => {
    service = await startTestService({ chain, dataDir: folder.path, settings: { STALL_TIMEOUT_SECS: '3' } })
    await chain.client.setAutomine(false)
    const id = await service.accept(createIdleAccount(random))
    const health = await eventually(
      'the chain to be unwell',
      service.health,
      ({ chain: { ok, state } }) => !ok && state === 'Following',
    )
    expect(health).toMatchObject({
      success: false,
      chain: {
        message: expect.stringMatching(/^no new block for \d+ s, and operations wait/),
      },
    })
    await chain.client.mine({ blocks: 2 })
    expect((await service.waitUntilTerminal(id)).status.state).toBe('finalized')
    await eventually('the chain to be well', service.health, ({ success }) => success)
  })
})

describe('a chain with blocks only for transactions', () => {
  it('stays healthy while idle, and includes operations afterwards', async () => {
    service = await startTestService({
      chain,
      dataDir: folder.path,
      settings: { CONFIRMATIONS: '0', STALL_TIMEOUT_SECS: '3' },
    })
    await eventually('a head that is old', metrics, (text) =>
      /^ops_batcher_chain_head_age_seconds (?:[4-9]|[1-9]\d)/m.test(text),
    )
    expect(await service.health()).toMatchObject({ success: true, chain: { ok: true, state: 'Following' } })
    const id = await service.accept(createIdleAccount(random))
    expect((await service.waitUntilTerminal(id)).status.state).toBe('finalized')
  })
})
