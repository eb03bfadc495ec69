/** Common parts of the operations on an existing account. */
import type { UintHex } from '../../domain/primitives.ts'
import { signature, uint64, uint256 } from './fields.ts'
import type { SignedOperation } from './operations.ts'

/** The fields of every signed operation. */
export const signedFields = { leaf_index: uint64, signature, nonce: uint256 }

/** The fields of every change of the authenticators of an account. */
export const accountFields = {
  ...signedFields,
  old_offchain_signer_commitment: uint256,
  new_offchain_signer_commitment: uint256,
}

/** Gas of a change of one leaf of the tree, measured on the deployed registry. */
export const LEAF_UPDATE_GAS = { base: 215_000, each: 325_000 } as const

/** The same for version 2. */
export const LEAF_UPDATE_GAS_V2 = { base: 215_000, each: 350_000 } as const

/** The key of an account: its leaf index in decimal. */
export function accountOf({ leafIndex }: { readonly leafIndex: UintHex }): string {
  return BigInt(leafIndex).toString()
}

/** The lane of an account. All authenticators of the account use one common nonce. */
export function accountLane(operation: Pick<SignedOperation, 'leafIndex' | 'nonce'>): {
  readonly leaf: string
  readonly nonce: bigint
} {
  return { leaf: accountOf(operation), nonce: BigInt(operation.nonce) }
}

/** Any authenticator of the account may sign. Only the chain knows the authenticators: the fields show no reason. */
export function anySigner(): null {
  return null
}
