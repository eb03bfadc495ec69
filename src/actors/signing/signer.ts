/**
 * The port for signing the gateway's transactions. It has the shape of a local account of viem, so that the account of any
 * key service fits.
 */
import type { Address, Hex } from '../../domain/primitives.ts'

/** A transaction of type 2 (EIP-1559) without a transfer of ether, as viem writes it. */
export interface UnsignedTransaction {
  readonly type: 'eip1559'
  readonly chainId: number
  readonly nonce: number
  readonly to: Address
  readonly data: Hex
  readonly gas: bigint
  readonly maxFeePerGas: bigint
  readonly maxPriorityFeePerGas: bigint
}

export interface Signer {
  /** Address of the key. */
  readonly address: Address
  /**
   * Signs a transaction. A signature may take seconds.
   * @returns the raw transaction, ready for a node
   * @throws the signer's own error. Nothing is signed after an error, and the caller may try again.
   */
  signTransaction(transaction: UnsignedTransaction): Promise<Hex>
}
