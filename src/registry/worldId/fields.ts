/**
 * Schemas of the values in request bodies. The schemas read the encodings of the reference API into the domain's types.
 *
 * A missing field, or a field that is not a string, gives a zod issue with code `invalid_type`. A string with a wrong value
 * gives an issue with code `custom`.
 */
import { z } from 'zod'
import type { Address, Hex, UintHex } from '../../domain/primitives.ts'

/** 20 bytes in hex of any case, with or without `0x`. The checksum is ignored. The result is lower case. */
export const address = encoded(
  '20 bytes in hex',
  '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266',
  (text): Address | null => readBytes(text, 20),
)

export const uint64 = uint(64)
export const uint256 = uint(256)

/** An integer below 2^32, read as a number. */
export const uint32 = encoded(expectUint(32), '0x1', (text) => {
  const value = readUint(text, 32)
  return value === null ? null : Number(value)
})

/**
 * r, s and v of an ECDSA signature, 65 bytes. v may be 0 or 1, 27 or 28, or 35 and more (EIP-155). The result has 27 or 28,
 * because contracts accept no other v. The compact form of 64 bytes (EIP-2098) is refused.
 */
export const signature = encoded(
  '65 bytes in hex: r, s and v',
  `0x${'5a'.repeat(64)}1b`,
  (text): Hex | null => {
    const bytes = readBytes(text, 65)
    if (bytes === null) return null
    const odd = readParity(Number.parseInt(bytes.slice(-2), 16))
    return odd === null ? null : `0x${bytes.slice(2, -2)}${odd ? '1c' : '1b'}`
  },
)

/** A field that may be absent or null; the value is `fallback` in both cases. */
export function optional<T>(field: z.ZodType<T, string>, fallback: T) {
  return field.nullish().transform((value) => value ?? fallback)
}

/**
 * An integer below 2^`bits`: a string of decimal digits, or of hex digits after `0x`. White space around the digits is
 * ignored. JSON numbers are refused, because numbers above 2^53 lose digits. The result is minimal lower-case hex.
 */
function uint(bits: number) {
  return encoded(expectUint(bits), '0x1', (text): UintHex | null => {
    const value = readUint(text, bits)
    return value === null ? null : `0x${value.toString(16)}`
  })
}

function expectUint(bits: number): string {
  return `an integer below 2^${bits}, in decimal, or in hex with 0x`
}

/** A string that `read` converts. `read` returns null for a wrong string. */
function encoded<T>(expected: string, example: string, read: (text: string) => T | null) {
  return z
    .string()
    .transform((text, context) => {
      const value = read(text)
      if (value !== null) return value
      context.addIssue({ code: 'custom', message: `must be ${expected}` })
      return z.NEVER
    })
    .meta({ description: expected, example })
}

const INTEGER = /^(?:[0-9]+|0[xX][0-9a-fA-F]+)$/

/** Longest text of an integer. 256 bits need 78 digits; more digits can only be leading zeros. */
const MAX_INTEGER_TEXT = 1_000

function readUint(text: string, bits: number): bigint | null {
  const digits = text.trim()
  if (digits.length > MAX_INTEGER_TEXT || !INTEGER.test(digits)) return null
  const value = BigInt(digits)
  return value < 1n << BigInt(bits) ? value : null
}

function readBytes(text: string, size: number): Hex | null {
  const digits = text.startsWith('0x') ? text.slice(2) : text
  return digits.length === 2 * size && /^[0-9a-fA-F]*$/.test(digits) ? `0x${digits.toLowerCase()}` : null
}

/** True if v stands for a curve point with an odd y; null if v is invalid. EIP-155. */
function readParity(v: number): boolean | null {
  if (v === 0 || v === 27) return false
  if (v === 1 || v === 28) return true
  return v >= 35 ? v % 2 === 0 : null
}
