/**
 * Values by name. An operation's fields bear the names of the registry's parameters, so that a call, a log or a typed
 * message is encoded by looking its parameters up in the operation; a missing one does not compile.
 */
import type { AbiParameter } from 'viem'
import type { Hex, UintHex } from '../domain/primitives.ts'

/** A value of a Solidity type. The domain writes integers as hex, except those of 32 bits, which are numbers. */
export type ValueOf<Type extends string> = Type extends `${infer Item}[]`
  ? readonly ValueOf<Item>[]
  : Type extends 'uint32'
    ? number
    : Type extends `uint${number}`
      ? UintHex | bigint
      : Hex

/** An object that holds a value for each of the parameters under its name, and maybe more. */
export type Named<P extends AbiParameter> = { readonly [Q in P as Q['name'] & string]: ValueOf<Q['type']> }

export type Scalar = Hex | number | bigint

/** An integer or address as a 32-byte word, without prefix. */
export function encodeWord(value: Scalar): string {
  return BigInt(value).toString(16).padStart(64, '0')
}

/** The parameter's value; the caller vouches for its type. */
export function pick<V>(parameter: AbiParameter, values: object): V {
  return Reflect.get(values, parameter.name ?? '')
}

/** The ABI item of that name. */
export function itemOf<Item extends { readonly name: string }>(abi: readonly Item[], name: string): Item {
  const item = abi.find((candidate) => candidate.name === name)
  if (item === undefined) throw new RangeError(`the ABI has no ${name}`)
  return item
}
