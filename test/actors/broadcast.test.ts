import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { broadcast } from '../../src/actors/broadcast.ts'
import type { TransactionAttempt } from '../../src/domain/batch.ts'
import { isUnavailable } from '../../src/rpc/chainClient.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import { readerOf } from '../support/reader.ts'
import { forMethod, type RpcProxy, startRpcProxy } from '../support/rpcProxy.ts'
import { pinned, runActor } from '../support/runActor.ts'
import { cancelRequest, highest, type SignBench, signed } from './support/signing.ts'

const LIMIT = { code: -32005, message: 'limit exceeded' }

let chain: TestChain
let proxy: RpcProxy
let bench: SignBench

beforeAll(async () => {
  chain = await startTestChain()
  proxy = await startRpcProxy(chain.rpcUrl)
  bench = { chain, url: proxy.url }
})

afterAll(async () => {
  await proxy.close()
  await chain.stop()
})

beforeEach(() => chain.client.setAutomine(false))

afterEach(async () => {
  await mine()
  await chain.client.setAutomine(true)
})

const nextNonce = () => chain.client.getTransactionCount({ address: chain.client.account.address })
const mine = () => chain.client.mine({ blocks: 1 })

function send(attempt: TransactionAttempt) {
  return runActor(broadcast({ endpoints: pinned(readerOf(chain, proxy.url)) }), { attempt })
}

describe('a broadcast', () => {
  it('of bytes already known to the node is accepted', async () => {
    const attempt = await signed(bench, { request: cancelRequest, nonce: await nextNonce() })
    expect([await send(attempt), await send(attempt)]).toEqual(['accepted', 'accepted'])
  })

  it('with a consumed nonce returns nonceConsumed', async () => {
    const attempt = await signed(bench, { request: cancelRequest, nonce: await nextNonce() })
    expect(await send(attempt)).toBe('accepted')
    await mine()
    expect(await send(attempt)).toBe('nonceConsumed')
    const late = await signed(bench, { request: cancelRequest, nonce: attempt.nonce, highest })
    expect(await send(late)).toBe('nonceConsumed')
  })

  it('of a cancel replaces the batch in the pool, because both fees are higher', async () => {
    const nonce = await nextNonce()
    const first = await signed(bench, { nonce })
    const second = await signed(bench, { request: cancelRequest, nonce, highest: first })
    expect([await send(first), await send(second)]).toEqual(['accepted', 'accepted'])
    expect(await send(await signed(bench, { nonce }))).toBe('underpriced')
    await mine()
    const { status } = await chain.client.getTransactionReceipt({ hash: second.hash })
    expect(status).toBe('success')
  })

  it('fails as unavailable when the node does not answer: the bytes may be in the pool', async () => {
    const attempt = await signed(bench, { request: cancelRequest, nonce: await nextNonce() })
    const lift = proxy.impose(forMethod('eth_sendRawTransaction', () => LIMIT))
    await expect(send(attempt)).rejects.toSatisfy(isUnavailable)
    lift()
  })
})
