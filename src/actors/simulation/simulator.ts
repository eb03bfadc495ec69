/** Runs calls off chain, one after another, and tells what became of each and what gas it took. */
import { zeroAddress } from 'viem'
import type { Address } from '../../domain/primitives.ts'
import type { SimulatedCall, SimulatedResult } from '../../evm/simulator.ts'
import { type ChainClient, isUnavailable } from '../../rpc/chainClient.ts'
import { deployless, overridden, plainly, type Simulate } from './simulationWays.ts'

/**
 * Nodes bound the gas of one `eth_call` (50 million by default, some the block's limit). A cold operation takes about
 * half a million, so this many isolated ones stay under either.
 */
const ISOLATED_PER_CALL = 40

/** @returns the simulator of an endpoint, always the same one: what it has found out is remembered */
export function createSimulators(multicall: Address): (client: ChainClient) => Simulate {
  const simulators = new WeakMap<ChainClient, Simulate>()
  return (client) => {
    const simulate = simulators.get(client) ?? createSimulator(client, multicall)
    simulators.set(client, simulate)
    return simulate
  }
}

/**
 * Makes the simulator of an endpoint. That an endpoint does not take the best of the ways is found out by its first refusal,
 * and remembered.
 */
export function createSimulator(client: ChainClient, multicall: Address): Simulate {
  const [best, ...others] = [overridden(client, multicall), deployless(client), plainly(client, multicall)]
  let way = best
  return async (calls, blockHash) => {
    if (calls.length === 0) return []
    try {
      return await way(calls, blockHash)
    } catch (error) {
      if (isUnavailable(error)) throw error
      // Calls that are refused, or a node that is ill, say nothing of the way: a simulation of nothing tells.
      if (way !== best || (await isAnswered(way([])))) throw error
      for (const other of others) {
        if (!(await isAnswered(other([])))) continue
        way = other
        return way(calls, blockHash)
      }
      throw error
    }
  }
}

/** @throws viem's error when the chain does not answer */
async function isAnswered(simulation: Promise<unknown>): Promise<boolean> {
  try {
    await simulation
    return true
  } catch (error) {
    if (isUnavailable(error)) throw error
    return false
  }
}

/** A call that every node can make. */
const HARMLESS: SimulatedCall = { target: zeroAddress, callData: '0x', isolated: false }

/**
 * Simulates calls in one `eth_call`.
 * @returns null when the node refuses them as a whole and yet simulates: they are too much, or one of them is
 * @throws viem's error when the node does not answer, or does not simulate at all: that is nobody's fault here
 */
export async function simulateTogether(
  simulate: Simulate,
  calls: readonly SimulatedCall[],
): Promise<readonly SimulatedResult[] | null> {
  try {
    return await simulate(calls)
  } catch (error) {
    if (isUnavailable(error)) throw error
    await simulate([HARMLESS])
    return null
  }
}

/** Simulates calls each on its own, in as many `eth_call`s as their gas takes. One that a node refuses has failed. */
export async function simulateAlone(
  simulate: Simulate,
  calls: readonly Omit<SimulatedCall, 'isolated'>[],
): Promise<readonly SimulatedResult[]> {
  const chunks: SimulatedCall[][] = []
  for (let start = 0; start < calls.length; start += ISOLATED_PER_CALL) {
    chunks.push(calls.slice(start, start + ISOLATED_PER_CALL).map((call) => ({ ...call, isolated: true })))
  }
  return (await Promise.all(chunks.map((chunk) => simulateByHalves(simulate, chunk)))).flat()
}

/** Isolated calls do not see each other: where they are refused as a whole, each half is tried by itself. */
async function simulateByHalves(
  simulate: Simulate,
  calls: readonly SimulatedCall[],
): Promise<readonly SimulatedResult[]> {
  const outcomes = await simulateTogether(simulate, calls)
  if (outcomes !== null) return outcomes
  if (calls.length === 1) return [{ success: false, gasUsed: 0, returnData: '0x' }]
  const half = Math.ceil(calls.length / 2)
  const first = await simulateByHalves(simulate, calls.slice(0, half))
  return [...first, ...(await simulateByHalves(simulate, calls.slice(half)))]
}
