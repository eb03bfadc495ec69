import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readAccount } from '../../src/actors/readAccount.ts'
import { STRANGER } from '../support/accounts.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import { readerOf } from '../support/reader.ts'
import { forMethod, startRpcProxy } from '../support/rpcProxy.ts'
import { pinned, runActor } from '../support/runActor.ts'

const NOW = 7_000

let chain: TestChain

beforeAll(async () => {
  chain = await startTestChain()
})

afterAll(() => chain.stop())

function read(blockNumber: number | null, url = chain.rpcUrl) {
  const logic = readAccount({ endpoints: pinned(readerOf(chain, url)), now: () => NOW })
  return runActor(logic, { address: chain.client.account.address, blockNumber })
}

describe('reading the account', () => {
  it('returns nonce and balance in the state of a block, and the number of the block', async () => {
    const before = await read(null)
    await chain.client.sendTransactionSync({ to: STRANGER, gas: 21_000n, value: 1n })
    const after = await read(null)
    expect(after).toMatchObject({
      chainNonce: before.chainNonce + 1,
      blockNumber: before.blockNumber + 1,
      at: NOW,
    })
    expect(BigInt(after.balance)).toBeLessThan(BigInt(before.balance))
    expect(await read(before.blockNumber)).toEqual(before)
  })

  it('fails for a block missing at the endpoint', async () => {
    const { blockNumber } = await read(null)
    await expect(read(blockNumber + 1)).rejects.toThrow()
  })

  it.each(['eth_getBalance', 'eth_getTransactionCount'])(
    'fails with a reason if %s is null',
    async (method) => {
      const proxy = await startRpcProxy(chain.rpcUrl)
      proxy.impose(forMethod(method, () => ({ result: null })))
      await expect(read(null, proxy.url)).rejects.toThrow(
        `the node answers ${method} with null instead of a number`,
      )
      await proxy.close()
    },
  )
})
