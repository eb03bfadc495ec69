/**
 * The port for signing the gateway's transactions, and an implementation with a key in the process. A hardware or cloud
 * key needs another implementation.
 */
import secp256k1 from 'secp256k1'
import { numberToBytes, toRlp } from 'viem'
import { privateKeyToAddress } from 'viem/accounts'
import type { Address, Gas, Hex, WeiPerGas } from '../../domain/primitives.ts'
import { bytesOf, keccak256 } from '../../evm/keccak.ts'

/** A transaction of type 2 (EIP-1559) without a transfer of ether. */
export interface UnsignedTransaction {
  readonly chainId: number
  readonly nonce: number
  readonly to: Address
  readonly data: Hex
  readonly gas: Gas
  readonly maxFeePerGas: WeiPerGas
  readonly maxPriorityFeePerGas: WeiPerGas
}

export interface Signer {
  /** Address of the key. */
  readonly address: Address
  /**
   * Signs a transaction.
   * @returns the raw transaction, ready for a node
   * @throws the signer's own error. Nothing is signed after an error, and the caller may try again.
   */
  sign(transaction: UnsignedTransaction): Promise<Hex>
}

/**
 * Signs with a key in the process, in native code. Signatures are deterministic (RFC 6979) and have a low s (EIP-2).
 * @param privateKey 32 bytes
 * @throws viem's error for an invalid key
 */
export function localSigner(privateKey: Hex): Signer {
  const address = privateKeyToAddress(privateKey)
  const key = bytesOf(privateKey)
  return {
    address,
    async sign(transaction) {
      const fields = fieldsOf(transaction)
      const digest = bytesOf(keccak256(envelope(fields)))
      const { signature, recid } = secp256k1.ecdsaSign(digest, key)
      const [r, s] = [signature.subarray(0, 32), signature.subarray(32)]
      const signed = envelope([...fields, uintBytes(recid), withoutLeadingZeros(r), withoutLeadingZeros(s)])
      return `0x${Buffer.from(signed).toString('hex')}`
    },
  }
}

type RlpItem = Uint8Array | readonly RlpItem[]

/** The signed fields in the order of EIP-1559: no value, an empty access list. */
function fieldsOf({
  chainId,
  nonce,
  maxPriorityFeePerGas,
  maxFeePerGas,
  gas,
  to,
  data,
}: UnsignedTransaction): readonly RlpItem[] {
  const [value, accessList] = [uintBytes(0), []]
  return [
    ...[chainId, nonce, maxPriorityFeePerGas, maxFeePerGas, gas].map(uintBytes),
    bytesOf(to),
    value,
    bytesOf(data),
    accessList,
  ]
}

/** The payload after its type byte. EIP-2718. */
function envelope(fields: readonly RlpItem[]): Uint8Array {
  return Buffer.concat([Buffer.of(2), toRlp(fields, 'bytes')])
}

function withoutLeadingZeros(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(bytes.findIndex((byte) => byte !== 0))
}

/** An integer without leading zeros; zero has no bytes. */
function uintBytes(value: number): Uint8Array {
  return value === 0 ? new Uint8Array() : numberToBytes(value)
}
