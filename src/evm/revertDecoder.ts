/** Decoding of revert data. */
import { type AbiParameter, decodeAbiParameters, parseAbi, toFunctionSelector } from 'viem'
import type { Hex } from '../domain/primitives.ts'
import type { DecodedRevert } from '../domain/status.ts'

/** An error of a contract, as declared in the ABI. */
export interface ErrorItem {
  readonly name: string
  readonly inputs: readonly AbiParameter[]
}

/** The errors of the Solidity language. Solidity documentation, "Panic via assert and Error via require". */
const languageErrors = parseAbi(['error Error(string message)', 'error Panic(uint256 code)'])

/**
 * Makes the decoder of revert data (`0x` if empty). A decoded error has a name and arguments. The name is `Unknown` if
 * the data is empty, the selector is in no ABI, or the arguments are incomplete.
 * @param errors of the contract; the errors of the language are added
 */
export function revertDecoder(errors: readonly ErrorItem[]): (data: Hex) => DecodedRevert {
  const bySelector: ReadonlyMap<string, ErrorItem> = new Map(
    [...errors, ...languageErrors].map((item) => [selectorOf(item), item]),
  )
  return (data) => {
    const unknown = { name: 'Unknown', args: [], data }
    const item = bySelector.get(data.slice(0, 10).toLowerCase())
    if (item === undefined) return unknown
    try {
      const args = decodeAbiParameters(item.inputs, `0x${data.slice(10)}`)
      return { name: item.name, args: args.map((value, index) => show(value, item.inputs[index])), data }
    } catch {
      return unknown
    }
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
