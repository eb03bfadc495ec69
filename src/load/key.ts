/** Keys of the generated accounts. */
import { bytesToHex, hexToBytes } from 'viem'
import type { Address, Hex } from '../domain/primitives.ts'
import { addressOf } from '../evm/addressOf.ts'
import { secp256k1 } from '../evm/secp256k1.ts'
import type { Random } from './random.ts'

export interface Key {
  readonly address: Address
  /** Signs a digest. The result is 65 bytes r, s, v with v = 27 or 28 and a low s, as the registry requires. */
  sign(digest: Hex): Hex
}

export function createKey(random: Random): Key {
  const secret = drawSecret(random)
  return {
    address: addressOf(secp256k1.publicKey(secret)),
    sign(digest) {
      const { signature, recoveryId } = secp256k1.sign(hexToBytes(digest), secret)
      return `${bytesToHex(signature)}${(27 + recoveryId).toString(16)}`
    },
  }
}

/**
 * Random bytes with the value of a valid private key. Nearly all draws are valid; an invalid draw is repeated. an
 * invalid draw is repeated.
 */
function drawSecret(random: Random): Uint8Array {
  const secret = random.bytes(32)
  return secp256k1.isPrivateKey(secret) ? secret : drawSecret(random)
}
