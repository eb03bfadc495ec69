import { createPublicClient, custom, MethodNotFoundRpcError, RpcRequestError, TimeoutError } from 'viem'
import { describe, expect, it } from 'vitest'
import { readMarketFees } from '../../../src/actors/signing/marketFees.ts'

const HEAD = { number: '0x7', hash: `0x${'b'.repeat(64)}`, baseFeePerGas: '0x64', transactions: [] }
const HISTORY = { oldestBlock: '0x3', baseFeePerGas: ['0x50', '0x78'], reward: [['0x9'], ['0x3'], ['0x5']] }

function refusal(message: string): RpcRequestError {
  return new RpcRequestError({ body: {}, url: 'node', error: { code: -32000, message } })
}

/** Reads the fees from a node with the given answers. A method without an answer is missing. */
function read(answers: Readonly<Record<string, unknown>>) {
  const request = async ({ method }: { readonly method: string }) => {
    const all: Readonly<Record<string, unknown>> = { eth_getBlockByNumber: HEAD, ...answers }
    const answer = all[method]
    if (answer instanceof Error) throw answer
    if (!(method in all)) throw new MethodNotFoundRpcError(refusal(`the method ${method} does not exist`))
    return answer
  }
  return readMarketFees(createPublicClient({ transport: custom({ request }, { retryCount: 0 }) }), 50)
}

describe("the market's fees", () => {
  it('are the base fee of the next block and the median tip', async () => {
    expect(await read({ eth_feeHistory: HISTORY })).toEqual({ baseFee: 0x78, priorityFee: 5 })
  })

  it("have the node's suggestion as tip, if that is higher", async () => {
    const fees = await read({ eth_feeHistory: HISTORY, eth_maxPriorityFeePerGas: '0x8' })
    expect(fees.priorityFee).toBe(8)
  })

  it('never have a base fee below that of the head', async () => {
    const old = { ...HISTORY, baseFeePerGas: ['0x1', '0x2'] }
    expect((await read({ eth_feeHistory: old })).baseFee).toBe(0x64)
  })

  it('have a tip of at least 1 wei', async () => {
    expect(await read({ eth_feeHistory: { ...HISTORY, reward: [['0x0']] } })).toMatchObject({
      priorityFee: 1,
    })
  })

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['without the method', {}],
    ['that is null', { eth_feeHistory: null }],
    ['that is empty', { eth_feeHistory: { oldestBlock: '0x0', baseFeePerGas: [], reward: [] } }],
    ['without fields', { eth_feeHistory: {} }],
    ['with a malformed base fee', { eth_feeHistory: { ...HISTORY, baseFeePerGas: ['0x1', 'high'] } }],
    ['with a malformed tip', { eth_feeHistory: { ...HISTORY, reward: [['low']] } }],
    ['that the node refuses', { eth_feeHistory: refusal('not available') }],
  ])("follow from the head and the node's suggestion for a fee history %s", async (_, history) => {
    expect(await read({ ...history, eth_maxPriorityFeePerGas: '0x6' })).toEqual({
      baseFee: 0x64,
      priorityFee: 6,
    })
    // Without a suggestion, from the gas price, which covers base fee and tip.
    expect(await read({ ...history, eth_gasPrice: '0x6b' })).toEqual({ baseFee: 0x64, priorityFee: 7 })
  })

  it('follow from the gas price alone on a chain without a base fee', async () => {
    const { baseFeePerGas: _, ...head } = HEAD
    const fees = await read({ eth_getBlockByNumber: head, eth_gasPrice: '0x6b' })
    expect(fees).toEqual({ baseFee: 0, priorityFee: 0x6b })
  })

  it('are not known when the node does not answer', async () => {
    const hangs = { eth_feeHistory: new TimeoutError({ url: 'node', body: {} }) }
    await expect(read({ ...hangs, eth_gasPrice: '0x6b' })).rejects.toThrow('timed out')
  })

  it('are not known when the node knows no price at all', async () => {
    await expect(read({ eth_gasPrice: null })).rejects.toThrow(
      'the node answers eth_gasPrice with null instead of a number',
    )
  })
})
