/** Signs with a key in the process. */
import { getAddress } from 'viem'
import type { Hex } from '../../domain/primitives.ts'
import { addressOf } from '../../evm/addressOf.ts'
import { bytesOf } from '../../evm/keccak.ts'
import { secp256k1 } from '../../evm/secp256k1.ts'
import type { Signer } from './signer.ts'
import { encodeTransaction } from './transactionEncoding.ts'

/**
 * Signatures are deterministic (RFC 6979) and have a low s (EIP-2).
 * @param privateKey 32 bytes
 * @throws Error for an invalid key
 */
export function localSigner(privateKey: Hex): Signer {
  const key = bytesOf(privateKey)
  if (!secp256k1.isPrivateKey(key)) throw new Error('The private key of the wallet is not valid.')
  return {
    address: getAddress(addressOf(secp256k1.publicKey(key))),
    async signTransaction(transaction) {
      const { digest, withSignature } = encodeTransaction(transaction)
      return withSignature(secp256k1.sign(digest, key))
    },
  }
}
