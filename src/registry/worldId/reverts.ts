/** Reverts of the registry. */
import { toFunctionSelector } from 'viem'
import type { Hex } from '../../domain/primitives.ts'
import { revertDecoder } from '../../evm/revertDecoder.ts'
import { registryErrors } from './abi.ts'

/** Decodes revert data into an error of the registry or of the Solidity language; `Unknown` if neither has its selector. */
export const decodeRevert = revertDecoder(registryErrors)

/** The errors of the registry without arguments. */
type PlainError = Extract<(typeof registryErrors)[number], { readonly inputs: readonly [] }>['name']

/** The revert data of an error without arguments. */
export function revertData(name: PlainError): Hex {
  return toFunctionSelector(`${name}()`)
}
