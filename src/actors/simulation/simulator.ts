/** Simulates calls in sequence, and returns result and gas of each call. */
import { zeroAddress } from 'viem'
import type { Address } from '../../domain/primitives.ts'
import type { SimulatedCall, SimulatedResult } from '../../evm/simulator.ts'
import { type ChainClient, isUnavailable } from '../../rpc/chainClient.ts'
import {
  type Simulate,
  simulateByCreation,
  simulateByMulticall,
  simulateByOverride,
} from './simulationMethods.ts'

/**
 * Isolated calls per `eth_call`. Nodes limit its gas to 50 million by default, some to the block gas limit. An operation on
 * cold storage takes about half a million.
 */
const ISOLATED_PER_CALL = 40

/** @returns a function with one simulator per endpoint; a simulator remembers the supported method */
export function createSimulators(multicall: Address): (client: ChainClient) => Simulate {
  const simulators = new WeakMap<ChainClient, Simulate>()
  return (client) => {
    const simulate = simulators.get(client) ?? createSimulator(client, multicall)
    simulators.set(client, simulate)
    return simulate
  }
}

/**
 * Makes the simulator of an endpoint. It starts with the best method. When the endpoint refuses a simulation, the simulator
 * tests the methods and keeps the first that works.
 */
export function createSimulator(client: ChainClient, multicall: Address): Simulate {
  const best = simulateByOverride(client, multicall)
  const others = [simulateByCreation(client), simulateByMulticall(client, multicall)]
  let method = best
  return async (calls, blockHash) => {
    if (calls.length === 0) return []
    try {
      return await method(calls, blockHash)
    } catch (error) {
      if (isUnavailable(error)) throw error
      // The refusal may be about the calls. An empty simulation shows whether the method is supported.
      if (method !== best || (await isAnswered(method([])))) throw error
      for (const other of others) {
        if (!(await isAnswered(other([])))) continue
        method = other
        return method(calls, blockHash)
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

/** A call that every node can simulate. */
const HARMLESS: SimulatedCall = { target: zeroAddress, callData: '0x', isolated: false }

/** Whether the endpoint answers a trivial simulation. If so, the size of the failed simulation is the cause. */
export function isHarmlessAnswered(simulate: Simulate): Promise<boolean> {
  return simulate([HARMLESS]).then(
    () => true,
    () => false,
  )
}

/**
 * Simulates calls in one `eth_call`.
 * @returns null when the node refuses the calls but simulates a trivial call: the cause is one call, or the sum of the
 *   calls
 * @throws viem's error when the node does not answer or refuses every simulation
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

/** Simulates calls independently, in as few `eth_call`s as the gas allows. A refused call has failed. */
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

/** Halves a group of isolated calls refused as a whole. */
async function simulateByHalves(
  simulate: Simulate,
  calls: readonly SimulatedCall[],
): Promise<readonly SimulatedResult[]> {
  const results = await simulateTogether(simulate, calls)
  if (results !== null) return results
  if (calls.length === 1) return [{ success: false, gasUsed: 0, returnData: '0x' }]
  const half = Math.ceil(calls.length / 2)
  const first = await simulateByHalves(simulate, calls.slice(0, half))
  return [...first, ...(await simulateByHalves(simulate, calls.slice(half)))]
}
