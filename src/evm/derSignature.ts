/** An ECDSA signature in DER, as key services return it: a sequence of the integers r and s. RFC 3279, section 2.2.3. */

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

const SEQUENCE = 0x30
const INTEGER = 0x02

/**
 * Converts a signature to r and s of 32 bytes each. A high s becomes low: both are valid, and the chain accepts only the low
 * one (EIP-2).
 * @throws Error if the bytes are no signature on secp256k1 in DER
 */
export function fromDer(der: Uint8Array): Uint8Array {
  const [r, afterR] = readInteger(der, 2)
  const [s, end] = readInteger(der, afterR)
  if (der[0] !== SEQUENCE || der[1] !== der.length - 2 || end !== der.length) throw invalid()
  return Buffer.from(word(r) + word(s > ORDER / 2n ? ORDER - s : s), 'hex')
}

/** @returns the integer, and the position after it */
function readInteger(der: Uint8Array, at: number): readonly [bigint, number] {
  const end = at + 2 + (der[at + 1] ?? 0)
  const bytes = der.subarray(at + 2, end)
  const isNegative = ((bytes[0] ?? 0) & 0x80) !== 0
  if (der[at] !== INTEGER || bytes.length === 0 || end > der.length || isNegative) throw invalid()
  const value = BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
  if (value === 0n || value >= ORDER) throw invalid()
  return [value, end]
}

function word(value: bigint): string {
  return value.toString(16).padStart(64, '0')
}

function invalid(): Error {
  return new Error('the signature is not valid DER on secp256k1')
}
