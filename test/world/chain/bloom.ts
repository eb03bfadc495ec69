/** The bloom filter of a receipt: tells that a transaction has logs, also while the logs are missing. Yellow Paper, 4.3.1. */
import { type Hex, hexToBytes } from 'viem'
import type { Address } from '../../../src/domain/primitives.ts'
import { bytesOf, keccak256 } from '../../../src/evm/keccak.ts'
import type { RegistryLog } from './registry.ts'

const SIZE = 256
const BITS = 8 * SIZE

/** Computed filters, because receipts are read repeatedly. */
const known = new WeakMap<readonly RegistryLog[], Hex>()

export function bloomOf(logs: readonly RegistryLog[], address: Address): Hex {
  const before = known.get(logs)
  if (before !== undefined) return before
  const bloom = new Uint8Array(SIZE)
  for (const { topics } of logs) for (const item of [address, ...topics]) add(bloom, item)
  const shown: Hex = `0x${Buffer.from(bloom).toString('hex')}`
  known.set(logs, shown)
  return shown
}

/** Each item sets three bits. */
function add(bloom: Uint8Array, item: Hex): void {
  const hash = hexToBytes(keccak256(bytesOf(item)))
  for (const position of [0, 2, 4]) {
    const bit = (((hash[position] ?? 0) << 8) | (hash[position + 1] ?? 0)) % BITS
    const place = SIZE - 1 - (bit >> 3)
    bloom[place] = (bloom[place] ?? 0) | (1 << (bit & 7))
  }
}
