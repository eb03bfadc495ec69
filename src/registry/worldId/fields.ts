/**
 * How values are written in requests: the reference's encodings, as schemas that read them into the domain's.
 *
 * A missing field, or one that is not a string, is an issue with code `invalid_type`; a string that is no such value is
 * one with code `custom`.
 */
import { z } from 'zod'
import type { Address, Hex, UintHex } from '../../domain/primitives.ts'

/** 20 bytes in hex of any case, with or without `0x`; checksums are not looked at. Read as lower case. */
export const address = encoded(
  '20 bytes in hex',
  '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266',
  (text): Address | null => readBytes(text, 20),
)

export const uint64 = uint(64)
export const uint256 = uint(256)

/** Small enough to be read as a number. */
export const uint32 = encoded(expectUint(32), '0x1', (text) => {
  const value = readUint(text, 32)
  return value === null ? null : Number(value)
})

/**
 * r, s and v of an ECDSA signature, 65 bytes. v may be 0 or 1, 27 or 28, or 35 and more (EIP-155), and is read as 27 or
 * 28, which is what contracts take. The compact form of 64 bytes (EIP-2098) is refused.
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

/** A field that may be absent or null, and is `fallback` then. */
export function optional<T>(field: z.ZodType<T, string>, fallback: T) {
  return field.nullish().transform((value) => value ?? fallback)
}

/**
 * An integer below 2^`bits`: a string of decimal digits, or of hex digits after `0x`, with white space around it
 * ignored. JSON numbers are refused, since those above 2^53 lose digits. Read as minimal lower-case hex.
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

/** A string that `read` makes a value of, or null when it cannot. */
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

/** Longest text that is read as an integer. 78 digits make any of 256 bits: the rest can only be leading zeros. */
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

/** Whether the curve point that v names has an odd y; null when v names none. EIP-155. */
function readParity(v: number): boolean | null {
  if (v === 0 || v === 27) return false
  if (v === 1 || v === 28) return true
  return v >= 35 ? v % 2 === 0 : null
}
