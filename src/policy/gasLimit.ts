/**
 * The gas limit of a batch's transaction.
 *
 * `eth_estimateGas` cannot find it: with `allowFailure: true` the outer call succeeds even if inner calls run out of
 * gas. The limit is computed from the gas of each call in simulation. A simulation on top of our batches in flight is exact,
 * so the margin covers only what a limit needs beyond the used gas (the 63/64 rule), and a reserve for changes of the state.
 */
import type { Gas, Hex } from '../domain/primitives.ts'
import { START_RESERVE } from './gasReserve.ts'

/** Base gas of every transaction. Yellow Paper, appendix G. */
const TRANSACTION_GAS = 21_000

/** Gas per byte of calldata (EIP-2028), and its minimum per transaction (EIP-7623). */
const ZERO_BYTE_GAS = 4
const NON_ZERO_BYTE_GAS = 16
const FLOOR_ZERO_BYTE_GAS = 10
const FLOOR_NON_ZERO_BYTE_GAS = 40

/**
 * Upper bounds of the gas for Multicall3's own work in `aggregate3`. Measured with idle and reverting targets, 1 to 225
 * calls of 36 bytes to 60 KB: 2,300 to 2,800 gas per call, one cold account access of 2,600 gas, and memory.
 */
const MULTICALL_GAS = 10_000
const MULTICALL_CALL_GAS = 3_000

/** What a gas limit has beyond the gas in simulation. */
export interface GasMargin {
  /** Calls that a call makes one inside the other (proxy, implementation, library). Each passes on only 63/64 of its gas. */
  readonly nestedCalls: number
  /** Gas for all calls together, in case the state changes between simulation and block. */
  readonly reserve: Gas
}

/** Nested calls below a call, if no simulation has proved that fewer suffice. */
export const ASSUMED_NESTED_CALLS = 3

/** Nested calls that a proof tries: the call of a proxy to its implementation. */
export const PROVABLE_NESTED_CALLS = 1

/**
 * Allowance of a call over its gas in simulation: a call that uses more is the cause when its transaction runs out of gas.
 * The percentage covers three nested calls, and the constant covers ten storage slots that became cold since the simulation.
 */
const CALL_ALLOWANCE = 1.05
const CALL_ALLOWANCE_GAS = 21_000

/**
 * Maximum gas of a transaction whose call may run code that a user controls. A recovery takes half a million, and the
 * signature check of a contract wallet up to one million. Such code can always use up the whole limit.
 */
export const FOREIGN_CODE_GAS: Gas = 2_000_000

/** The allowance of a call, from its gas in simulation. */
export function callAllowance(gas: Gas): Gas {
  return Math.ceil(gas * CALL_ALLOWANCE) + CALL_ALLOWANCE_GAS
}

/** The least gas that a plan gives to a call: a call of several operations may have a proof, and then needs less. */
export function leastGiven(gas: Gas, operations: number): Gas {
  return gasBefore(gas, operations > 1 ? PROVABLE_NESTED_CALLS : ASSUMED_NESTED_CALLS)
}

/** What the 63/64 rule keeps back from the last call and the reserve: up to a fifteenth of about 700,000 gas. */
const KEPT_BACK_GAS = 45_000

/** Estimated gas of a transaction without calls, for planning. */
export const TRANSACTION_OVERHEAD_GAS = TRANSACTION_GAS + MULTICALL_GAS + START_RESERVE + KEPT_BACK_GAS

/** Estimated gas of a separate call in addition to its work, for planning. */
export const CALL_OVERHEAD_GAS = MULTICALL_CALL_GAS

/**
 * Estimates how much an operation adds to the gas limit, before its calldata exists. All bytes count as non-zero. In ABI
 * encoding about half are zero, and the difference covers memory and the 63/64 rule for the last calls.
 * @param gas expected gas of the operation
 * @param bytes additional calldata in bytes
 * @param isFolded the operation shares a call with many: the 63/64 rule then counts for the whole gas
 */
export function plannedGas(gas: Gas, bytes: number, isFolded: boolean): Gas {
  return (isFolded ? gasBefore(gas, 1 + PROVABLE_NESTED_CALLS) : Math.ceil(gas)) + bytes * NON_ZERO_BYTE_GAS
}

/** The least gas at hand before nested calls of which the innermost needs `gas`: each receives at most 63/64 (EIP-150). */
function gasBefore(gas: Gas, calls: number): Gas {
  return calls === 0 ? gas : gasBefore(Math.ceil((gas * 64) / 63), calls - 1)
}

/**
 * The gas limit of an `aggregate3` transaction.
 *
 * The gas before a call must suffice for this call under the 63/64 rule, and for this call and all later calls. What the
 * 63/64 rule keeps back from a call is left for the later calls, so it counts only once. The reserve is shared: it suffices
 * while the calls together use at most the reserve more than in simulation.
 *
 * @param calls calls in order, each with its gas in the simulation of the whole batch
 * @param callData calldata of the whole transaction
 * @param cap maximum gas of the transaction: the block gas limit, and 2^24 by EIP-7825
 * @returns null if the calls need more than the cap
 */
export function transactionGasLimit(
  calls: readonly { readonly gas: Gas }[],
  callData: Hex,
  cap: Gas,
  { nestedCalls, reserve }: GasMargin,
): Gas | null {
  const forCalls = calls.reduceRight(
    (after, { gas }) => Math.max(gasBefore(gas + reserve, 1 + nestedCalls), gas + after),
    0,
  )
  const limit = transactionGas(calls.length, callData, forCalls)
  return limit > cap ? null : limit
}

/**
 * The gas limit of a transaction whose only call may run foreign code. Its gas in simulation proves little, so the call gets
 * its allowance and the greatest usual reserve.
 * @returns null if the call needs more than the cap
 */
export function isolatedGasLimit(gas: Gas, callData: Hex, cap: Gas): Gas | null {
  return transactionGasLimit([{ gas: callAllowance(gas) }], callData, cap, {
    nestedCalls: 0,
    reserve: START_RESERVE,
  })
}

/** An upper bound of the gas that the transaction uses if its calls use the same gas as in simulation. */
export function expectedGas(calls: readonly { readonly gas: Gas }[], callData: Hex): Gas {
  return transactionGas(
    calls.length,
    callData,
    calls.reduce((sum, { gas }) => sum + gas, 0),
  )
}

/** The gas of a transaction, from the gas for its calls. */
function transactionGas(calls: number, callData: Hex, forCalls: Gas): Gas {
  const { zero, nonZero } = countBytes(callData)
  const execution = MULTICALL_GAS + MULTICALL_CALL_GAS * calls + memoryGas(zero + nonZero) + forCalls
  return (
    TRANSACTION_GAS +
    Math.max(
      zero * ZERO_BYTE_GAS + nonZero * NON_ZERO_BYTE_GAS + execution,
      zero * FLOOR_ZERO_BYTE_GAS + nonZero * FLOOR_NON_ZERO_BYTE_GAS,
    )
  )
}

/** Gas to copy the calldata to memory and to expand the memory. Yellow Paper, appendices G and H. */
function memoryGas(bytes: number): Gas {
  const words = Math.ceil(bytes / 32)
  return 3 * words + (3 * words + Math.floor(words ** 2 / 512))
}

function countBytes(data: Hex): { readonly zero: number; readonly nonZero: number } {
  let zero = 0
  for (let index = 2; index < data.length; index += 2) {
    if (data[index] === '0' && data[index + 1] === '0') zero += 1
  }
  return { zero, nonZero: (data.length - 2) / 2 - zero }
}
