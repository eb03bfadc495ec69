/**
 * The gas limit of a batch's transaction.
 *
 * `eth_estimateGas` cannot find it: with `allowFailure: true` the outer call succeeds even if inner calls run out of
 * gas. The limit is computed from the gas of each call in simulation. Every call gets its full allowance, even if all
 * earlier calls use their limits up.
 */
import type { Gas, Hex } from '../domain/primitives.ts'

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

/**
 * Margin of a call over its gas in simulation. Each nested call (proxy, implementation, library) passes on only 63/64 of
 * its gas, and 5 % covers three levels. The constant covers ten storage slots that were warm in simulation and are cold in
 * the block. A larger percentage would reduce the size of folds, which is limited by the maximum gas of a transaction.
 */
const CALL_MARGIN = 1.05
const CALL_MARGIN_GAS = 21_000

/**
 * Shared reserve of all calls: unused gas of one call remains for the next. The reserve covers a call whose new leaf
 * opens a subtree since the simulation. Eight tree nodes that change from zero to non-zero cost 8 × 17,100 gas more
 * than overwritten nodes, and the margin of a single create does not cover this.
 */
const RESERVE_GAS = 150_000

/** Gas of a transaction without calls, plus the reserve. */
export const TRANSACTION_OVERHEAD_GAS = TRANSACTION_GAS + MULTICALL_GAS + RESERVE_GAS

/**
 * Maximum gas of a transaction whose call may run code that a user controls. A recovery takes half a million, and the
 * signature check of a contract wallet up to one million. Such code can always use up the whole limit.
 */
export const FOREIGN_CODE_GAS: Gas = 2_000_000

/** The allowance of a call, from its gas in simulation. */
export function callAllowance(gas: Gas): Gas {
  return Math.ceil(gas * CALL_MARGIN) + CALL_MARGIN_GAS
}

/** Gas of a separate call in addition to its work. */
export const CALL_OVERHEAD_GAS = CALL_MARGIN_GAS + MULTICALL_CALL_GAS

/**
 * Estimates how much an operation adds to the gas limit, before its calldata exists. All bytes count as non-zero. In ABI
 * encoding about half are zero, and the difference covers memory and the 63/64 rule for the last calls.
 * @param gas expected gas of the operation
 * @param bytes additional calldata in bytes
 */
export function plannedGas(gas: Gas, bytes: number): Gas {
  return Math.ceil(gas * CALL_MARGIN) + bytes * NON_ZERO_BYTE_GAS
}

/**
 * The gas limit of an `aggregate3` transaction.
 *
 * A call receives at most 63/64 of the remaining gas (EIP-150). So, from the last call back to the first, the remaining
 * gas before a call must be at least 64/63 of its allowance, and must suffice for all later calls.
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
): Gas | null {
  const forCalls = calls.reduceRight((after, { gas }) => {
    const allowance = callAllowance(gas)
    return Math.max(Math.ceil((allowance * 64) / 63), allowance + after)
  }, RESERVE_GAS)
  const { zero, nonZero } = countBytes(callData)
  const execution = MULTICALL_GAS + MULTICALL_CALL_GAS * calls.length + memoryGas(zero + nonZero) + forCalls
  const limit =
    TRANSACTION_GAS +
    Math.max(
      zero * ZERO_BYTE_GAS + nonZero * NON_ZERO_BYTE_GAS + execution,
      zero * FLOOR_ZERO_BYTE_GAS + nonZero * FLOOR_NON_ZERO_BYTE_GAS,
    )
  return limit > cap ? null : limit
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
