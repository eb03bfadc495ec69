/** The address of a public key. */
import type { Address } from '../domain/primitives.ts'
import { keccak256 } from './keccak.ts'

/** @param publicKey 65 bytes, not compressed */
export function addressOf(publicKey: Uint8Array): Address {
  return `0x${keccak256(publicKey.subarray(1)).slice(-40)}`
}
