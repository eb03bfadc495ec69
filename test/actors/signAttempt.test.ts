import { parseEther, parseTransaction, recoverTransactionAddress } from 'viem'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { isUnavailable } from '../../src/rpc/chainClient.ts'
import { GWEI } from '../machines/support/samples.ts'
import { STRANGER } from '../support/accounts.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import { forMethod, type RpcProxy, startRpcProxy } from '../support/rpcProxy.ts'
import {
  batchRequest,
  cancelRequest,
  highest,
  SIGNED_AT,
  type SignBench,
  sign,
  signed,
} from './support/signing.ts'

const LIMIT = { code: -32005, message: 'limit exceeded' }

let chain: TestChain
let proxy: RpcProxy
let bench: SignBench
let snapshot: `0x${string}`

beforeAll(async () => {
  chain = await startTestChain()
  proxy = await startRpcProxy(chain.rpcUrl)
  bench = { chain, url: proxy.url }
})

afterAll(async () => {
  await proxy.close()
  await chain.stop()
})

beforeEach(async () => {
  snapshot = await chain.client.snapshot()
})

afterEach(async () => {
  await chain.client.revert({ id: snapshot })
})

describe('signing an attempt', () => {
  it('signs the transaction of a batch at the market fees', async () => {
    const attempt = await signed(bench)
    expect(attempt).toMatchObject({ nonce: 5, purpose: 'batch', batchId: 'batch-1', gasLimit: 100_000 })
    expect(parseTransaction(attempt.raw)).toMatchObject({
      chainId: chain.chainId,
      nonce: 5,
      to: STRANGER,
      data: '0xdada',
      gas: 100_000n,
      maxFeePerGas: BigInt(attempt.maxFeePerGas),
      maxPriorityFeePerGas: BigInt(attempt.maxPriorityFeePerGas),
    })
    expect(attempt.signedAt).toBe(SIGNED_AT)
  })

  it('signs a cancel as an empty self-transfer at 1.125 times the highest fees', async () => {
    const attempt = await signed(bench, { request: cancelRequest, highest })
    const { to, value, data, gas, nonce } = parseTransaction(attempt.raw)
    const wallet = chain.client.account.address.toLowerCase()
    expect({ to, value, data, gas, nonce }).toEqual({
      ...{ to: wallet, value: undefined, data: undefined },
      ...{ gas: 21_000n, nonce: 5 },
    })
    expect(attempt).toMatchObject({ purpose: 'cancel', batchId: 'batch-1', gasLimit: 21_000 })
    expect(attempt.maxFeePerGas).toBeGreaterThanOrEqual(highest.maxFeePerGas * 1.125)
    expect(attempt.maxPriorityFeePerGas).toBeGreaterThanOrEqual(highest.maxPriorityFeePerGas * 1.125)
    const serializedTransaction = attempt.raw as `0x02${string}`
    expect((await recoverTransactionAddress({ serializedTransaction })).toLowerCase()).toBe(wallet)
  })

  it('signs a cancel that fills a gap at the fees of a first attempt', async () => {
    const [first, filler] = [await signed(bench), await signed(bench, { request: cancelRequest })]
    const { maxFeePerGas, maxPriorityFeePerGas } = first
    expect(filler).toMatchObject({ purpose: 'cancel', maxFeePerGas, maxPriorityFeePerGas })
  })

  it('signs neither a batch nor a cancel when the maximum fee leaves no room for a replacement', async () => {
    const capped = { maxFeePerGas: 41 * GWEI }
    for (const request of [batchRequest, cancelRequest]) {
      expect(await sign(bench, { request, highest }, capped)).toEqual({ type: 'capped' })
    }
  })

  it('signs a cancel, but no batch, when the maximum fee leaves room for one more replacement', async () => {
    const capped = { maxFeePerGas: 45 * GWEI }
    expect(await sign(bench, { request: batchRequest, highest }, capped)).toEqual({ type: 'capped' })
    expect(await sign(bench, { request: cancelRequest, highest }, capped)).toMatchObject({
      type: 'signed',
      attempt: { maxFeePerGas: 45 * GWEI },
    })
  })

  it('signs a cancel also when the market has fallen far below the fees of the batch', async () => {
    const fallen = { maxFeePerGas: 500 * GWEI, maxFeeMultiplier: 1 }
    expect(await sign(bench, { request: batchRequest, highest }, fallen)).toEqual({ type: 'capped' })
    expect((await sign(bench, { request: cancelRequest, highest }, fallen)).type).toBe('signed')
  })

  it('keeps room for a cancel in a first attempt', async () => {
    expect(await sign(bench, {}, { maxFeePerGas: 90 })).toMatchObject({ attempt: { maxFeePerGas: 80 } })
  })

  it('signs nothing if the balance does not cover the highest fee', async () => {
    const { address } = chain.client.account
    await chain.client.setBalance({ address, value: parseEther('0.0001') })
    expect(await sign(bench)).toEqual({ type: 'unaffordable', balance: '100000000000000' })
    expect((await sign(bench, { request: cancelRequest })).type).toBe('signed')
  })

  it('signs nothing if the balance does not cover all transactions in flight', async () => {
    const { address } = chain.client.account
    const [{ gasLimit, maxFeePerGas }, balance] = await Promise.all([
      signed(bench),
      chain.client.getBalance({ address }),
    ])
    const room = balance - BigInt(gasLimit * maxFeePerGas)
    expect((await sign(bench, { costInFlight: String(room) })).type).toBe('signed')
    expect(await sign(bench, { costInFlight: String(room + 1n) })).toEqual({
      type: 'unaffordable',
      balance: String(balance),
    })
  })

  it('fails with a reason when the node answers the balance with null', async () => {
    const lift = proxy.impose(forMethod('eth_getBalance', () => ({ result: null })))
    await expect(sign(bench)).rejects.toThrow('the node answers eth_getBalance with null instead of a number')
    lift()
  })

  it('fails as unavailable when the chain does not answer', async () => {
    const lift = proxy.impose(forMethod('eth_feeHistory', () => LIMIT))
    await expect(sign(bench)).rejects.toSatisfy(isUnavailable)
    lift()
  })
})
