import type { Hash } from 'viem'
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

/** Rules of a test. */
const lifts: (() => void)[] = []

afterEach(() => {
  for (const lift of lifts.splice(0)) lift()
})

function impose(...rule: Parameters<typeof forMethod>): void {
  lifts.push(proxy.impose(forMethod(...rule)))
}

/** No transaction of this hash was ever sent. */
const NEVER: Hash = `0x${'9'.repeat(64)}`

const UNKNOWN_STATE = { code: -32000, message: 'missing trie node 00' }

/** The wallet sends something, which is mined at once. */
async function send(): Promise<{ readonly hash: Hash; readonly nonce: number }> {
  const { transactionHash: hash } = await chain.client.sendTransactionSync({ to: STRANGER, gas: 21_000n })
  const { nonce } = await chain.client.getTransaction({ hash })
  return { hash, nonce }
}

const mine = (blocks: number) => chain.client.mine({ blocks })
const head = async () => Number(await chain.client.getBlockNumber({ cacheTime: 0 }))

/** Reads through the proxy. */
function read(nonce: number, hashes: readonly Hash[], confirmations = 0) {
  const wallet = chain.client.account.address
  const logic = readInclusion({ endpoints: pinned(readerOf(chain, proxy.url)), wallet })
  return runActor(logic, { hashes, nonce, confirmations })
}

/** No receipt is found any more, as on a node whose index lags behind or has been pruned. */
function loseReceipts(): void {
  impose('eth_getTransactionReceipt', () => ({ result: null }))
}

async function inclusionOf(hash: Hash) {
  const { blockNumber, blockHash } = await chain.client.getTransactionReceipt({ hash })
  return { txHash: hash, blockNumber: Number(blockNumber), blockHash }
}

describe('a look for a transaction', () => {
  it('finds its receipt, whichever of the hashes it is', async () => {
    const { hash, nonce } = await send()
    await mine(2)
    expect(await read(nonce, [NEVER, hash])).toEqual({
      inclusion: await inclusionOf(hash),
      consumedBy: null,
      blockNumber: await head(),
    })
  })

  it('finds nothing of a nonce that is free, and nobody who has it', async () => {
    const { nonce } = await send()
    expect(await read(nonce + 1, [NEVER])).toEqual({
      inclusion: null,
      consumedBy: null,
      blockNumber: await head(),
    })
  })

  it('fails when the chain does not answer: that is no evidence', async () => {
    const { hash, nonce } = await send()
    loseReceipts()
    impose('eth_getTransactionCount', () => ({ code: -32005, message: 'limit exceeded' }))
    await expect(read(nonce, [hash])).rejects.toThrow('limit exceeded')
  })
})

describe('trap 6: a look that finds no receipt although the nonce is consumed', () => {
  it('finds the transaction in the block that consumed it', async () => {
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

  it('finds it by what is known of older states, where the oldest are forgotten', async () => {
    const { hash, nonce } = await send()
    await mine(3)
    const { blockNumber } = await inclusionOf(hash)
    loseReceipts()
    impose('eth_getTransactionCount', ([, block]) => (Number(block) < blockNumber ? UNKNOWN_STATE : null))
    expect(await read(nonce, [hash])).toMatchObject({ inclusion: { txHash: hash, blockNumber } })
  })
})

describe('trap 3: a look for a nonce that somebody else has consumed', () => {
  it('tells by which transaction', async () => {
    const { hash, nonce } = await send()
    await mine(2)
    await send()
    expect(await read(nonce, [NEVER])).toEqual({
      inclusion: null,
      consumedBy: hash,
      blockNumber: await head(),
    })
  })

  it('does not tell before that is deep enough to count', async () => {
    const { hash, nonce } = await send()
    await mine(2)
    expect(await read(nonce, [NEVER], 3)).toMatchObject({ inclusion: null, consumedBy: null })
    await mine(1)
    expect(await read(nonce, [NEVER], 3)).toMatchObject({ inclusion: null, consumedBy: hash })
  })

  it('does not know by which when the state from before is forgotten', async () => {
    const { nonce } = await send()
    await mine(3)
    const newest = await head()
    impose('eth_getTransactionCount', ([, block]) => (Number(block) < newest - 1 ? UNKNOWN_STATE : null))
    expect(await read(nonce, [NEVER])).toMatchObject({ inclusion: null, consumedBy: 'unknown' })
  })

  it('does not know by which when it was longer ago than nodes remember, this one itself among them', async () => {
    const { nonce } = await send()
    await mine(130)
    expect(await read(nonce, [NEVER])).toMatchObject({ inclusion: null, consumedBy: 'unknown' })
    await send()
    const last = await send()
    expect(await read(last.nonce, [NEVER])).toMatchObject({ consumedBy: last.hash })
  })
})
