/** Runs calls off chain, one after another, and tells what became of each and what gas it took. */
import { type Hex, numberToHex } from 'viem'
import {
  decodeSimulation,
  encodeSimulation,
  type SimulatedCall,
  type SimulatedOutcome,
  simulatorCode,
} from '../contracts/simulator.ts'
import type { Address } from '../domain/primitives.ts'
import type { ChainClient } from './chainClient.ts'

/**
 * @param blockNumber in whose state to run; the latest when absent
 * @throws viem's error when the node does not answer, or refuses the calls as a whole
 */
export type Simulate = (
  calls: readonly SimulatedCall[],
  blockNumber?: number,
) => Promise<readonly SimulatedOutcome[]>

/**
 * Nodes bound the gas of one `eth_call` (50 million by default, some the block's limit). A cold operation takes about
 * half a million, so this many isolated ones stay under either.
 */
const ISOLATED_PER_CALL = 40

export function createSimulator(client: ChainClient, multicall: Address): Simulate {
  return async (calls, blockNumber) => {
    if (calls.length === 0) return []
    const block = blockNumber === undefined ? 'latest' : numberToHex(blockNumber)
    const overrides = { [multicall]: { code: simulatorCode } }
    const answer: Hex = await client.request({
      method: 'eth_call',
      params: [{ to: multicall, data: encodeSimulation(calls) }, block, overrides],
    })
    return decodeSimulation(answer)
  }
}

/** Simulates calls each on its own, in as many `eth_call`s as their gas takes. */
export async function simulateAlone(
  simulate: Simulate,
  calls: readonly Omit<SimulatedCall, 'isolated'>[],
): Promise<readonly SimulatedOutcome[]> {
  const chunks: SimulatedCall[][] = []
  for (let start = 0; start < calls.length; start += ISOLATED_PER_CALL) {
    chunks.push(calls.slice(start, start + ISOLATED_PER_CALL).map((call) => ({ ...call, isolated: true })))
  }
  return (await Promise.all(chunks.map((chunk) => simulate(chunk)))).flat()
}
