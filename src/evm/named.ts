/**
 * Values by name. The fields of an operation have the names of the contract's parameters. The encoders of calls, logs and
 * typed messages therefore look parameters up in the operation, and a missing field does not compile.
 */
import type { AbiParameter } from 'viem'
import type { Hex, UintHex } from '../domain/primitives.ts'

/** A value of a Solidity type. The domain writes integers as hex, but integers of 32 bits as numbers. */
export type ValueOf<Type extends string> = Type extends `${infer Item}[]`
  ? readonly ValueOf<Item>[]
  : Type extends 'uint32'
    ? number
    : Type extends `uint${number}`
      ? UintHex | bigint
      : Hex

/** An object with a value for each parameter, by name. More fields are allowed. */
export type Named<P extends AbiParameter> = { readonly [Q in P as Q['name'] & string]: ValueOf<Q['type']> }

export type Scalar = Hex | number | bigint

/** Encodes an integer or address as a 32-byte word: hex without prefix. */
export function encodeWord(value: Scalar): string {
  return BigInt(value).toString(16).padStart(64, '0')
}

/** Returns the parameter's value. The caller guarantees its type. */
export function pick<V>(parameter: AbiParameter, values: object): V {
  return Reflect.get(values, parameter.name ?? '')
}

/** Finds the ABI item of a name. @throws RangeError if the ABI has no item of the name */
export function itemOf<Item extends { readonly name: string }>(abi: readonly Item[], name: string): Item {
  const item = abi.find((candidate) => candidate.name === name)
  if (item === undefined) throw new RangeError(`the ABI has no item ${name}`)
  return item
}
