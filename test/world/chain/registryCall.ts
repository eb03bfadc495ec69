/** A call of the registry, decoded from calldata. */
import { type ContractFunctionArgs, decodeFunctionData } from 'viem'
import type { Hex } from '../../../src/domain/primitives.ts'
import { registryFunctions } from '../../../src/registry/worldId/abi.ts'

type Functions = typeof registryFunctions
type FunctionName = Functions[number]['name']

/** A function's name with its arguments. */
export type RegistryCall = {
  [F in FunctionName]: {
    readonly name: F
    readonly args: ContractFunctionArgs<Functions, 'nonpayable' | 'view', F>
  }
}[FunctionName]

/** Decoded calls, because calldata is simulated twice and then executed. */
const known = new Map<Hex, RegistryCall | null>()
const MOST_KNOWN = 5_000

/** @returns null for an unknown function or truncated arguments */
export function readRegistryCall(data: Hex): RegistryCall | null {
  const before = known.get(data)
  if (before !== undefined) return before
  if (known.size >= MOST_KNOWN) known.clear()
  const call = decode(data)
  known.set(data, call)
  return call
}

function decode(data: Hex): RegistryCall | null {
  try {
    const { functionName, args } = decodeFunctionData({ abi: registryFunctions, data })
    return { name: functionName, args } as RegistryCall
  } catch {
    return null
  }
}
