import { BaseError, ContractFunctionRevertedError, encodeFunctionData, type Hex, pad, toHex } from 'viem'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Multicall3 } from '../../contracts/artifacts/Multicall3.ts'
import { MULTICALL3_ADDRESS as address } from '../../src/evm/multicall.ts'
import { startNode, type TestNode } from '../support/node.ts'

const { abi } = Multicall3
const FAILED = 'Multicall3: call failed'
/** An unused address that can receive ether. */
const PURSE = '0x00000000000000000000000000000000000000fe'

/** Calls of Multicall3 to itself: a known function succeeds and an unknown selector fails. */
const good = { target: address, callData: encodeFunctionData({ abi, functionName: 'getChainId' }) }
const bad = { target: address, callData: '0xdeadbeef' } as const
const answered = { success: true, returnData: pad(toHex(31_337)) }
const failed = { success: false, returnData: '0x' as Hex }

let node: TestNode

beforeAll(async () => {
  node = await startNode()
  await node.client.setCode({ address, bytecode: Multicall3.deployedBytecode })
  await node.client.mine({ blocks: 3 })
})

afterAll(() => node.stop())

/** The revert reason of a call. */
async function refusal(call: Promise<unknown>): Promise<string | undefined> {
  const error: unknown = await call.then(
    () => null,
    (reason) => reason,
  )
  const reverted =
    error instanceof BaseError ? error.walk((e) => e instanceof ContractFunctionRevertedError) : null
  return reverted instanceof ContractFunctionRevertedError ? reverted.reason : undefined
}

describe('Multicall3', () => {
  it('aggregate makes all calls, or reverts if any call fails', async () => {
    const { client } = node
    const { result } = await client.simulateContract({
      address,
      abi,
      functionName: 'aggregate',
      args: [[good, good]],
    })
    expect(result).toEqual([expect.any(BigInt), [answered.returnData, answered.returnData]])
    const poisoned = client.simulateContract({ address, abi, functionName: 'aggregate', args: [[good, bad]] })
    expect(await refusal(poisoned)).toBe(FAILED)
  })

  it('aggregate3 reverts only for a failed call without allowFailure', async () => {
    const { client } = node
    const may = (allowFailure: boolean) =>
      client.simulateContract({
        ...{ address, abi, functionName: 'aggregate3' },
        args: [
          [
            { ...bad, allowFailure },
            { ...good, allowFailure: false },
          ],
        ],
      })
    expect((await may(true)).result).toEqual([failed, answered])
    expect(await refusal(may(false))).toBe(FAILED)
  })

  it('the try functions revert for a failed call only if success is required, and return the block', async () => {
    const { client } = node
    const tried = await client.simulateContract({
      address,
      abi,
      functionName: 'tryAggregate',
      args: [false, [bad, good]],
    })
    expect(tried.result).toEqual([failed, answered])
    const block = await client.simulateContract({
      ...{ address, abi, functionName: 'tryBlockAndAggregate' },
      args: [false, [good, bad]],
    })
    expect(block.result).toEqual([expect.any(BigInt), pad('0x'), [answered, failed]])
    const sound = await client.simulateContract({
      address,
      abi,
      functionName: 'blockAndAggregate',
      args: [[good]],
    })
    expect(sound.result).toEqual([expect.any(BigInt), pad('0x'), [answered]])
    const required = [
      () => client.simulateContract({ address, abi, functionName: 'tryAggregate', args: [true, [bad]] }),
      () =>
        client.simulateContract({ address, abi, functionName: 'tryBlockAndAggregate', args: [true, [bad]] }),
      () => client.simulateContract({ address, abi, functionName: 'blockAndAggregate', args: [[bad]] }),
    ]
    for (const call of required) expect(await refusal(call())).toBe(FAILED)
  })

  it('aggregate3Value sends the values, whose sum must be the value of the transaction', async () => {
    const { client } = node
    const send = (value: bigint) =>
      client.simulateContract({
        ...{ address, abi, functionName: 'aggregate3Value', value },
        args: [
          [
            { target: PURSE, allowFailure: false, value: 3n, callData: '0x' },
            { ...bad, allowFailure: true, value: 0n },
            { target: PURSE, allowFailure: false, value: 4n, callData: '0x' },
          ],
        ],
      })
    const { request, result } = await send(7n)
    expect(result.map(({ success }) => success)).toEqual([true, false, true])
    await client.writeContractSync(request)
    expect(await client.getBalance({ address: PURSE })).toBe(7n)
    expect(await refusal(send(8n))).toBe('Multicall3: value mismatch')
    expect(await client.readContract({ address, abi, functionName: 'getEthBalance', args: [PURSE] })).toBe(7n)
  })

  it('the views return the data of the current block', async () => {
    const { client } = node
    const { number, baseFeePerGas, gasLimit, timestamp, miner, parentHash, mixHash } = await client.getBlock()
    const at = { address, abi, blockNumber: number } as const
    expect(await client.readContract({ ...at, functionName: 'getBlockNumber' })).toBe(number)
    expect(await client.readContract({ ...at, functionName: 'getCurrentBlockGasLimit' })).toBe(gasLimit)
    expect(await client.readContract({ ...at, functionName: 'getCurrentBlockTimestamp' })).toBe(timestamp)
    expect(
      (await client.readContract({ ...at, functionName: 'getCurrentBlockCoinbase' })).toLowerCase(),
    ).toBe(miner)
    expect(await client.readContract({ ...at, functionName: 'getLastBlockHash' })).toBe(parentHash)
    expect(await client.readContract({ ...at, functionName: 'getBlockHash', args: [number - 1n] })).toBe(
      parentHash,
    )
    expect(await client.readContract({ ...at, functionName: 'getBasefee' })).toBe(baseFeePerGas)
    expect(await client.readContract({ ...at, functionName: 'getCurrentBlockDifficulty' })).toBe(
      BigInt(mixHash ?? 0),
    )
  })
})
