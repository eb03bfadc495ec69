import { RpcRequestError } from 'viem'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { broadcast } from '../../src/actors/broadcast.ts'
import type { TransactionAttempt } from '../../src/domain/batch.ts'
import type { GatewayEvent } from '../../src/domain/events.ts'
import { refusalClassifier } from '../../src/rpc/refusals.ts'
import type { TransactionSender } from '../../src/rpc/sendOnlyEndpoint.ts'
import { attempt } from '../machines/support/samples.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import { readerOf } from '../support/reader.ts'
import { forMethod, type RpcProxy, startRpcProxy } from '../support/rpcProxy.ts'
import { runActor } from '../support/runActor.ts'
import { sendersOf } from '../support/senders.ts'
import { cancelRequest, highest, type SignBench, signed } from './support/signing.ts'

const LIMIT = { code: -32005, message: 'limit exceeded' }

/** Sends to the given endpoints. The events arrive in the list. */
function sendTo(
  senders: readonly TransactionSender[],
  sent: TransactionAttempt,
  events: GatewayEvent[] = [],
) {
  const dependencies = {
    endpoints: { senders: () => senders },
    classify: refusalClassifier({}),
    publish: (event: GatewayEvent) => events.push(event),
    now: () => 5_000,
  }
  return runActor(broadcast(dependencies), { attempt: sent })
}

describe('a broadcast to a node', () => {
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

  /** `accepted`, or the class of the refusal. */
  async function send(sent: TransactionAttempt): Promise<string> {
    const result = await sendTo(sendersOf(readerOf(chain, proxy.url)).senders(), sent)
    return result.type === 'accepted' ? result.type : result.refusal.class
  }

  it('of bytes already known to the node is accepted', async () => {
    const sent = await signed(bench, { request: cancelRequest, nonce: await nextNonce() })
    expect([await send(sent), await send(sent)]).toEqual(['accepted', 'accepted'])
  })

  it('with a consumed nonce is refused as nonceTooLow', async () => {
    const sent = await signed(bench, { request: cancelRequest, nonce: await nextNonce() })
    expect(await send(sent)).toBe('accepted')
    await mine()
    expect(await send(sent)).toBe('nonceTooLow')
    const late = await signed(bench, { request: cancelRequest, nonce: sent.nonce, highest })
    expect(await send(late)).toBe('nonceTooLow')
  })

  it('of a cancel replaces the batch in the pool, because both fees are higher', async () => {
    const nonce = await nextNonce()
    const first = await signed(bench, { nonce })
    const second = await signed(bench, { request: cancelRequest, nonce, highest: first })
    expect([await send(first), await send(second)]).toEqual(['accepted', 'accepted'])
    expect(await send(await signed(bench, { nonce }))).toBe('replacement')
    await mine()
    const { status } = await chain.client.getTransactionReceipt({ hash: second.hash })
    expect(status).toBe('success')
  })

  it('without an answer is no failure of the actor: the bytes may be in the pool', async () => {
    const sent = await signed(bench, { request: cancelRequest, nonce: await nextNonce() })
    const lift = proxy.impose(forMethod('eth_sendRawTransaction', () => LIMIT))
    expect(await send(sent)).toBe('rateLimited')
    lift()
  })
})

describe('a broadcast to several endpoints', () => {
  const sent = attempt(1)

  const accepts = (name: string): TransactionSender => ({ name, send: async () => {} })
  const hangs = (name: string): TransactionSender => ({ name, send: () => new Promise(() => {}) })
  const refuses = (name: string, message: string): TransactionSender => ({
    name,
    send: async () => {
      throw new RpcRequestError({ body: {}, url: name, error: { code: -32000, message } })
    },
  })

  it('sends the same bytes to each', async () => {
    const received: string[] = []
    const receiver = (name: string): TransactionSender => ({
      name,
      send: async (raw) => {
        received.push(`${name} ${raw}`)
      },
    })
    await sendTo([receiver('a'), receiver('b')], sent)
    expect(received).toEqual([`a ${sent.raw}`, `b ${sent.raw}`])
  })

  it('is accepted by one acceptance, without waiting for an endpoint that hangs', async () => {
    expect(await sendTo([hangs('a'), accepts('b')], sent)).toEqual({ type: 'accepted', refusals: [] })
  })

  it('is accepted if one endpoint knows the bytes and another refuses them', async () => {
    const result = await sendTo([refuses('a', 'txpool is full'), refuses('b', 'already known')], sent)
    expect(result).toMatchObject({ type: 'accepted', refusals: [{ endpoint: 'a', class: 'poolFull' }] })
  })

  it.each([
    ['nonceTooLow', ['replacement transaction underpriced', 'nonce too low']],
    ['underpriced', ['transaction type not supported', 'transaction underpriced']],
    ['unknown', ['too many requests', 'internal error', 'the moon is full']],
    ['rateLimited', ['internal error', 'too many requests']],
  ])('is refused as %s, whatever the order', async (kind, messages) => {
    for (const words of [messages, messages.toReversed()]) {
      const result = await sendTo(
        words.map((message, index) => refuses(`node-${index}`, message)),
        sent,
      )
      expect(result).toMatchObject({ type: 'refused', refusal: { class: kind } })
      expect(result.refusals).toHaveLength(messages.length)
    }
  })

  it('publishes each refusal that contradicts an acceptance', async () => {
    const events: GatewayEvent[] = []
    const senders = [
      accepts('a'),
      refuses('b', 'oversized data'),
      refuses('c', 'replacement transaction underpriced'),
      refuses('d', 'invalid sender'),
    ]
    await sendTo(senders, sent, events)
    await new Promise(setImmediate)
    const { batchId, hash: txHash } = sent
    const common = { type: 'broadcast.contradicted', batchId, txHash, at: 5_000 }
    expect(events).toEqual([
      { ...common, class: 'tooLarge', words: 'oversized data', endpoint: 'b' },
      { ...common, class: 'config', words: 'invalid sender', endpoint: 'd' },
    ])
  })

  it('publishes no contradiction if no endpoint accepts', async () => {
    const events: GatewayEvent[] = []
    await sendTo([refuses('a', 'oversized data'), refuses('b', 'txpool is full')], sent, events)
    await new Promise(setImmediate)
    expect(events).toEqual([])
  })
})
