import type { Hash } from 'viem'
import { numberToHex } from 'viem'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { readInclusion } from '../../src/actors/readInclusion.ts'
import { STRANGER } from '../support/accounts.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import { readerOf } from '../support/reader.ts'
import { forMethod, type RpcProxy, startRpcProxy } from '../support/rpcProxy.ts'
import { pinned, runActor } from '../support/runActor.ts'

let chain: TestChain
let proxy: RpcProxy

beforeAll(async () => {
  chain = await startTestChain()
  proxy = await startRpcProxy(chain.rpcUrl)
})

afterAll(async () => {
  await proxy.close()
  await chain.stop()
})

/** Removes the proxy rules of a test. */
const lifts: (() => void)[] = []

afterEach(() => {
  for (const lift of lifts.splice(0)) lift()
})

function impose(...rule: Parameters<typeof forMethod>): void {
  lifts.push(proxy.impose(forMethod(...rule)))
}

/** The hash of no transaction. */
const NEVER: Hash = `0x${'9'.repeat(64)}`

const UNKNOWN_STATE = { code: -32000, message: 'missing trie node 00' }

/** The wallet sends a transaction. The chain includes the transaction at once. */
async function send(): Promise<{ readonly hash: Hash; readonly nonce: number }> {
  const { transactionHash: hash } = await chain.client.sendTransactionSync({ to: STRANGER, gas: 21_000n })
  const { nonce } = await chain.client.getTransaction({ hash })
  return { hash, nonce }
}

const mine = (blocks: number) => chain.client.mine({ blocks })
const head = async () => Number(await chain.client.getBlockNumber({ cacheTime: 0 }))

/** Reads through the proxy. */
async function read(nonce: number, hashes: readonly Hash[], confirmations = 0) {
  const wallet = chain.client.account.address
  const logic = readInclusion({ endpoints: pinned(readerOf(chain, proxy.url)), wallet })
  return runActor(logic, { hashes, nonce, settledBlock: (await head()) - confirmations })
}

/** The node has no receipts, like a node with a lagging or pruned index. */
function loseReceipts(): void {
  impose('eth_getTransactionReceipt', () => ({ result: null }))
}

async function inclusionOf(hash: Hash) {
  const { blockNumber, blockHash } = await chain.client.getTransactionReceipt({ hash })
  return { txHash: hash, blockNumber: Number(blockNumber), blockHash }
}

describe('the inclusion of a batch', () => {
  it('is found by the receipt of any hash of the batch', async () => {
    const { hash, nonce } = await send()
    await mine(2)
    expect(await read(nonce, [NEVER, hash])).toEqual({
      inclusion: await inclusionOf(hash),
      consumedBy: null,
      blockNumber: await head(),
    })
  })

  it('is not found while the nonce is free', async () => {
    const { nonce } = await send()
    expect(await read(nonce + 1, [NEVER])).toEqual({
      inclusion: null,
      consumedBy: null,
      blockNumber: await head(),
    })
  })

  const INDEXING = { code: -32000, message: 'transaction indexing is in progress' }

  /** The node gives an answer instead of the receipt of a hash. */
  const answerFor = (hash: Hash, answer: ReturnType<Parameters<typeof forMethod>[1]>) =>
    impose('eth_getTransactionReceipt', ([asked]) => (asked === hash ? answer : null))

  it('is found by another hash when the receipt of one hash is unreadable', async () => {
    const { hash, nonce } = await send()
    answerFor(NEVER, INDEXING)
    expect(await read(nonce, [NEVER, hash])).toMatchObject({ inclusion: await inclusionOf(hash) })
  })

  it.each<[string, (receipt: object) => ReturnType<Parameters<typeof forMethod>[1]>]>([
    ['the receipt is unreadable', () => INDEXING],
    [
      'the receipt names no block',
      (receipt) => ({ result: { ...receipt, blockHash: null, blockNumber: null } }),
    ],
  ])('is not known yet when %s, and the nonce shows nothing', async (_name, answer) => {
    const { hash, nonce } = await send()
    const receipt = await readerOf(chain).request({ method: 'eth_getTransactionReceipt', params: [hash] })
    answerFor(hash, answer({ ...receipt }))
    await expect(read(nonce, [NEVER, hash], 3)).rejects.toThrow()
  })

  it('is found by the consumed nonce when the receipt is unreadable', async () => {
    const { hash, nonce } = await send()
    answerFor(hash, INDEXING)
    expect(await read(nonce, [hash])).toMatchObject({ inclusion: await inclusionOf(hash), consumedBy: null })
  })

  it('is not known yet when a receipt is unreadable and the consumer of the nonce is unknown', async () => {
    const { hash, nonce } = await send()
    await mine(3)
    const newest = await head()
    impose('eth_getTransactionCount', ([, block]) => (Number(block) < newest - 1 ? UNKNOWN_STATE : null))
    answerFor(hash, INDEXING)
    await expect(read(nonce, [hash])).rejects.toThrow('indexing')
  })

  it('is unknown when the chain does not answer: the read fails', async () => {
    const { hash, nonce } = await send()
    loseReceipts()
    impose('eth_getTransactionCount', () => ({ code: -32005, message: 'limit exceeded' }))
    await expect(read(nonce, [hash])).rejects.toThrow('limit exceeded')
  })
})

