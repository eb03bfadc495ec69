/** Calldata of the functions of the registry. */
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
 * Makes the encoder of calls of the function `name`. The encoder takes the arguments by name. The encoder throws viem's
 * `BaseError` if an argument does not fit the parameter.
 */
export function registryCall<F extends FunctionName>(name: F): (values: ArgumentsOf<F>) => Hex {
  return callEncoder(itemOf<AbiFunction>(registryFunctions, name))
}
