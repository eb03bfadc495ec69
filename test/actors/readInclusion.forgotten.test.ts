/** Who has consumed a nonce, asked of a node that keeps the state of its last blocks only. */
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type InclusionQuestion, readInclusion } from '../../src/actors/readInclusion.ts'
import type { Hash } from '../../src/domain/primitives.ts'
import type { ChainClient } from '../../src/rpc/chainClient.ts'
import { STRANGER } from '../support/accounts.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import { plainClient } from '../support/node.ts'

/** More than the node remembers. */
const MANY_BLOCKS = 150
/** Of transactions that were signed and have not come to be mined. */
const OURS: Hash = `0x${'11'.repeat(32)}`

let chain: TestChain
let client: ChainClient

beforeAll(async () => {
  chain = await startTestChain()
  client = plainClient(chain.rpcUrl)
  await chain.client.mine({ blocks: MANY_BLOCKS })
})

afterAll(() => chain.stop())

const ask = (question: Partial<InclusionQuestion>) =>
  readInclusion(client, privateKeyToAccount(chain.walletPrivateKey).address, {
    hashes: [OURS],
    nonce: 0,
    confirmations: 1,
    ...question,
  })

describe('a nonce on a chain that is longer than its node remembers', () => {
  it('is free until something consumes it', async () => {
    expect(await ask({})).toMatchObject({ inclusion: null, consumedBy: null })
  })

  it('that a stranger has consumed is told with his transaction', async () => {
    const { transactionHash } = await chain.client.sendTransactionSync({ to: STRANGER, nonce: 0 })
    await chain.client.mine({ blocks: 1 })
    expect(await ask({})).toMatchObject({ inclusion: null, consumedBy: transactionHash })
  })

  it('that one of ours has consumed is told with that one', async () => {
    const { hash } = await client.getBlock({ blockNumber: BigInt(await head()) - 1n })
    const [ours] = (await client.getBlock({ blockHash: hash })).transactions
    expect(await ask({ hashes: [OURS, ours ?? OURS] })).toMatchObject({
      inclusion: { txHash: ours, blockHash: hash },
      consumedBy: null,
    })
  })

  it('that was consumed before the oldest block that the node remembers is told as such', async () => {
    await chain.client.mine({ blocks: MANY_BLOCKS })
    expect(await ask({})).toMatchObject({ inclusion: null, consumedBy: 'unknown' })
  })
})

async function head(): Promise<number> {
  return Number(await client.getBlockNumber({ cacheTime: 0 }))
}
