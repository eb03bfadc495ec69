/**
 * The ways in which a node can be made to run calls one after another and tell what became of each, from the best to the
 * last resort. `simulator.ts` finds out which of them an endpoint takes.
 */
import { BaseError, decodeFunctionResult, type Hash, type Hex, type RpcBlockIdentifier } from 'viem'
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
 * @param blockHash in whose state to run (EIP-1898: by its number a node would answer for whichever branch it is on); the
 *   latest when absent
 * @throws viem's error when the node does not answer or does not have that block, or refuses the calls as a whole
 */
export type Simulate = (
  calls: readonly SimulatedCall[],
  blockHash?: Hash,
) => Promise<readonly SimulatedResult[]>

/** The simulator's code is put at Multicall3's address by a state override. */
export function overridden(client: ChainClient, multicall: Address): Simulate {
  return async (calls, blockHash) => {
    const block: 'latest' | RpcBlockIdentifier = blockHash === undefined ? 'latest' : { blockHash }
    const overrides = { [multicall]: { code: simulatorCode } }
    const answer: Hex = await client.request({
      method: 'eth_call',
      params: [{ to: multicall, data: encodeSimulation(calls) }, block, overrides],
    })
    return decodeSimulation(answer)
  }
}

/** It runs as the code of a creation: the calls come from an address that nobody has, and fit in 48 KiB (EIP-3860). */
export function deployless(client: ChainClient): Simulate {
  return async (calls, blockHash) =>
    decodeSimulation(
      await call(client, { code: simulatorInitCode, data: encodeSimulation(calls) }, blockHash),
    )
}

/**
 * Multicall3 itself makes the calls, which tells what became of each and not what it took. That is estimated for each
 * alone; one that passes only after others is taken for as dear as the dearest.
 */
export function plainly(client: ChainClient, multicall: Address): Simulate {
  const run = async (calls: readonly SimulatedCall[], blockHash?: Hash) => {
    const data = await call(client, { to: multicall, data: encodeAggregate3(calls) }, blockHash)
    const results = decodeFunctionResult({ abi: multicallAbi, functionName: 'aggregate3', data })
    if (results.length !== calls.length) throw new BaseError('Multicall3 did not return as many results.')
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
    const dearest = Math.max(0, ...gas.map((each) => each ?? 0))
    return results.map((result, index) => ({
      success: result?.success ?? false,
      returnData: result?.returnData ?? '0x',
      gasUsed: gas[index] ?? dearest,
    }))
  }
}

/** What a call takes alone, which includes what a transaction pays for being one; null when alone it does not pass. */
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
