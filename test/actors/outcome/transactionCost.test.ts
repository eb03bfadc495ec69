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

/** The receipt of a plain transfer through a proxy that adds fields. */
async function receiptWith(fields: object) {
  const { transactionHash } = await node.client.sendTransactionSync({ to: STRANGER, gas: 21_000n })
  const plain = plainClient(node.rpcUrl)
  const raw = await plain.request({ method: 'eth_getTransactionReceipt', params: [transactionHash] })
  const proxy = await startRpcProxy(node.rpcUrl)
  proxy.impose(forMethod('eth_getTransactionReceipt', () => ({ result: { ...raw, ...fields } })))
  const receipt = await readReceipt(plainClient(proxy.url), transactionHash).finally(() => proxy.close())
  if (receipt === null) throw new Error('no receipt')
  return receipt
}

describe('the cost of a transaction', () => {
  it('is the gas at the effective price of the receipt, and no other fee on a chain without a rollup', async () => {
    const sent = await node.client.sendTransactionSync({ to: STRANGER, gas: 21_000n, value: 1n })
    const receipt = await readReceipt(plainClient(node.rpcUrl), sent.transactionHash)
    expect(receipt && costOf(receipt)).toEqual({
      effectiveGasPrice: Number(sent.effectiveGasPrice),
      gasFee: String(21_000n * sent.effectiveGasPrice),
      l1Fee: null,
      operatorFee: null,
    })
  })

  it('has the L1 fee of a rollup', async () => {
    expect(costOf(await receiptWith({ l1Fee: '0x3e8' }))).toMatchObject({ l1Fee: '1000', operatorFee: null })
  })

  it('has the operator fee of a rollup, in the unit of its upgrade', async () => {
    const scale = { operatorFeeScalar: '0x1e8480', operatorFeeConstant: '0x5' }
    expect(costOf(await receiptWith(scale))).toMatchObject({ operatorFee: '42005' })
    const jovian = { ...scale, operatorFeeScalar: '0x2', daFootprintGasScalar: '0x190' }
    expect(costOf(await receiptWith(jovian))).toMatchObject({ operatorFee: '4200005' })
    expect(costOf(await receiptWith({ operatorFeeConstant: '0x7' }))).toMatchObject({ operatorFee: '7' })
  })
})
