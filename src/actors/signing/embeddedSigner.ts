/**
 * A signer of the embedding program, for example a local account of viem or the account of a key service. Its answer is
 * compared with the transaction: the gateway stores and broadcasts only what it has asked for.
 */
import { parseTransaction, type TransactionSerializedEIP1559 } from 'viem'
import type { DurationMs, Hex } from '../../domain/primitives.ts'
import { addressOf } from '../../evm/addressOf.ts'
import { bytesOf } from '../../evm/keccak.ts'
import { secp256k1 } from '../../evm/secp256k1.ts'
import { before } from './before.ts'
import type { Signer } from './signer.ts'
import { encodeTransaction } from './transactionEncoding.ts'

/** Maximum wait for a signature. Afterwards the wallet tries again. */
const SIGNATURE_TIMEOUT: DurationMs = 30_000

export function embeddedSigner(account: Signer, timeout = SIGNATURE_TIMEOUT): Signer {
  return {
    address: account.address,
    async signTransaction(transaction) {
      const raw = await before(timeout, account.signTransaction(transaction))
      const { digest, withSignature } = encodeTransaction(transaction)
      const signature = signatureOf(raw)
      const signer = addressOf(secp256k1.recover(digest, signature.signature, signature.recoveryId))
      if (signer !== account.address.toLowerCase() || withSignature(signature) !== raw.toLowerCase()) {
        throw new Error('the signer has signed another transaction, or with another key')
      }
      return raw
    },
  }
}

function signatureOf(raw: Hex) {
  const { r = '0x0', s = '0x0', yParity } = parseTransaction(raw as TransactionSerializedEIP1559)
  return { signature: bytesOf(`0x${word(r)}${word(s)}`), recoveryId: yParity ?? 0 }
}

/** Pads to 32 bytes, because a transaction omits leading zeros. */
function word(value: Hex): string {
  return value.slice(2).padStart(64, '0')
}
