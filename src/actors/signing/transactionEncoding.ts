/** The bytes of a transaction of type 2 (EIP-1559), before and after its signature. */
import { numberToBytes, toRlp } from 'viem'
import type { Hex } from '../../domain/primitives.ts'
import { bytesOf, keccak256 } from '../../evm/keccak.ts'
import type { RecoverableSignature } from '../../evm/secp256k1.ts'
import type { UnsignedTransaction } from './signer.ts'

export interface EncodedTransaction {
  /** The 32 bytes to sign. */
  readonly digest: Uint8Array
  /** @returns the raw transaction */
  withSignature(signature: RecoverableSignature): Hex
}

export function encodeTransaction(transaction: UnsignedTransaction): EncodedTransaction {
  const fields = fieldsOf(transaction)
  return {
    digest: bytesOf(keccak256(envelope(fields))),
    withSignature({ signature, recoveryId }) {
      const [r, s] = [signature.subarray(0, 32), signature.subarray(32)]
      const signed = envelope([
        ...fields,
        uintBytes(recoveryId),
        withoutLeadingZeros(r),
        withoutLeadingZeros(s),
      ])
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
function uintBytes(value: number | bigint): Uint8Array {
  return BigInt(value) === 0n ? new Uint8Array() : numberToBytes(value)
}
