/**
 * ABI encoding of unsigned integers, addresses, booleans, byte strings, lists, and tuples with a list or a byte string.
 *
 * The gateway encodes every operation several times (pre-flight, size, simulation, expected log). An encoder reads the types
 * once and takes integers as hex, as the domain holds them. Compare `npm run bench`, row `calldata_us`.
 *
 * Source: Solidity documentation, "Contract ABI Specification", formal specification of the encoding.
 */
import { type AbiFunction, type AbiParameter, BaseError, toFunctionSelector } from 'viem'
import type { Hex } from '../domain/primitives.ts'

/** The encoding of one type. */
interface Codec {
  /** True if the head holds an offset and the tail holds the value. */
  readonly isDynamic: boolean
  /** Returns hex without prefix: one word for a static type. */
  readonly encode: (value: unknown) => string
}

const WORD_BYTES = 32
const WORD_DIGITS = 2 * WORD_BYTES

/**
 * Makes the encoder of parameters, or of a tuple's components. The encoder takes an object with the values by name and
 * returns hex without prefix. The encoder throws viem's `BaseError` for a value outside the range of its type.
 * @throws TypeError for an unsupported type
 */
export function encoderOf(parameters: readonly AbiParameter[]): (values: object) => string {
  const named = parameters.map((parameter) => ({ name: parameter.name ?? '', codec: codecOf(parameter) }))
  return (values) => {
    const body = new Body(named.length)
    for (const { name, codec } of named) body.add(codec, Reflect.get(values, name))
    return body.encoded
  }
}

/**
 * Makes the encoder of calls of a function. In addition to `encoderOf`, the result has the selector and the prefix
 * `0x`.
 */
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
  if (bits === undefined) throw new TypeError(`the type ${type} is not supported`)
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
    throw new TypeError('a tuple without a list or a byte string is not supported')
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

/** The encoding of several values: a head with static values and offsets, and a tail with the dynamic values. */
class Body {
  #head = ''
  #tail = ''
  #offset: number

  constructor(words: number) {
    this.#offset = words * WORD_BYTES
  }

  get encoded(): string {
    return this.#head + this.#tail
  }

  add({ isDynamic, encode }: Codec, value: unknown): void {
    const encoded = encode(value)
    if (isDynamic) {
      this.#head += word(this.#offset)
      this.#tail += encoded
      this.#offset += encoded.length / 2
    } else {
      this.#head += encoded
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

/** The digits are not checked: the text may be long. The caller guarantees hex. */
function encodeBytes(value: unknown): string {
  if (typeof value !== 'string' || !value.startsWith('0x') || value.length % 2 !== 0) {
    throw misfit(value, 'a byte string')
  }
  const digits = value.length - 2
  return word(digits / 2) + value.slice(2).padEnd(Math.ceil(digits / WORD_DIGITS) * WORD_DIGITS, '0')
}

/** Leading zeros do not count. */
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
