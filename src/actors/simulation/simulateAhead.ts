/**
 * Measures the calls of a batch after the calls of our batches in flight, which execute first. The gas of a create depends
 * on them: they move the end of the tree, and a create that opens new subtrees costs more.
 *
 * Best is `eth_simulateV1`, with one transaction for each call ahead. In a single `eth_call`, the calls ahead warm the slots
 * that they share with the batch, so the gas of the batch comes out too low. Without either, the batch is measured alone.
 * Such a measurement is not exact, and the gas limit gets an extra reserve.
 *
 * This simulation measures gas and nothing else: if any call fails in it, the batch is measured alone, and the usual rules
 * find the cause.
 */
import type { Address, Gas, Hex } from '../../domain/primitives.ts'
import { encodeSimulation, type SimulatedCall, type SimulatedResult } from '../../evm/simulator.ts'
import { SHARED_SLOTS_GAS, UNSEEN_CALLS_GAS } from '../../policy/gasReserve.ts'
import type { DeployedRegistry } from '../../registry/registry.ts'
import type { ChainClient } from '../../rpc/chainClient.ts'
import { noteGasShortage, simulatedBlockGas, simulateTransactions } from './simulateTransactions.ts'
import { type Simulate, simulateByOverride } from './simulationMethods.ts'
import { simulateTogether } from './simulator.ts'

/** The calls of our batches in flight that execute before the batch. */
export interface Ahead {
  readonly calls: readonly Hex[]
  /** False if calls are missing, because they are too many to simulate. */
  readonly isComplete: boolean
}

/** The chain access of a measurement. All reads use one endpoint. */
export interface Measuring {
  readonly client: ChainClient
  readonly simulate: Simulate
  readonly registry: DeployedRegistry
  readonly multicall: Address
  readonly ahead: Ahead
}

export interface MeasuredAfter {
  /** The results of the batch's calls. */
  readonly results: readonly SimulatedResult[]
  /** Gas that the measurement may lack. */
  readonly extraReserve: Gas
}

/** A way to run the calls ahead and then the calls of the batch. Null if the endpoint refuses. */
interface Way {
  readonly run: (
    context: Measuring,
    calls: readonly SimulatedCall[],
  ) => Promise<readonly SimulatedResult[] | null>
  readonly extraReserve: Gas
}

/** The best way first. */
const WAYS: readonly Way[] = [
  { run: runAsTransactions, extraReserve: 0 },
  { run: runInOneCall, extraReserve: SHARED_SLOTS_GAS },
]

/**
 * @returns null when the node refuses the batch's calls alone, too
 * @throws viem's error when the node does not answer or refuses every simulation
 */
export async function simulateAfter(
  context: Measuring,
  callData: readonly Hex[],
): Promise<MeasuredAfter | null> {
  const { ahead, simulate, client } = context
  const calls = callsOf(context, callData)
  for (const { run, extraReserve } of ahead.calls.length > 0 ? WAYS : []) {
    const results = await run(context, calls)
    const own = results?.slice(ahead.calls.length)
    const isMeasured = own?.every(({ success }) => success) && !results?.some(isOutOfGas)
    if (own !== undefined && isMeasured) return { results: own, extraReserve }
    if (results?.some(isOutOfGas)) noteGasShortage(client)
  }
  const results = await simulateTogether(simulate, calls)
  const isExact = ahead.calls.length === 0 && ahead.isComplete
  return results === null ? null : { results, extraReserve: isExact ? 0 : UNSEEN_CALLS_GAS }
}

/** A call ahead that is included meanwhile reverts, and changes nothing. A call without gas would change the state. */
function isOutOfGas({ success, returnData }: SimulatedResult): boolean {
  return !success && returnData === '0x'
}

/**
 * Whether all calls of the batch succeed in a transaction with this gas. The simulator then stands in for Multicall3.
 * @param gas that a transaction with the calldata of `encodeSimulation` needs
 * @returns false if the endpoint cannot tell
 */
export async function isGasProved(context: Measuring, callData: readonly Hex[], gas: Gas): Promise<boolean> {
  const { client, multicall, ahead } = context
  const calls = callsOf(context, callData)
  const results =
    ahead.calls.length > 0
      ? await runAsTransactions(context, calls, gas).catch(() => null)
      : await simulateByOverride(client, multicall, gas)(calls).catch(() => null)
  return results?.slice(ahead.calls.length).every(({ success }) => success) ?? false
}

/** The calldata of the transaction that `isGasProved` simulates. */
export function provingCallData(context: Measuring, callData: readonly Hex[]): Hex {
  return encodeSimulation(callsOf(context, callData))
}

function callsOf({ registry }: Measuring, callData: readonly Hex[]): readonly SimulatedCall[] {
  return callData.map((data) => ({ target: registry.address, callData: data, isolated: false }))
}

async function runInOneCall(
  { simulate, ahead, registry }: Measuring,
  calls: readonly SimulatedCall[],
): Promise<readonly SimulatedResult[] | null> {
  const before = ahead.calls.map((callData) => ({ target: registry.address, callData, isolated: false }))
  return simulateTogether(simulate, [...before, ...calls])
}

/** Gas of the batch's transaction in a simulation: the most that a transaction may have (EIP-7825). */
const MOST_OWN_GAS: Gas = 2 ** 24

/** Gas of a single call in a node without `eth_simulateV1`: the default of most nodes. */
const USUAL_CALL_GAS: Gas = 50_000_000

/** The most gas of the calls ahead that the endpoint may simulate. */
export function mostGasAhead(client: ChainClient): Gas {
  return (simulatedBlockGas(client) || USUAL_CALL_GAS) - MOST_OWN_GAS
}

/** One transaction for each call ahead, and one for the batch. */
async function runAsTransactions(
  { client, multicall, ahead, registry }: Measuring,
  calls: readonly SimulatedCall[],
  gas = MOST_OWN_GAS,
): Promise<readonly SimulatedResult[] | null> {
  const before = ahead.calls.map((callData) => ({
    calls: [{ target: registry.address, callData, isolated: false }],
  }))
  return simulateTransactions(client, multicall, [...before, { calls, gas }])
}
