/** Common parts of the operations on an existing account. */
import { signature, uint64, uint256 } from './fields.ts'
import type { AccountOperation } from './operations.ts'

/** The fields of every change of an account. */
export const accountFields = {
  leaf_index: uint64,
  old_offchain_signer_commitment: uint256,
  new_offchain_signer_commitment: uint256,
  signature,
  nonce: uint256,
}

/** Gas of a change of one leaf of the tree, measured on the deployed registry. */
export const LEAF_UPDATE_GAS = { base: 215_000, each: 325_000 } as const

/** The lane of an account. All authenticators of the account use one common nonce. */
export function accountLane({ leafIndex, nonce }: Pick<AccountOperation, 'leafIndex' | 'nonce'>): {
  leaf: string
  nonce: bigint
} {
  return { leaf: BigInt(leafIndex).toString(), nonce: BigInt(nonce) }
}

/** Any authenticator of the account may sign. Only the chain knows the authenticators: the fields show no reason. */
export function anySigner(): null {
  return null
}
