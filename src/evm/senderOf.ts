/** The signer of a transaction. */
import { getAddress, parseTransaction, serializeTransaction, type TransactionSerializedEIP1559 } from 'viem'
import type { Address, Hex } from '../domain/primitives.ts'
import { bytesOf, keccak256 } from './keccak.ts'
import { recoverSigner } from './recoverSigner.ts'

/**
 * Recovers the address, with checksum, of the key that signed an EIP-1559 transaction.
 * @param raw the signed transaction, type 2
 * @throws viem's error if the bytes are no transaction; RefusedError if no key can have made the signature
 */
export function senderOf(raw: Hex): Address {
  const { r, s, yParity, v: _v, ...unsigned } = parseTransaction(toSerialized(raw))
  const digest = keccak256(bytesOf(serializeTransaction({ ...unsigned, type: 'eip1559' })))
  return getAddress(recoverSigner(digest, `0x${word(r)}${word(s)}${yParity === 1 ? '1c' : '1b'}`))
}

/** Pads to 32 bytes, because a transaction omits leading zeros. */
function word(value: Hex | undefined): string {
  return (value ?? '0x').slice(2).padStart(64, '0')
}

function toSerialized(raw: Hex): TransactionSerializedEIP1559 {
  return `0x02${raw.slice(4)}`
}
