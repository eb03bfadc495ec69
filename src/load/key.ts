/** Keys of the generated accounts. */
import secp256k1 from 'secp256k1'
import { bytesToHex, hexToBytes, keccak256 } from 'viem'
import type { Address, Hex } from '../domain/primitives.ts'
import type { Random } from './random.ts'

export interface Key {
  readonly address: Address
  /** Signs a digest. The result is 65 bytes r, s, v with v = 27 or 28 and a low s, as the registry requires. */
  sign(digest: Hex): Hex
}

export function createKey(random: Random): Key {
  const secret = drawSecret(random)
  const publicKey = secp256k1.publicKeyCreate(secret, false)
  return {
    address: `0x${keccak256(publicKey.subarray(1)).slice(-40)}`,
    sign(digest) {
      const { signature, recid } = secp256k1.ecdsaSign(hexToBytes(digest), secret)
      return `${bytesToHex(signature)}${(27 + recid).toString(16)}`
    },
  }
}

/**
 * Random bytes with the value of a valid private key. Nearly all draws are valid; an invalid draw is repeated. an
 * invalid draw is repeated.
 */
function drawSecret(random: Random): Uint8Array {
  const secret = random.bytes(32)
  return secp256k1.privateKeyVerify(secret) ? secret : drawSecret(random)
}
