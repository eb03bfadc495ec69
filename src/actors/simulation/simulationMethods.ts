/**
 * Three methods to run calls in sequence in a single simulation, best first. `simulator.ts` finds the best supported
 * method of an endpoint.
 */
import {
  BaseError,
  decodeFunctionResult,
  type Hash,
  type Hex,
  numberToHex,
  type RpcBlockIdentifier,
} from 'viem'
import type { Address, Gas } from '../../domain/primitives.ts'
import { encodeAggregate3, multicallAbi } from '../../evm/multicall.ts'
import {
  decodeSimulation,
  encodeSimulation,
  type SimulatedCall,
  type SimulatedResult,
  simulatorCode,
  simulatorInitCode,
} from '../../evm/simulator.ts'
import { type ChainClient, isUnavailable } from '../../rpc/chainClient.ts'

/**
 * Runs calls one after another.
 * @param blockHash of the state to run in; default: the latest block. By number a node would answer for the node's own
 *   branch (EIP-1898).
 * @returns one result per call, in call order
 * @throws viem's error when the node does not answer, lacks the block, or refuses the calls as a whole
 */
export type Simulate = (
  calls: readonly SimulatedCall[],
  blockHash?: Hash,
) => Promise<readonly SimulatedResult[]>

/**
 * Puts the simulator's code at Multicall3's address by a state override: the calls come from Multicall3's address.
 * @param gas limit of the simulation, as of a transaction; default: the node's limit
 */
export function simulateByOverride(client: ChainClient, multicall: Address, gas?: Gas): Simulate {
  return async (calls, blockHash) => {
    const block: 'latest' | RpcBlockIdentifier = blockHash === undefined ? 'latest' : { blockHash }
    const overrides = { [multicall]: { code: simulatorCode } }
    const request = { to: multicall, data: encodeSimulation(calls) }
    const answer: Hex = await client.request({
      method: 'eth_call',
      params: [gas === undefined ? request : { ...request, gas: numberToHex(gas) }, block, overrides],
    })
    return decodeSimulation(answer)
  }
}

/** Runs the simulator as the code of a contract creation. The calls come from an unused address; limit 48 KiB (EIP-3860). */
export function simulateByCreation(client: ChainClient): Simulate {
  return async (calls, blockHash) =>
    decodeSimulation(
      await call(client, { code: simulatorInitCode, data: encodeSimulation(calls) }, blockHash),
    )
}

/**
 * Makes the calls through Multicall3, which returns results without gas. The gas of each call is estimated alone. A
 * call that succeeds only after other calls has no estimate and gets the highest estimate of the batch.
 */
export function simulateByMulticall(client: ChainClient, multicall: Address): Simulate {
  const run = async (calls: readonly SimulatedCall[], blockHash?: Hash) => {
    const data = await call(client, { to: multicall, data: encodeAggregate3(calls) }, blockHash)
    const results = decodeFunctionResult({ abi: multicallAbi, functionName: 'aggregate3', data })
    if (results.length !== calls.length) throw new BaseError('Multicall3 did not return one result per call.')
    return results
  }

  return async (calls, blockHash) => {
    const lasting = calls.filter(({ isolated }) => !isolated)
    const together = await run(lasting, blockHash)
    const results = await Promise.all(
      calls.map(async (each, index) => {
        const before = calls.slice(0, index).filter(({ isolated }) => !isolated)
        return each.isolated ? (await run([...before, each], blockHash)).at(-1) : together[before.length]
      }),
    )
    const gas = await Promise.all(
      calls.map((each, index) => (results[index]?.success ? estimate(client, multicall, each) : 0)),
    )
    const highest = Math.max(0, ...gas.map((each) => each ?? 0))
    return results.map((result, index) => ({
      success: result?.success ?? false,
      returnData: result?.returnData ?? '0x',
      gasUsed: gas[index] ?? highest,
    }))
  }
}

/** Gas of a transaction with only this call, including the base cost; null when the call fails alone. */
async function estimate(
  client: ChainClient,
  multicall: Address,
  { target, callData }: SimulatedCall,
): Promise<Gas | null> {
  try {
    return Number(await client.estimateGas({ account: multicall, to: target, data: callData }))
  } catch (error) {
    if (isUnavailable(error)) throw error
    return null
  }
}

async function call(
  client: ChainClient,
  request: { readonly data: Hex } & ({ readonly to: Address } | { readonly code: Hex }),
  blockHash: Hash | undefined,
): Promise<Hex> {
  const { data = '0x' } = await client.call(blockHash === undefined ? request : { ...request, blockHash })
  return data
}
