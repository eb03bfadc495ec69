import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readReceipt } from '../../../src/actors/outcome/readReceipt.ts'
import { costOf } from '../../../src/actors/outcome/transactionCost.ts'
import { STRANGER } from '../../support/accounts.ts'
import { plainClient, startNode, type TestNode } from '../../support/node.ts'
import { forMethod, startRpcProxy } from '../../support/rpcProxy.ts'

let node: TestNode

beforeAll(async () => {
  node = await startNode()
})

afterAll(() => node.stop())

describe('the cost of a transaction', () => {
  it('is the effective gas price of the receipt, and no L1 fee on a chain without a rollup', async () => {
    const sent = await node.client.sendTransactionSync({ to: STRANGER, gas: 21_000n, value: 1n })
    const receipt = await readReceipt(plainClient(node.rpcUrl), sent.transactionHash)
    expect(receipt && costOf(receipt)).toEqual({
      effectiveGasPrice: Number(sent.effectiveGasPrice),
      l1Fee: null,
    })
  })

  it('has the L1 fee of a rollup', async () => {
    const { transactionHash } = await node.client.sendTransactionSync({ to: STRANGER, gas: 21_000n })
    const plain = plainClient(node.rpcUrl)
    const raw = await plain.request({ method: 'eth_getTransactionReceipt', params: [transactionHash] })
    const proxy = await startRpcProxy(node.rpcUrl)
    proxy.impose(forMethod('eth_getTransactionReceipt', () => ({ result: { ...raw, l1Fee: '0x3e8' } })))
    const receipt = await readReceipt(plainClient(proxy.url), transactionHash)
    expect(receipt && costOf(receipt)).toMatchObject({ l1Fee: '1000' })
    await proxy.close()
  })
})
