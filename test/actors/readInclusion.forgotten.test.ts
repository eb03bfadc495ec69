/** The consumer of a nonce, read from a node with the state of only the last blocks. */
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type InclusionInput, readInclusion } from '../../src/actors/readInclusion.ts'
import type { Hash } from '../../src/domain/primitives.ts'
import type { ChainClient } from '../../src/rpc/chainClient.ts'
import { STRANGER } from '../support/accounts.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import { plainClient } from '../support/node.ts'
import { pinned, runActor } from '../support/runActor.ts'

/** More than the node remembers. */
const MANY_BLOCKS = 150
/** The hash of a signed transaction without inclusion. */
const OURS: Hash = `0x${'11'.repeat(32)}`

let chain: TestChain
let client: ChainClient

beforeAll(async () => {
  chain = await startTestChain()
  client = plainClient(chain.rpcUrl)
  await chain.client.mine({ blocks: MANY_BLOCKS })
})

afterAll(() => chain.stop())

async function read(input: Partial<InclusionInput>) {
  const wallet = privateKeyToAccount(chain.walletPrivateKey).address
  const logic = readInclusion({ endpoints: pinned(client), wallet })
  const head = Number(await chain.client.getBlockNumber({ cacheTime: 0 }))
  return runActor(logic, { hashes: [OURS], nonce: 0, settledBlock: head - 1, ...input })
}

describe('a nonce on a chain with pruned older states', () => {
  it('is free until a transaction consumes it', async () => {
    expect(await read({})).toMatchObject({ inclusion: null, consumedBy: null })
  })

  it('consumed by a foreign transaction is reported with the transaction hash', async () => {
    const { transactionHash } = await chain.client.sendTransactionSync({ to: STRANGER, nonce: 0 })
    await chain.client.mine({ blocks: 1 })
    expect(await read({})).toMatchObject({ inclusion: null, consumedBy: transactionHash })
  })

  it('consumed by an attempt of ours is reported with the inclusion', async () => {
    const { hash } = await client.getBlock({ blockNumber: BigInt(await head()) - 1n })
    const [ours] = (await client.getBlock({ blockHash: hash })).transactions
    expect(await read({ hashes: [OURS, ours ?? OURS] })).toMatchObject({
      inclusion: { txHash: ours, blockHash: hash },
      consumedBy: null,
    })
  })

  it('consumed before the oldest kept state is reported as unknown', async () => {
    await chain.client.mine({ blocks: MANY_BLOCKS })
    expect(await read({})).toMatchObject({ inclusion: null, consumedBy: 'unknown' })
  })
})

async function head(): Promise<number> {
  return Number(await client.getBlockNumber({ cacheTime: 0 }))
}
