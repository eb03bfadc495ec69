/**
 * The simulator contract: one `eth_call` tries many calls and tells for each what became of it and what gas it took.
 * It is deployed nowhere: a state override puts `simulatorCode` at Multicall3's address, so that the targets see the
 * caller that they will see in earnest; or the call itself creates it.
 */
import { type AbiFunction, BaseError } from 'viem'
import { Simulator } from '../../contracts/artifacts/Simulator.ts'
import type { Address, Gas, Hex } from '../domain/primitives.ts'
import { callEncoder } from './abiEncoder.ts'
import { itemOf } from './named.ts'

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
export interface SimulatedResult {
  readonly success: boolean
  /** What the call took, refunds not deducted. */
  readonly gasUsed: Gas
  /** Its return or revert data, cut off at 1,024 bytes. */
  readonly returnData: Hex
}

const functions: readonly AbiFunction[] = Simulator.abi.filter((item) => item.type === 'function')
const run = callEncoder(itemOf(functions, 'run'))

/** The calldata of a simulation. */
export function encodeSimulation(calls: readonly SimulatedCall[]): Hex {
  return run({ calls: calls.map(({ target, callData, isolated }) => ({ target, isolated, data: callData })) })
}

/**
 * The outcomes, one per call and in the same order.
 * @param returned what the `eth_call` returned: ABI encoding of `(bool success, uint256 gasUsed, bytes returnData)[]`
 * @throws viem's `BaseError` when that is not a list of outcomes
 */
export function decodeSimulation(returned: Hex): readonly SimulatedResult[] {
  const list = readNumber(returned, 0)
  const places = list + WORD_BYTES
  // Read from the last one on: where a count is nonsense, nothing is there, and no list of that length is made.
  const outcomes: SimulatedResult[] = []
  for (let index = readNumber(returned, list) - 1; index >= 0; index -= 1) {
    const start = places + readNumber(returned, places + index * WORD_BYTES)
    const data = start + readNumber(returned, start + 2 * WORD_BYTES)
    const returnData = readBytes(returned, data + WORD_BYTES, readNumber(returned, data))
    const gasUsed = readNumber(returned, start + WORD_BYTES)
    outcomes.push({ success: readNumber(returned, start) === 1, gasUsed, returnData })
  }
  return outcomes.reverse()
}

const WORD_BYTES = 32

/** The word at a byte of the data, as a number. Those that do not fit into one lead to where nothing is. */
function readNumber(data: Hex, at: number): number {
  return Number(readBytes(data, at, WORD_BYTES))
}

function readBytes(data: Hex, at: number, length: number): Hex {
  const end = 2 + 2 * (at + length)
  if (!(end <= data.length)) throw new BaseError('The simulator did not return a list of outcomes.')
  return `0x${data.slice(2 + 2 * at, end)}`
}
