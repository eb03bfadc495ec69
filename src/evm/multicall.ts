/** Multicall3: the contract that makes the calls of a batch. */
import { type AbiFunction, parseAbi } from 'viem'
import type { Address, Hex } from '../domain/primitives.ts'
import { callEncoder } from './abiEncoder.ts'
import { itemOf } from './named.ts'

/** The address of Multicall3 on nearly every chain. */
export const MULTICALL3_ADDRESS: Address = '0xca11bde05977b3631167028862be2a173976ca11'

export const multicallAbi = parseAbi([
  'struct Call3 { address target; bool allowFailure; bytes callData; }',
  'struct Result { bool success; bytes returnData; }',
  'function aggregate3(Call3[] calls) payable returns (Result[] returnData)',
])

const aggregate3 = callEncoder(itemOf<AbiFunction>(multicallAbi, 'aggregate3'))

/**
 * Encodes a transaction that makes `calls` in order. A call may fail alone. A receipt holds no return data: the logs of
 * the targets show the successful calls.
 */
export function encodeAggregate3(
  calls: readonly { readonly target: Address; readonly callData: Hex }[],
): Hex {
  return aggregate3({
    calls: calls.map(({ target, callData }) => ({ target, allowFailure: true, callData })),
  })
}
