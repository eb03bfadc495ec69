/**
 * The gas limit of a batch's transaction.
 *
 * `eth_estimateGas` cannot give it: with `allowFailure: true` the outer call succeeds however many inner calls run out
 * of gas. It is built from what each call used when the batch was simulated, so that every one of them gets what it
 * needs even if all those before it take all that they were allowed.
 */
import type { Gas, Hex } from '../domain/primitives.ts'

/** Every transaction pays it. Yellow Paper, appendix G. */
const TRANSACTION_GAS = 21_000

/** Calldata by the byte (EIP-2028), and the least that a transaction pays for it whatever it does (EIP-7623). */
const ZERO_BYTE_GAS = 4
const NON_ZERO_BYTE_GAS = 16
const FLOOR_ZERO_BYTE_GAS = 10
const FLOOR_NON_ZERO_BYTE_GAS = 40

/**
 * What Multicall3's `aggregate3` itself spends. Measured with idle and with reverting targets, 1 to 225 calls, 36 bytes
 * to 60 KB each: 2,300 to 2,800 per call, one cold account access of 2,600, and memory. These are upper bounds of that.
 */
const MULTICALL_GAS = 10_000
const MULTICALL_CALL_GAS = 3_000

/**
 * Each call may use this much more than it used in simulation. Its nested calls (proxy, implementation, library) may each
 * pass on only 63/64 of what they have: 5 % pays for three levels. The constant is for storage that was warm in
 * simulation and is cold in the block: ten slots. A larger share would be wasted on a fold, whose size is what the
 * transaction's cap leaves room for.
 */
const CALL_MARGIN = 1.05
const CALL_MARGIN_GAS = 21_000

/**
 * Gas that is nobody's and reaches whoever needs it, because what a call leaves over stays for the next. It is for the
 * call whose new leaf opens a subtree since it was simulated: eight tree nodes that turn from zero to non-zero cost
 * 8 × 17,100 more than overwriting them, which the margin of a single create does not cover.
 */
const RESERVE_GAS = 150_000

/** What a transaction needs before it makes any call, and the reserve. */
export const TRANSACTION_OVERHEAD_GAS = TRANSACTION_GAS + MULTICALL_GAS + RESERVE_GAS

/** What a call is allowed, given what it used in simulation. */
export function callAllowance(gas: Gas): Gas {
  return Math.ceil(gas * CALL_MARGIN) + CALL_MARGIN_GAS
}

/** What a call costs for being a call of its own, before it does anything. */
export const CALL_OVERHEAD_GAS = CALL_MARGIN_GAS + MULTICALL_CALL_GAS

/**
 * About what work adds to the gas limit, for planning before its calldata exists. It takes all bytes for non-zero,
 * which in ABI encoding half are not: that pays for the memory and for what 63/64 asks of the last calls.
 * @param gas what the work is expected to use
 * @param bytes what it adds to the transaction's calldata
 */
export function plannedGas(gas: Gas, bytes: number): Gas {
  return Math.ceil(gas * CALL_MARGIN) + bytes * NON_ZERO_BYTE_GAS
}

/**
 * The gas limit of an `aggregate3` transaction.
 *
 * A call receives at most 63/64 of the gas that is left (EIP-150). So, from the last call back to the first, the gas
 * left before a call must be 64/63 of its allowance, and must leave enough for everything after it.
 *
 * @param calls in their order, each with the gas that it used when simulated in its place
 * @param callData of the whole transaction
 * @param cap most gas of a transaction: the block's budget, and 2^24 by EIP-7825
 * @returns null when the calls do not fit under the cap
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

/** Copying the calldata to memory and growing the memory for it. Yellow Paper, appendices G and H. */
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
