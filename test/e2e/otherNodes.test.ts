/** Nodes that lack methods of anvil: the gateway works without these methods. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createIdleAccount, type LiveAccount } from '../../src/load/account.ts'
import { seededRandom } from '../load/seededRandom.ts'
import { callDataOf, domainOf, nextChange, seedAccounts, sendAsStranger } from '../support/accounts.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import { type Miner, startMiner } from '../support/miner.ts'
import { type RpcCall, type RpcProxy, startRpcProxy } from '../support/rpcProxy.ts'
import { startTestService, type TestService, temporaryFolder } from '../support/service.ts'

const random = seededRandom(19)

let chain: TestChain
let miner: Miner
let proxy: RpcProxy
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let service: TestService
let seeds: LiveAccount[]

/** A node without state overrides and traces. */
function refuse(call: RpcCall) {
  const hasOverride = call.method === 'eth_call' && call.params.length > 2
  if (hasOverride) return { code: -32602, message: 'too many arguments, want at most 2' }
  return call.method.startsWith('debug_')
    ? { code: -32601, message: 'the method debug_traceTransaction does not exist' }
    : call
}

beforeAll(async () => {
  chain = await startTestChain()
  seeds = [...(await seedAccounts(chain, { count: 4, authenticators: 1, random }))]
  miner = await startMiner(chain)
  proxy = await startRpcProxy(chain.rpcUrl)
  proxy.impose(refuse)
  folder = await temporaryFolder()
  service = await startTestService({ chain: { ...chain, rpcUrl: proxy.url }, dataDir: folder.path })
})

afterEach(() => miner.resume())

afterAll(async () => {
  await service.stop()
  await miner.pause()
  await proxy.close()
  await chain.stop()
  await folder.remove()
})

function insert(account: LiveAccount | undefined) {
  if (account === undefined) throw new RangeError('more accounts are needed')
  return nextChange(account, 'insert_authenticator', { domain: domainOf(chain), random }).operation
}

describe('a node without state overrides and traces', () => {
  it('serves: operations are included, and an operation that would revert is refused with the reason', async () => {
    const operations = [createIdleAccount(random), createIdleAccount(random), insert(seeds.pop())]
    const ids = await Promise.all(operations.map((operation) => service.accept(operation)))
    for (const id of ids) expect((await service.waitUntilTerminal(id)).status.state).toBe('finalized')
    for (const operation of operations) expect((await service.submit(operation)).status).toBe(400)
  })

  it('serves: a failed operation of a batch gets the reason, and the second operation succeeds', async () => {
    await miner.pause()
    const victim = seeds.pop()
    const ids = [await service.accept(insert(victim)), await service.accept(insert(seeds.pop()))]
    for (const id of ids) await service.reaches(id, 'submitted')
    await sendAsStranger(chain, callDataOf(insert(victim)), { tip: 50n })
    miner.resume()
    const [failed, landed] = await Promise.all(ids.map((id) => service.waitUntilTerminal(id)))
    // Without a trace the next simulation tells the reason: the rival has used the nonce.
    expect(failed?.status).toMatchObject({ state: 'failed', error_code: 'mismatched_signature_nonce' })
    expect(landed?.status.state).toBe('finalized')
  })
})
