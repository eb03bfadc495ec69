import { parseEther, parseTransaction, recoverTransactionAddress } from 'viem'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { localSigner } from '../../src/actors/signing/signer.ts'
import { broadcast, createSigner, readAccount } from '../../src/actors/transactions.ts'
import type { TransactionAttempt } from '../../src/domain/batch.ts'
import type { PendingBatchConfig } from '../../src/domain/config.ts'
import type { TransactionRequest } from '../../src/machines/protocol.ts'
import type { SignInput } from '../../src/machines/wallet/context.ts'
import { isUnavailable } from '../../src/rpc/chainClient.ts'
import { GWEI, transactions } from '../machines/support/samples.ts'
import { STRANGER } from '../support/accounts.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import { readerOf } from '../support/reader.ts'
import { forMethod, type RpcProxy, startRpcProxy } from '../support/rpcProxy.ts'

const NOW = 7_000
const LIMIT = { code: -32005, message: 'limit exceeded' }

let chain: TestChain
let proxy: RpcProxy
let snapshot: `0x${string}`

beforeAll(async () => {
  chain = await startTestChain()
  proxy = await startRpcProxy(chain.rpcUrl)
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

const send = () => chain.client.sendTransactionSync({ to: STRANGER, gas: 21_000n, value: 1n })

describe('reading the account', () => {
  const read = (blockNumber: number | null) =>
    readAccount(readerOf(chain), { address: chain.client.account.address, blockNumber }, () => NOW)

  it("tells nonce and balance in a block's state, and of which block that is", async () => {
    const before = await read(null)
    await send()
    const after = await read(null)
    expect(after).toMatchObject({
      chainNonce: before.chainNonce + 1,
      blockNumber: before.blockNumber + 1,
      at: NOW,
    })
    expect(BigInt(after.balance)).toBeLessThan(BigInt(before.balance))
    expect(await read(before.blockNumber)).toEqual(before)
  })

  it('fails for a block that the endpoint does not have', async () => {
    const { blockNumber } = await read(null)
    await expect(read(blockNumber + 1)).rejects.toThrow()
  })
})

/** Signs for the wallet. */
function sign(asked: Partial<SignInput> = {}, config: Partial<PendingBatchConfig> = {}) {
  const all = { ...transactions, maxFeeMultiplier: 1_000, ...config }
  const signer = createSigner(
    readerOf(chain, proxy.url),
    localSigner(chain.walletPrivateKey),
    chain.chainId,
    all,
    () => NOW,
  )
  return signer({ request: own, nonce: 5, highest: null, ...asked })
}

/** The same, of what must be signed. */
async function attempted(asked: Partial<SignInput> = {}): Promise<TransactionAttempt> {
  const outcome = await sign(asked)
  if (outcome.type !== 'signed') throw new Error(`nothing is signed: ${outcome.type}`)
  return outcome.attempt
}

const own: TransactionRequest = {
  purpose: 'batch',
  batchId: 'batch-1',
  to: STRANGER,
  data: '0xdada',
  gasLimit: 100_000,
}
const cancel: TransactionRequest = { purpose: 'cancel', batchId: 'batch-1' }
const highest = { maxFeePerGas: 40 * GWEI, maxPriorityFeePerGas: 3 * GWEI }

describe('signing', () => {
  it("signs a batch's transaction at the market's fees", async () => {
    const attempt = await attempted()
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
    expect(attempt.signedAt).toBe(NOW)
  })

  it('signs a cancel: nothing, to itself, with the least gas, above the highest fees that were tried', async () => {
    const attempt = await attempted({ request: cancel, highest })
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

  it('signs the cancel of a gap at the fees of a first transaction', async () => {
    const [first, filler] = [await attempted(), await attempted({ request: cancel })]
    const { maxFeePerGas, maxPriorityFeePerGas } = first
    expect(filler).toMatchObject({ purpose: 'cancel', maxFeePerGas, maxPriorityFeePerGas })
  })

  it('trap 5: signs nothing where the fee cap leaves no room, not even a cancel', async () => {
    const capped = { maxFeePerGas: 41 * GWEI }
    for (const request of [own, cancel]) {
      expect(await sign({ request, highest }, capped)).toEqual({ type: 'capped' })
    }
  })

  it('trap 18: signs nothing that the balance does not cover at the highest fee', async () => {
    const { address } = chain.client.account
    await chain.client.setBalance({ address, value: parseEther('0.0001') })
    expect(await sign()).toEqual({ type: 'unaffordable', balance: '100000000000000' })
    expect((await sign({ request: cancel })).type).toBe('signed')
  })

  it('fails when the chain does not answer', async () => {
    const lift = proxy.impose(forMethod('eth_feeHistory', () => LIMIT))
    await expect(sign()).rejects.toSatisfy(isUnavailable)
    lift()
  })
})

describe('broadcasting', () => {
  const next = () => chain.client.getTransactionCount({ address: chain.client.account.address })
  const put = (attempt: TransactionAttempt) => broadcast(readerOf(chain, proxy.url), attempt)
  const mine = () => chain.client.mine({ blocks: 1 })

  beforeEach(() => chain.client.setAutomine(false))

  afterEach(async () => {
    await mine()
    await chain.client.setAutomine(true)
  })

  it('trap 2: takes it for success that the node has the bytes already', async () => {
    const attempt = await attempted({ request: cancel, nonce: await next() })
    expect([await put(attempt), await put(attempt)]).toEqual(['accepted', 'accepted'])
  })

  it('trap 3: tells that the nonce is consumed', async () => {
    const attempt = await attempted({ request: cancel, nonce: await next() })
    expect(await put(attempt)).toBe('accepted')
    await mine()
    expect(await put(attempt)).toBe('nonceConsumed')
    const late = await attempted({ request: cancel, nonce: attempt.nonce, highest })
    expect(await put(late)).toBe('nonceConsumed')
  })

  it('trap 4: has a cancel take the place of the batch, as it outbids both fields', async () => {
    const nonce = await next()
    const first = await attempted({ nonce })
    const second = await attempted({ request: cancel, nonce, highest: first })
    expect([await put(first), await put(second)]).toEqual(['accepted', 'accepted'])
    expect(await put(await attempted({ nonce }))).toBe('underpriced')
    await mine()
    const { status } = await chain.client.getTransactionReceipt({ hash: second.hash })
    expect(status).toBe('success')
  })

  it('trap 2: fails when the node did not answer: the bytes may be in its pool all the same', async () => {
    const attempt = await attempted({ request: cancel, nonce: await next() })
    const lift = proxy.impose(forMethod('eth_sendRawTransaction', () => LIMIT))
    await expect(put(attempt)).rejects.toSatisfy(isUnavailable)
    lift()
  })
})