describe('a consumed nonce without a receipt', () => {
  it('is resolved by the block that consumed the nonce', async () => {
    const { hash, nonce } = await send()
    for (const blocks of [1, 4]) {
      await mine(blocks)
      await send()
    }
    loseReceipts()
    expect(await read(nonce, [NEVER, hash])).toEqual({
      inclusion: await inclusionOf(hash),
      consumedBy: null,
      blockNumber: await head(),
    })
  })

  it('is resolved when the oldest states are pruned', async () => {
    const { hash, nonce } = await send()
    await mine(3)
    const { blockNumber } = await inclusionOf(hash)
    loseReceipts()
    impose('eth_getTransactionCount', ([, block]) => (Number(block) < blockNumber ? UNKNOWN_STATE : null))
    expect(await read(nonce, [hash])).toMatchObject({ inclusion: { txHash: hash, blockNumber } })
  })
})

describe('a nonce consumed by a foreign transaction', () => {
  it('is reported with the hash of the foreign transaction', async () => {
    const { hash, nonce } = await send()
    await mine(2)
    await send()
    expect(await read(nonce, [NEVER])).toEqual({
      inclusion: null,
      consumedBy: hash,
      blockNumber: await head(),
    })
  })

  it('is not reported before the confirmation depth', async () => {
    const { hash, nonce } = await send()
    await mine(2)
    expect(await read(nonce, [NEVER], 3)).toMatchObject({ inclusion: null, consumedBy: null })
    await mine(1)
    expect(await read(nonce, [NEVER], 3)).toMatchObject({ inclusion: null, consumedBy: hash })
  })

  it('is reported as unknown when the state before is pruned', async () => {
    const { nonce } = await send()
    await mine(3)
    const newest = await head()
    impose('eth_getTransactionCount', ([, block]) => (Number(block) < newest - 1 ? UNKNOWN_STATE : null))
    expect(await read(nonce, [NEVER])).toMatchObject({ inclusion: null, consumedBy: 'unknown' })
  })

  it('is not known yet while a node that lags contradicts its own block', async () => {
    const { nonce } = await send()
    await mine(3)
    const newest = await head()
    impose('eth_getTransactionCount', ([, block]) =>
      Number(block) < newest ? { result: numberToHex(nonce) } : null,
    )
    await expect(read(nonce, [NEVER])).rejects.toThrow('contradict')
  })

  it('is reported as unknown when consumed before the searched blocks', async () => {
    const { nonce } = await send()
    await mine(130)
    expect(await read(nonce, [NEVER])).toMatchObject({ inclusion: null, consumedBy: 'unknown' })
    await send()
    const last = await send()
    expect(await read(last.nonce, [NEVER])).toMatchObject({ consumedBy: last.hash })
  })
})
