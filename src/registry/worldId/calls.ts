/** Calldata of the registry's functions. */
import type { AbiFunction, ExtractAbiItem } from 'viem'
import type { Hex } from '../../domain/primitives.ts'
import { callEncoder } from '../../evm/abiEncoder.ts'
import { itemOf, type Named } from '../../evm/named.ts'
import { registryFunctions } from './abi.ts'

type FunctionName = (typeof registryFunctions)[number]['name']

type ArgumentsOf<F extends FunctionName> = Named<
  ExtractAbiItem<typeof registryFunctions, F>['inputs'][number]
>

/**
 * Makes the encoder of calls of `name`. It takes the arguments by name, and throws viem's `BaseError` when one does not
 * fit its parameter.
 */
export function registryCall<F extends FunctionName>(name: F): (values: ArgumentsOf<F>) => Hex {
  return callEncoder(itemOf<AbiFunction>(registryFunctions, name))
}
