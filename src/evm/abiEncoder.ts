/**
 * ABI encoding of the types that the project's calls are made of: unsigned integers, addresses, booleans, byte strings,
 * lists, and tuples that hold a list or a byte string. Every operation is encoded several times on its way; looking at
 * its types once, and not with every value, makes that many times faster.
 *
 * Source: Solidity documentation, "Contract ABI Specification", formal specification of the encoding.
 */
import { type AbiFunction, type AbiParameter, BaseError, toFunctionSelector } from 'viem'
import type { Hex } from '../domain/primitives.ts'

/** What is known of a type before any value is seen. */
interface Codec {
  /** Whether its place holds an offset, and the value comes after all places. */
  readonly isDynamic: boolean
  /** In hex without prefix; of a static type, one word. */
  readonly encode: (value: unknown) => string
}

const WORD_BYTES = 32
const WORD_DIGITS = 2 * WORD_BYTES

/**
 * Makes the encoder of parameters, or of a tuple's components. It takes an object with their values by name, gives hex
 * without prefix, and throws viem's `BaseError` for a value that does not fit its type.
 * @throws TypeError for a type that is none of the above
 */
export function encoderOf(parameters: readonly AbiParameter[]): (values: object) => string {
  const named = parameters.map((parameter) => ({ name: parameter.name ?? '', codec: codecOf(parameter) }))
  return (values) => {
    const body = new Body(named.length)
    for (const { name, codec } of named) body.add(codec, Reflect.get(values, name))
    return body.encoded
  }
}

/** Makes the function that gives the calldata of calls of a function. It takes and throws what `encoderOf` does. */
export function callEncoder(item: AbiFunction): (values: object) => Hex {
  const selector = toFunctionSelector(item)
  const encode = encoderOf(item.inputs)
  return (values) => `${selector}${encode(values)}`
}

function codecOf(parameter: AbiParameter): Codec {
  const { type } = parameter
  if (type.endsWith('[]')) return listCodec(codecOf({ ...parameter, type: type.slice(0, -2) }))
  if (type === 'tuple' && 'components' in parameter) return tupleCodec(parameter.components)
  if (type === 'address') return { isDynamic: false, encode: encodeAddress }
  if (type === 'bool') return { isDynamic: false, encode: (value) => word(value === true ? 1 : 0) }
  if (type === 'bytes') return { isDynamic: true, encode: encodeBytes }
  const bits = /^uint(\d+)$/.exec(type)?.[1]
  if (bits === undefined) throw new TypeError(`no encoding of the type ${type}`)
  return { isDynamic: false, encode: uintEncoder(Number(bits)) }
}

function listCodec(item: Codec): Codec {
  return {
    isDynamic: true,
    encode(values) {
      if (!Array.isArray(values)) throw misfit(values, 'a list')
      const body = new Body(values.length)
      for (const value of values) body.add(item, value)
      return word(values.length) + body.encoded
    },
  }
}

function tupleCodec(components: readonly AbiParameter[]): Codec {
  if (!components.some((component) => codecOf(component).isDynamic)) {
    throw new TypeError('no encoding of a tuple without a list or a byte string')
  }
  const encode = encoderOf(components)
  return {
    isDynamic: true,
    encode(value) {
      if (typeof value !== 'object' || value === null) throw misfit(value, 'a tuple')
      return encode(value)
    },
  }
}

/** Values one after another: the static ones in their places, the others behind, with their offsets in their places. */
class Body {
  #places = ''
  #behind = ''
  #offset: number

  constructor(places: number) {
    this.#offset = places * WORD_BYTES
  }

  get encoded(): string {
    return this.#places + this.#behind
  }

  add({ isDynamic, encode }: Codec, value: unknown): void {
    const encoded = encode(value)
    if (isDynamic) {
      this.#places += word(this.#offset)
      this.#behind += encoded
      this.#offset += encoded.length / 2
    } else {
      this.#places += encoded
    }
  }
}

function word(value: number): string {
  return value.toString(16).padStart(WORD_DIGITS, '0')
}

const ADDRESS = /^0x[0-9a-f]{40}$/i

function encodeAddress(value: unknown): string {
  if (typeof value !== 'string' || !ADDRESS.test(value)) throw misfit(value, 'an address')
  return value.slice(2).toLowerCase().padStart(WORD_DIGITS, '0')
}

/** The digits are the caller's word: there may be many. */
function encodeBytes(value: unknown): string {
  if (typeof value !== 'string' || !value.startsWith('0x') || value.length % 2 !== 0) {
    throw misfit(value, 'a byte string')
  }
  const digits = value.length - 2
  return word(digits / 2) + value.slice(2).padEnd(Math.ceil(digits / WORD_DIGITS) * WORD_DIGITS, '0')
}

/** Leading zeros say nothing. */
const UINT = /^0x0*([0-9a-f]+)$/i

function uintEncoder(bits: number): (value: unknown) => string {
  return (value) => {
    const digits = uintDigits(value)
    if (digits === undefined || digits.length > bits / 4) throw misfit(value, `uint${bits}`)
    return digits.padStart(WORD_DIGITS, '0')
  }
}

function uintDigits(value: unknown): string | undefined {
  if (typeof value === 'string') return UINT.exec(value)?.[1]?.toLowerCase()
  const isUint =
    (typeof value === 'bigint' && value >= 0n) || (Number.isSafeInteger(value) && Number(value) >= 0)
  return isUint ? (value as number | bigint).toString(16) : undefined
}

function misfit(value: unknown, expected: string): BaseError {
  return new BaseError(`${String(value).slice(0, 100)} is not ${expected}`)
}
