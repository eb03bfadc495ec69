/** Keccak-256 in WebAssembly (`npm run bench`, row `keccak_60k_us`). A full batch is 60 KB and is hashed twice. */
import { createKeccak, type IHasher } from 'hash-wasm'
import { keccak256 as slowKeccak256 } from 'viem'
import type { Hex } from '../domain/primitives.ts'

/**
 * One instance is enough: `keccak256` starts and ends a hash in one synchronous call. Null until WebAssembly is compiled, a few
 * milliseconds after the import. The module does not wait for it, because `require` cannot load a module that waits.
 */
let hasher: IHasher | null = null

/** Resolves when hashes are computed in WebAssembly. A failure is a defect of the platform, and ends the process. */
export const compiled: Promise<void> = createKeccak(256).then((instance) => {
  hasher = instance
})

/** The hash of bytes. Until WebAssembly is compiled, viem computes it in JavaScript. */
export function keccak256(data: Uint8Array): Hex {
  if (hasher === null) return slowKeccak256(data)
  return `0x${hasher.init().update(data).digest('hex')}`
}

/** Converts hex to bytes. The caller guarantees an even number of hex digits. */
export function bytesOf(hex: Hex): Uint8Array {
  return Buffer.from(hex.slice(2), 'hex')
}
