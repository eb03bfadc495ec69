/** A start while the chain does not answer, with a failing endpoint, and with a wrong configuration; and the end of the process. */
import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createIdleAccount } from '../../src/load/account.ts'
import { seededRandom } from '../load/seededRandom.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import { connect } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { startMiner } from '../support/miner.ts'
import { reservePort } from '../support/reservedPort.ts'
import { startRpcProxy } from '../support/rpcProxy.ts'
import { runTestService, spawnTestService, startTestService, temporaryFolder } from '../support/service.ts'

const random = seededRandom(18)

describe('a start without the chain', () => {
  it('listens at once, answers statuses from the store, and admits operations when the chain answers', async () => {
    const folder = await temporaryFolder()
    const reserved = await reservePort()
    const options = { stateFile: `${folder.path}/chain.json`, port: reserved.port }
    let chain = await startTestChain(options)
    let miner = await startMiner(chain)
    const before = await startTestService({ chain, dataDir: folder.path })
    const settled = await before.accept(createIdleAccount(random))
    const record = (await before.waitUntilTerminal(settled)).status
    await before.stop()
    await miner.pause()
    await chain.stop()

    const service = await spawnTestService({ chain, dataDir: folder.path }, 'listening')
    expect(await service.get('/livez')).toMatchObject({ status: 200, body: { success: true } })
    const unready = await service.get('/readyz')
    expect(unready).toMatchObject({ status: 503, body: { code: 'batcher_unavailable' } })
    expect(unready.headers.get('Retry-After')).toBe('5')
    const refused = await service.submit(createIdleAccount(random))
    expect(refused).toMatchObject({ status: 503, body: { code: 'batcher_unavailable' } })
    expect(refused.headers.get('Retry-After')).toBe('5')
    expect((await service.status(settled)).status).toEqual(record)
    expect(await service.get('/chain')).toMatchObject({ status: 200, body: { chain_id: null } })
    const health = await eventually('the reason', service.health, ({ chain }) => chain.message !== null)
    expect(health).toMatchObject({ success: false, state: 'Starting' })
    expect(health.chain.message).toContain('The chain at RPC_URL does not answer')

    chain = await startTestChain(options)
    miner = await startMiner(chain)
    const isReady = ({ status }: { status: number }) => status === 200
    await eventually('the service to be ready', () => service.get('/readyz'), isReady)
    const id = await service.accept(createIdleAccount(random))
    expect((await service.waitUntilTerminal(id)).status.state).toBe('finalized')
    expect(await service.stop()).toBe(0)
    await miner.pause()
    await chain.stop()
    await reserved.release()
    await folder.remove()
  })
})

describe('with a chain that answers', () => {
  let chain: TestChain

  beforeAll(async () => {
    chain = await startTestChain()
  })

  afterAll(() => chain.stop())

  it('a start succeeds although the first two calls of each method fail', async () => {
    const folder = await temporaryFolder()
    const proxy = await startRpcProxy(chain.rpcUrl)
    const seen = (method: string) => proxy.seen.filter((call) => call.method === method).length
    proxy.impose((call) => (seen(call.method) <= 2 ? { status: 503, body: 'no' } : call))
    const service = await startTestService({ chain: { ...chain, rpcUrl: proxy.url }, dataDir: folder.path })
    expect(await service.get('/readyz')).toMatchObject({ status: 200, body: { success: true } })
    await service.stop()
    await proxy.close()
    await folder.remove()
  })

  it('a start without a contract at the address ends with code 1 and a clear message', async () => {
    const folder = await temporaryFolder()
    const { code, stderr } = await runTestService({
      chain: { ...chain, registryAddress: `0x${'12'.repeat(20)}` },
      dataDir: folder.path,
    })
    expect(code).toBe(1)
    expect(stderr).toMatch(/^opsbatcher: There is no contract at REGISTRY_ADDRESS 0x12/m)
    await folder.remove()
  })

  it('a stop ends with code 1 when the database cannot be closed, and the port is free afterwards', async () => {
    const folder = await temporaryFolder()
    const service = await spawnTestService({ chain, dataDir: folder.path })
    await rm(folder.path, { recursive: true })
    expect(await service.stop()).toBe(1)
    await expect(connect(service.url).get('/livez')).rejects.toThrow('fetch failed')
  })
})
