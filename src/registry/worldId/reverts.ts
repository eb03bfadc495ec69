/** Reverts, decoded by ABI. */
import { type AbiParameter, decodeAbiParameters, parseAbi, toFunctionSelector } from 'viem'
import type { Hex } from '../../domain/primitives.ts'
import type { DecodedRevert } from '../../domain/status.ts'
import { registryErrors } from './abi.ts'

/** The errors that the language itself reverts with. Solidity documentation, "Panic via assert and Error via require". */
const languageErrors = parseAbi(['error Error(string message)', 'error Panic(uint256 code)'])

interface ErrorItem {
  readonly name: string
  readonly inputs: readonly AbiParameter[]
}

const BY_SELECTOR: ReadonlyMap<string, ErrorItem> = new Map(
  [...registryErrors, ...languageErrors].map((item) => [selectorOf(item), item]),
)

/**
 * Names what a call reverted with. `Unknown` is what no ABI entry fits: no data at all, a selector of nobody's, or
 * arguments that are cut short.
 * @param data the revert data; `0x` when there is none
 */
export function decodeRevert(data: Hex): DecodedRevert {
  const unknown = { name: 'Unknown', args: [], data }
  const item = BY_SELECTOR.get(data.slice(0, 10).toLowerCase())
  if (item === undefined) return unknown
  try {
    const args = decodeAbiParameters(item.inputs, `0x${data.slice(10)}`)
    return { name: item.name, args: args.map((value, index) => show(value, item.inputs[index])), data }
  } catch {
    return unknown
  }
}

/** The first four bytes of an error's revert data. */
function selectorOf({ name, inputs }: ErrorItem): Hex {
  return toFunctionSelector(`${name}(${inputs.map((input) => input.type).join(',')})`)
}

/** Integers in decimal; addresses in lower case, as everywhere in the domain. */
function show(value: unknown, parameter: AbiParameter | undefined): string {
  return parameter?.type === 'address' ? String(value).toLowerCase() : String(value)
}
