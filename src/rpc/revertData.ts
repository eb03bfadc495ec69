/** The answer of a contract that reverted, in the error of a node. */
import { BaseError, isHex, RpcRequestError } from 'viem'
import type { Hex } from '../domain/primitives.ts'
import { isUnavailable } from './chainClient.ts'

/**
 * The revert data of a failed `eth_call`, `0x` if the contract gave none. Nodes send it as the `data` of the error; Hardhat
 * sends an object that holds it.
 * @returns null when the error is no answer of the contract
 */
export function revertDataOf(error: unknown): Hex | null {
  const answer = error instanceof BaseError ? error.walk((link) => link instanceof RpcRequestError) : null
  if (!(answer instanceof RpcRequestError) || isUnavailable(error)) return null
  const { data } = answer
  const inner = typeof data === 'object' && data !== null && 'data' in data ? data.data : data
  return isHex(inner) ? inner : null
}
