/** Keccak-256 in WebAssembly (`npm run bench`, row `keccak_60k_us`). A full batch is 60 KB and is hashed twice. */
import { createKeccak } from 'hash-wasm'
import type { Hex } from '../domain/primitives.ts'

/** One instance is enough: `keccak256` starts and ends a hash in one synchronous call. */
const hasher = await createKeccak(256)

/** The hash of bytes. */
export function keccak256(data: Uint8Array): Hex {
  return `0x${hasher.init().update(data).digest('hex')}`
}

/** Converts hex to bytes. The caller guarantees an even number of hex digits. */
export function bytesOf(hex: Hex): Uint8Array {
  return Buffer.from(hex.slice(2), 'hex')
}
