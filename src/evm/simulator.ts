/**
 * The simulator contract: one `eth_call` makes many calls and returns the result and the gas of each. The contract is
 * not deployed. A state override puts `simulatorCode` at the address of Multicall3: the targets see the caller of the
 * transaction. Without state overrides, the `eth_call` creates the contract.
 */
import { type AbiFunction, BaseError } from 'viem'
import { Simulator } from '../../contracts/artifacts/Simulator.ts'
import type { Address, Gas, Hex } from '../domain/primitives.ts'
import { callEncoder } from './abiEncoder.ts'
import { itemOf } from './named.ts'

/** The runtime code of the contract. */
export const simulatorCode: Hex = Simulator.deployedBytecode

/** The creation code of the contract, for a node without state overrides. */
export const simulatorInitCode: Hex = Simulator.bytecode

export interface SimulatedCall {
  readonly target: Address
  readonly callData: Hex
  /** True to revert the call after the measurement: later calls do not see the effects. */
  readonly isolated: boolean
}

/** The result of a simulated call. */
export interface SimulatedResult {
  readonly success: boolean
  /** Gas of the call before refunds. */
  readonly gasUsed: Gas
  /** Return or revert data, at most 1,024 bytes. */
  readonly returnData: Hex
}

const functions: readonly AbiFunction[] = Simulator.abi.filter((item) => item.type === 'function')
const run = callEncoder(itemOf(functions, 'run'))

/** Encodes the calldata of a simulation. */
export function encodeSimulation(calls: readonly SimulatedCall[]): Hex {
  return run({ calls: calls.map(({ target, callData, isolated }) => ({ target, isolated, data: callData })) })
}

/**
 * Decodes the results of a simulation: one result per call, in call order.
 * @param returned by the `eth_call`: ABI encoding of `(bool success, uint256 gasUsed, bytes returnData)[]`
 * @throws viem's `BaseError` if the data is not a list of results
 */
export function decodeSimulation(returned: Hex): readonly SimulatedResult[] {
  const list = readNumber(returned, 0)
  const offsets = list + WORD_BYTES
  // Reads the last result first. A false count then fails at once, before a long list is built.
  const results: SimulatedResult[] = []
  for (let index = readNumber(returned, list) - 1; index >= 0; index -= 1) {
    const start = offsets + readNumber(returned, offsets + index * WORD_BYTES)
    const data = start + readNumber(returned, start + 2 * WORD_BYTES)
    const returnData = readBytes(returned, data + WORD_BYTES, readNumber(returned, data))
    const gasUsed = readNumber(returned, start + WORD_BYTES)
    results.push({ success: readNumber(returned, start) === 1, gasUsed, returnData })
  }
  return results.reverse()
}

const WORD_BYTES = 32

/** The word at a byte offset, as a number. A word above 2^53 points behind the data: the next read throws. */
function readNumber(data: Hex, at: number): number {
  return Number(readBytes(data, at, WORD_BYTES))
}

function readBytes(data: Hex, at: number, length: number): Hex {
  const end = 2 + 2 * (at + length)
  if (!(end <= data.length)) throw new BaseError('The simulator did not return a list of results.')
  return `0x${data.slice(2 + 2 * at, end)}`
}
