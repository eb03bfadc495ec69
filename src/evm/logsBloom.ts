/** The bloom filter of logs in a receipt: 2,048 bits, three of them set by each address and each topic. Yellow Paper, 4.4.3. */
import type { Address, Hex } from '../domain/primitives.ts'
import { bytesOf, keccak256 } from './keccak.ts'
import type { ReceiptLog } from './logPattern.ts'

const BLOOM_BYTES = 256

/**
 * Whether the bloom filter has a bit that no log sets: a log is missing. A chain without bloom filters fills them with
 * zeros or ones. Such a filter shows nothing.
 */
export function isLogMissing(bloom: Hex, logs: readonly Pick<ReceiptLog, 'address' | 'topics'>[]): boolean {
  const given = bytesOf(bloom)
  if (given.length !== BLOOM_BYTES || given.every((byte) => byte === 0xff)) return false
  const expected = new Uint8Array(BLOOM_BYTES)
  for (const { address, topics } of logs) {
    for (const value of [address, ...topics]) addTo(expected, value)
  }
  return given.some((byte, index) => (byte & ~(expected[index] ?? 0)) !== 0)
}

/**
 * Whether a contract may have written a log. A full filter may show logs that do not exist, but never hides one.
 * @param bloom of a block; some nodes give none
 */
export function mayHaveLogOf(bloom: Hex | null | undefined, address: Address): boolean {
  if (!bloom) return true
  const given = bytesOf(bloom)
  const wanted = new Uint8Array(BLOOM_BYTES)
  addTo(wanted, address)
  return wanted.every((byte, index) => (byte & (given[index] ?? 0)) === byte)
}

/** The lowest eleven bits of each of the first three 16-bit words of the hash number a bit, counted from the end. */
function addTo(bloom: Uint8Array, value: Hex): void {
  const hash = Buffer.from(bytesOf(keccak256(bytesOf(value))))
  for (const word of [0, 2, 4]) {
    const bit = hash.readUInt16BE(word) % (8 * BLOOM_BYTES)
    const index = BLOOM_BYTES - 1 - Math.floor(bit / 8)
    bloom[index] = (bloom[index] ?? 0) | (1 << (bit % 8))
  }
}
