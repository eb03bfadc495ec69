import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { address, optional, signature, uint32, uint64, uint256 } from '../../src/registry/worldId/fields.ts'
import { bytesHex } from './samples.ts'

const R_S = '5a'.repeat(64)

/** The code of the schema's first issue with a value. */
function issueOf(schema: z.ZodType, value: unknown): string | undefined {
  return schema.safeParse(value).error?.issues[0]?.code
}

const NOT_STRINGS = [1, 1n, true, {}, [], null, undefined]

describe('integers', () => {
  it.each([
    ['0', '0x0'],
    ['1', '0x1'],
    ['255', '0xff'],
    ['007', '0x7'],
    ['0x0', '0x0'],
    ['0xff', '0xff'],
    ['0XfF', '0xff'],
    ['0x00Ff', '0xff'],
    [' 12\n', '0xc'],
    ['\t0x12 ', '0x12'],
    [((1n << 256n) - 1n).toString(), `0x${'f'.repeat(64)}`],
    [`0x${'F'.repeat(64)}`, `0x${'f'.repeat(64)}`],
    [`${'0'.repeat(500)}5`, '0x5'],
  ])('%j is %s', (text, value) => {
    expect(uint256.parse(text)).toBe(value)
  })

  it.each([
    '',
    ' ',
    '0x',
    '0X',
    'ff',
    '-1',
    '+1',
    '1.0',
    '1e3',
    '1_000',
    '1 2',
    '0b1',
    '0o7',
    '0xg',
    'x1',
    '١',
    (1n << 256n).toString(),
    `0x1${'0'.repeat(64)}`,
    '9'.repeat(1_000_000),
  ])('%j is none', (text) => {
    expect(issueOf(uint256, text)).toBe('custom')
  })

  it.each(NOT_STRINGS)('%s has a wrong type', (value) => {
    expect(issueOf(uint256, value)).toBe('invalid_type')
    expect(issueOf(uint64, value)).toBe('invalid_type')
    expect(issueOf(uint32, value)).toBe('invalid_type')
  })

  it.each([
    [uint32, 32n],
    [uint64, 64n],
    [uint256, 256n],
  ] as const)('%# end at their width', (schema, bits) => {
    const largest = (1n << bits) - 1n
    expect(BigInt(schema.parse(largest.toString()))).toBe(largest)
    expect(BigInt(schema.parse(`0x${largest.toString(16)}`))).toBe(largest)
    expect(issueOf(schema, (largest + 1n).toString())).toBe('custom')
    expect(issueOf(schema, `0x${(largest + 1n).toString(16)}`)).toBe('custom')
  })

  it('of 32 bits become numbers', () => {
    expect(uint32.parse('0x10')).toBe(16)
    expect(uint32.parse('4294967295')).toBe(4_294_967_295)
  })

  it('mean the same in decimal and hex', () => {
    const integer = fc.bigInt({ min: 0n, max: (1n << 256n) - 1n })
    fc.assert(
      fc.property(integer, (value) => {
        const hex = `0x${value.toString(16)}`
        expect(uint256.parse(value.toString())).toBe(hex)
        expect(uint256.parse(hex.toUpperCase())).toBe(hex)
      }),
    )
  })
})

describe('addresses', () => {
  const LOWER = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'

  it.each([
    LOWER,
    LOWER.slice(2),
    '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266',
    '0xF39FD6E51AAD88F6F4CE6AB8827279CFFFB92266',
    '0xF39fd6e51aad88f6f4ce6ab8827279cfffb92266',
  ])('%s is read as lower case', (text) => {
    expect(address.parse(text)).toBe(LOWER)
  })

  it.each([
    '',
    '0x',
    LOWER.slice(0, -1),
    `${LOWER}0`,
    `0X${LOWER.slice(2)}`,
    ` ${LOWER}`,
    `0x${'g'.repeat(40)}`,
  ])('%j is none', (text) => {
    expect(issueOf(address, text)).toBe('custom')
  })

  it.each(NOT_STRINGS)('%s has a wrong type', (value) => {
    expect(issueOf(address, value)).toBe('invalid_type')
  })
})

describe('signatures', () => {
  it.each([
    ['00', '1b'],
    ['01', '1c'],
    ['1b', '1b'],
    ['1c', '1c'],
    ['1B', '1b'],
    ['23', '1b'],
    ['24', '1c'],
    ['25', '1b'],
    ['fe', '1c'],
    ['ff', '1b'],
  ])('with v = 0x%s are read with v = 0x%s', (v, read) => {
    expect(signature.parse(`0x${R_S}${v}`)).toBe(`0x${R_S}${read}`)
    expect(signature.parse(R_S + v)).toBe(`0x${R_S}${read}`)
  })

  it('keep r and s', () => {
    fc.assert(
      fc.property(bytesHex(64), (rs) => {
        expect(signature.parse(`${rs.toUpperCase().replace('X', 'x')}1c`)).toBe(`${rs}1c`)
      }),
    )
  })

  it.each(['02', '1a', '1d', '22'])('with v = 0x%s are invalid', (v) => {
    expect(issueOf(signature, `0x${R_S}${v}`)).toBe('custom')
  })

  it('are invalid when compact, longer or not hex', () => {
    expect(issueOf(signature, `0x${R_S}`)).toBe('custom')
    expect(issueOf(signature, `0x${R_S}1b00`)).toBe('custom')
    expect(issueOf(signature, `0x${R_S}zz`)).toBe('custom')
    expect(issueOf(signature, '')).toBe('custom')
  })
})

describe('optional fields', () => {
  const field = optional(uint32, 9)

  it('fall back when absent or null', () => {
    expect(field.parse(undefined)).toBe(9)
    expect(field.parse(null)).toBe(9)
    expect(field.parse('0')).toBe(0)
  })

  it('are validated when present', () => {
    expect(issueOf(field, 0)).toBe('invalid_type')
    expect(issueOf(field, '')).toBe('custom')
  })
})
