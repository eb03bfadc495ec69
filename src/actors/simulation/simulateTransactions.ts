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
  /** Gas limit; without one, the node's. */
  readonly gas?: Gas
}

/** The endpoints without `eth_simulateV1`. */
const lacking = new WeakSet<ChainClient>()

/**
 * Runs transactions one after another. The calls come from Multicall3's address, as with `simulateByOverride`.
 * @returns the results of all calls, in order; null if the endpoint gives no answer to this simulation. A transaction without
 *   gas has failed results.
 */
export async function simulateTransactions(
  client: ChainClient,
  multicall: Address,
  transactions: readonly SimulatedTransaction[],
): Promise<readonly SimulatedResult[] | null> {
  if (lacking.has(client)) return null
  try {
    return await request(client, multicall, transactions)
  } catch {
    // The refusal may be about the calls. A simulation without calls shows whether the method is supported.
    await request(client, multicall, []).catch((error) => {
      if (!isUnavailable(error)) lacking.add(client)
    })
    return null
  }
}

/** Gas limit of the simulated block. Nodes limit the gas of a simulation themselves, most of them to 50 million. */
const SIMULATED_BLOCK_GAS = 200_000_000n

async function request(
  client: ChainClient,
  multicall: Address,
  transactions: readonly SimulatedTransaction[],
): Promise<readonly SimulatedResult[]> {
  const block = {
    blockOverrides: { gasLimit: numberToHex(SIMULATED_BLOCK_GAS) },
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
