/** Recursive length prefix, the encoding of transactions. Yellow Paper, appendix B. */

export type RlpItem = Uint8Array | readonly RlpItem[]

export function encodeRlp(item: RlpItem): Uint8Array {
  if (item instanceof Uint8Array) {
    const [first = 0] = item
    return item.length === 1 && first < 0x80 ? item : Buffer.concat([prefix(0x80, item.length), item])
  }
  const payload = Buffer.concat(item.map(encodeRlp))
  return Buffer.concat([prefix(0xc0, payload.length), payload])
}

/** An integer without leading zeros; zero is no byte at all. @throws RangeError for what is no integer */
export function uintBytes(value: number): Uint8Array {
  const digits = BigInt(value).toString(16)
  return value === 0
    ? Buffer.alloc(0)
    : Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex')
}

function prefix(offset: number, length: number): Uint8Array {
  if (length < 56) return Buffer.of(offset + length)
  const size = uintBytes(length)
  return Buffer.concat([Buffer.of(offset + 55 + size.length), size])
}
