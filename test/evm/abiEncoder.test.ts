import fc from 'fast-check'
import { type AbiParameter, BaseError, encodeAbiParameters, parseAbiParameters } from 'viem'
import { describe, expect, it } from 'vitest'
import { encoderOf } from '../../src/evm/abiEncoder.ts'
import { bytesHex } from '../registry/samples.ts'

const anyUint = (bits: number) => fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n })
const anyBytes = fc.integer({ min: 0, max: 99 }).chain(bytesHex)

/** Parameter lists with every supported type, and arbitrary values for each list. */
const CASES: readonly (readonly [parameters: string, values: fc.Arbitrary<readonly unknown[]>])[] = [
  [
    'uint256 a, uint64 b, uint32 c',
    fc.tuple(anyUint(256), anyUint(64), fc.integer({ min: 0, max: 2 ** 32 - 1 })),
  ],
  ['address a, bool b, address c', fc.tuple(bytesHex(20), fc.boolean(), bytesHex(20))],
  ['bytes a, uint256 b, bytes c', fc.tuple(anyBytes, anyUint(256), anyBytes)],
  ['uint256[] a, address[] b', fc.tuple(fc.array(anyUint(256)), fc.array(bytesHex(20)))],
  [
    'address[] a, uint256 b, uint256[][] c, address[][] d',
    fc.tuple(
      fc.array(bytesHex(20)),
      anyUint(256),
      fc.array(fc.array(anyUint(256))),
      fc.array(fc.array(bytesHex(20))),
    ),
  ],
  [
    '(address target, bool flag, bytes data)[] a, bytes[] b',
    fc.tuple(
      fc.array(fc.record({ target: bytesHex(20), flag: fc.boolean(), data: anyBytes })),
      fc.array(anyBytes),
    ),
  ],
  [
    '(uint256 a, (uint64[] b, bool c) d) a, bool b',
    fc.tuple(
      fc.record({
        a: anyUint(256),
        d: fc.record({ b: fc.array(anyUint(64)), c: fc.boolean() }),
      }),
      fc.boolean(),
    ),
  ],
]

function byName(parameters: readonly AbiParameter[], values: readonly unknown[]): object {
  return Object.fromEntries(parameters.map(({ name = '' }, index) => [name, values[index]]))
}

describe('encoderOf', () => {
  it.each(CASES)('encodes (%s) as viem does', (text, anyValues) => {
    const parameters: readonly AbiParameter[] = parseAbiParameters(text)
    const encode = encoderOf(parameters)
    fc.assert(
      fc.property(anyValues, (values) => {
        expect(`0x${encode(byName(parameters, values))}`).toBe(encodeAbiParameters(parameters, values))
      }),
    )
  })

  it('accepts integers as hex, in any case and with leading zeros', () => {
    const encode = encoderOf(parseAbiParameters('uint64 a'))
    fc.assert(
      fc.property(anyUint(64), fc.nat({ max: 20 }), fc.boolean(), (value, zeros, isUpper) => {
        const digits = '0'.repeat(zeros) + value.toString(16)
        const hex = `0x${isUpper ? digits.toUpperCase() : digits}`
        expect(encode({ a: hex })).toBe(encode({ a: value }))
      }),
    )
  })

  it('accepts addresses in any case', () => {
    const encode = encoderOf(parseAbiParameters('address a'))
    expect(encode({ a: `0x${'aB'.repeat(20)}` })).toBe('0'.repeat(24) + 'ab'.repeat(20))
  })

  it.each([
    ['uint64', 1n << 64n],
    ['uint64', `0x1${'00'.repeat(8)}`],
    ['uint32', 2 ** 32],
    ['uint256', 1n << 256n],
    ['uint256', -1n],
    ['uint256', -1],
    ['uint256', 1.5],
    ['uint256', 2 ** 53],
    ['uint256', '0x'],
    ['uint256', '0x-1'],
    ['uint256', '17'],
    ['uint256', undefined],
    ['address', `0x${'00'.repeat(19)}`],
    ['address', `0x${'00'.repeat(21)}`],
    ['address', `0x${'0g'.repeat(20)}`],
    ['address', 7],
    ['bytes', '0x1'],
    ['bytes', '12'],
    ['bytes', null],
    ['uint256[]', 7n],
    ['uint256[]', [7n, -1n]],
    ['address[][]', [[`0x${'00'.repeat(20)}`], ['0x']]],
    ['(bytes b)', 'text'],
    ['(bytes b)', { b: 7 }],
  ])('throws for type %s and value %s', (type, value) => {
    const encode = encoderOf(parseAbiParameters(`${type} a`))
    expect(() => encode({ a: value })).toThrow(BaseError)
  })

  it.each(['int256', 'string', 'bytes32', 'uint256[2]', '(uint256 b)'])(
    'does not support the type %s',
    (type) => {
      expect(() => encoderOf(parseAbiParameters(`${type} a`))).toThrow(TypeError)
    },
  )
})
