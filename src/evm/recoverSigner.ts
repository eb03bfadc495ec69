/** The signer of a digest. */
import { RefusedError } from '../domain/errors.ts'
import type { Address, Hex } from '../domain/primitives.ts'
import { addressOf } from './addressOf.ts'
import { bytesOf } from './keccak.ts'
import { secp256k1 } from './secp256k1.ts'

/**
 * Recovers the address of the key that signed (`npm run bench`, row `signer_recovery_us`). A high `s` is
 * accepted, as in the reference API. The registry refuses a high `s`.
 * @param digest 32 bytes
 * @param signature 65 bytes r, s, v with v = 27 or 28
 * @throws RefusedError `bad_request` if no key can have made the signature
 */
export function recoverSigner(digest: Hex, signature: Hex): Address {
  try {
    const bytes = bytesOf(signature)
    const recoveryId = Number(bytes[64]) - 27
    return addressOf(secp256k1.recover(bytesOf(digest), bytes.subarray(0, 64), recoveryId))
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new RefusedError('bad_request', `signature recovery failed: ${reason}`, { cause })
  }
}
