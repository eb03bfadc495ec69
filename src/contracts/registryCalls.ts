/** Calldata of the registry's functions. */
import { type AbiFunction, concat, type ExtractAbiItem, toFunctionSelector } from 'viem'
import type { Hex } from '../domain/primitives.ts'
import { encodeNamed, itemOf, type Named } from './named.ts'
import { registryFunctions } from './registryAbi.ts'

type FunctionName = (typeof registryFunctions)[number]['name']

type ArgumentsOf<F extends FunctionName> = Named<
  ExtractAbiItem<typeof registryFunctions, F>['inputs'][number]
>

/**
 * Makes the encoder of calls of `name`. It takes the arguments by name, and throws viem's encoding error when one does
 * not fit its parameter.
 */
export function registryCall<F extends FunctionName>(name: F): (values: ArgumentsOf<F>) => Hex {
  const item = itemOf<AbiFunction>(registryFunctions, name)
  const selector = toFunctionSelector(item)
  return (values) => concat([selector, encodeNamed(item.inputs, values)])
}
