/** Simulates transactions in one block by `eth_simulateV1`. Unlike in one `eth_call`, each transaction starts with cold slots. */
import { BaseError, numberToHex } from 'viem'
import type { Address, Gas } from '../../domain/primitives.ts'
import {
  decodeSimulation,
  encodeSimulation,
  type SimulatedCall,
  type SimulatedResult,
  simulatorCode,
} from '../../evm/simulator.ts'
import { type ChainClient, isUnavailable } from '../../rpc/chainClient.ts'

export interface SimulatedTransaction {
  readonly calls: readonly SimulatedCall[]
  /** Gas limit; without one, the node gives what is left. */
  readonly gas?: Gas
}

/** Gas limit of the simulated block: more than the block gas limit of any chain with such a registry. */
const MOST_BLOCK_GAS: Gas = 200_000_000
/** The gas that a node allows to a simulation by default. Some nodes refuse a block with more. */
const USUAL_BLOCK_GAS: Gas = 50_000_000

/** The learnt gas limits of simulated blocks; 0 for an endpoint without `eth_simulateV1`. */
const learntBlockGas = new WeakMap<ChainClient, Gas>()

/** The gas limit of a simulated block at the endpoint, as far as known. */
export function simulatedBlockGas(client: ChainClient): Gas {
  return learntBlockGas.get(client) ?? MOST_BLOCK_GAS
}

/** The gas of a simulation did not suffice: the node allows less than it says. The next simulated blocks have the usual gas. */
export function noteGasShortage(client: ChainClient): void {
  learntBlockGas.set(client, Math.min(simulatedBlockGas(client), USUAL_BLOCK_GAS))
}

/**
 * Runs transactions one after another. The calls come from Multicall3's address, as with `simulateByOverride`. After a refusal
 * the next simulated blocks have the usual gas.
 * @returns the results of all calls, in order; null if the endpoint refuses the simulation. A transaction without gas has
 *   failed results.
 * @throws viem's error when the chain does not answer
 */
export async function simulateTransactions(
  client: ChainClient,
  multicall: Address,
  transactions: readonly SimulatedTransaction[],
): Promise<readonly SimulatedResult[] | null> {
  const blockGas = simulatedBlockGas(client)
  if (blockGas === 0) return null
  try {
    return await request(client, multicall, transactions, blockGas)
  } catch (error) {
    if (isUnavailable(error) && !isNotServed(error)) throw error
    // The refusal may be about the calls. A simulation without calls shows whether the method is supported.
    learntBlockGas.set(client, (await isSupported(client, multicall)) ? USUAL_BLOCK_GAS : 0)
    return null
  }
}

async function isSupported(client: ChainClient, multicall: Address): Promise<boolean> {
  try {
    await request(client, multicall, [], USUAL_BLOCK_GAS)
    return true
  } catch (error) {
    if (isUnavailable(error) && !isNotServed(error)) throw error
    return false
  }
}

/** Servers that refuse a method by its name answer with these HTTP statuses. */
const NOT_SERVED = new Set([400, 401, 403, 404, 405, 501])

function isNotServed(error: unknown): boolean {
  return error instanceof BaseError && error.walk((link) => NOT_SERVED.has(Object(link).status)) !== null
}

async function request(
  client: ChainClient,
  multicall: Address,
  transactions: readonly SimulatedTransaction[],
  blockGas: Gas,
): Promise<readonly SimulatedResult[]> {
  const block = {
    blockOverrides: { gasLimit: numberToHex(blockGas) },
    stateOverrides: { [multicall]: { code: simulatorCode } },
    calls: transactions.map(({ calls, gas }) => ({
      to: multicall,
      data: encodeSimulation(calls),
      ...(gas !== undefined && { gas: numberToHex(gas) }),
    })),
  }
  const blocks = await client.request({
    method: 'eth_simulateV1',
    params: [{ blockStateCalls: [block] }, 'latest'],
  })
  const results = blocks[0]?.calls
  if (results?.length !== transactions.length) {
    throw new BaseError('eth_simulateV1 did not return one result per transaction.')
  }
  return transactions.flatMap(({ calls }, index) => {
    const result = results[index]
    return result?.status === '0x1'
      ? decodeSimulation(result.returnData)
      : calls.map((): SimulatedResult => ({ success: false, gasUsed: 0, returnData: '0x' }))
  })
}
