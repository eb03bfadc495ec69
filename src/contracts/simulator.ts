/**
 * The simulator contract: one `eth_call` tries many calls and tells for each what became of it and what gas it took.
 * It is deployed nowhere: a state override puts `simulatorCode` at Multicall3's address, so that the targets see the
 * caller that they will see in earnest; or the call itself creates it.
 */
import { decodeFunctionResult, encodeFunctionData } from 'viem'
import { Simulator } from '../../contracts/artifacts/Simulator.ts'
import type { Address, Gas, Hex } from '../domain/primitives.ts'

/** The contract's runtime code. */
export const simulatorCode: Hex = Simulator.deployedBytecode

/** The code that creates the contract, for a node that takes no state override. */
export const simulatorInitCode: Hex = Simulator.bytecode

export interface SimulatedCall {
  readonly target: Address
  readonly callData: Hex
  /** Undone when it has been measured: the calls after it do not see its effects. */
  readonly isolated: boolean
}

/** What became of a call. */
export interface SimulatedOutcome {
  readonly success: boolean
  /** What the call took, refunds not deducted. */
  readonly gasUsed: Gas
  /** Its return or revert data, cut off at 1,024 bytes. */
  readonly returnData: Hex
}

/** The calldata of a simulation. */
export function encodeSimulation(calls: readonly SimulatedCall[]): Hex {
  return encodeFunctionData({
    abi: Simulator.abi,
    functionName: 'run',
    args: [calls.map(({ target, callData, isolated }) => ({ target, isolated, data: callData }))],
  })
}

/**
 * The outcomes, one per call and in the same order.
 * @param returned what the `eth_call` returned
 * @throws viem's decoding error when that is not a list of outcomes
 */
export function decodeSimulation(returned: Hex): readonly SimulatedOutcome[] {
  const outcomes = decodeFunctionResult({ abi: Simulator.abi, functionName: 'run', data: returned })
  return outcomes.map(({ success, gasUsed, returnData }) => ({
    success,
    gasUsed: Number(gasUsed),
    returnData,
  }))
}
