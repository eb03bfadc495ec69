import { encodeFunctionData, type Hex, parseAbi, toFunctionSelector } from 'viem'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createRollupFees, GAS_PRICE_ORACLE } from '../../../src/actors/signing/rollupFees.ts'
import { isUnavailable } from '../../../src/rpc/chainClient.ts'
import { plainClient, startNode, type TestNode } from '../../support/node.ts'
import { forMethod, methodsOf, type RpcProxy, startRpcProxy } from '../../support/rpcProxy.ts'

let node: TestNode
let proxy: RpcProxy

beforeAll(async () => {
  node = await startNode()
  proxy = await startRpcProxy(node.rpcUrl)
})

afterAll(async () => {
  await proxy.close()
  await node.stop()
})

/** What a function of the contract answers: its argument times the factor, or the length of its bytes. */
type Answers = Readonly<Record<string, number>>

/**
 * Code of a contract: for each selector, returns the word after the selector times a factor. Other functions revert. The word of
 * `getL1Fee(bytes)` is the offset of the bytes, 32.
 */
function contractCode(answers: Answers): Hex {
  const functions = Object.entries(answers)
  const dispatch = functions.map(([signature], index) => {
    // DUP1 PUSH4 selector EQ PUSH1 target JUMPI
    const target = 5 + functions.length * 10 + 4 + index * 15
    return `8063${toFunctionSelector(signature).slice(2)}1460${byte(target)}57`
  })
  // JUMPDEST PUSH1 4 CALLDATALOAD PUSH2 factor MUL PUSH0 MSTORE PUSH1 32 PUSH0 RETURN STOP
  const bodies = functions.map(([, factor]) => `5b600435${push2(factor)}025f5260205ff300`)
  // PUSH0 CALLDATALOAD PUSH1 224 SHR; PUSH0 PUSH0 REVERT STOP after the dispatch
  return `0x5f3560e01c${dispatch.join('')}5f5ffd00${bodies.join('')}`
}

const byte = (value: number) => value.toString(16).padStart(2, '0')
const push2 = (value: number) => `61${value.toString(16).padStart(4, '0')}`

const install = (answers: Answers) =>
  node.client.setCode({ address: GAS_PRICE_ORACLE, bytecode: contractCode(answers) })

const TRANSACTION = { data: '0xdada', gasLimit: 21_000 } as const

describe('the fees of a rollup', () => {
  let read: () => Promise<bigint>

  beforeEach(() => {
    const readRollupFee = createRollupFees()
    read = () => readRollupFee(plainClient(proxy.url), TRANSACTION)
  })

  it('are zero on a chain without the contract, which is asked for once', async () => {
    await node.client.setCode({ address: GAS_PRICE_ORACLE, bytecode: '0x' })
    const before = proxy.seen.length
    expect([await read(), await read()]).toEqual([0n, 0n])
    expect(methodsOf(proxy).slice(before)).toEqual(['eth_getCode'])
  })

  it('are the upper bound of the data fee by size, and the operator fee by gas', async () => {
    await install({ 'getL1FeeUpperBound(uint256)': 1000, 'getOperatorFee(uint256)': 3 })
    const size = 100 + 2
    expect(await read()).toBe(BigInt(size * 1000 + 21_000 * 3))
  })

  it('are the data fee by the bytes alone before the upgrades', async () => {
    await install({ 'getL1Fee(bytes)': 500 })
    expect(await read()).toBe(BigInt(32 * 500))
    const calls = proxy.seen.filter(({ method }) => method === 'eth_call').map(({ params }) => params[0])
    const bytes: Hex = `0x${'ff'.repeat(100)}dada`
    const abi = parseAbi(['function getL1Fee(bytes) view returns (uint256)'])
    expect(calls.at(-1)).toMatchObject({ data: encodeFunctionData({ abi, args: [bytes] }) })
  })

  it('are not known when the chain does not answer', async () => {
    await install({ 'getL1FeeUpperBound(uint256)': 1000 })
    const lift = proxy.impose(forMethod('eth_call', () => ({ code: -32005, message: 'limit exceeded' })))
    await expect(read()).rejects.toSatisfy(isUnavailable)
    lift()
    expect(await read()).toBe(BigInt(102 * 1000))
  })
})
