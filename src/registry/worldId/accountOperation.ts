/** What the operations on an existing account have in common. */
import type { CreateAccountOp, Operation } from '../../domain/operation.ts'
import { signature, uint64, uint256 } from './fields.ts'

export type AccountOperation = Exclude<Operation, CreateAccountOp>

/** The fields that every one of their requests has. */
export const accountFields = {
  leaf_index: uint64,
  old_offchain_signer_commitment: uint256,
  new_offchain_signer_commitment: uint256,
  signature,
  nonce: uint256,
}

/** Gas of the operations that change one leaf of the tree, measured on the deployed registry. */
export const LEAF_UPDATE_GAS = { base: 215_000, each: 325_000 } as const

/** Their nonces count per account. */
export function accountLane({ leafIndex, nonce }: Pick<AccountOperation, 'leafIndex' | 'nonce'>): {
  leaf: string
  nonce: bigint
} {
  return { leaf: BigInt(leafIndex).toString(), nonce: BigInt(nonce) }
}

/** For operations that any authenticator of the account may sign: only the chain knows who those are. */
export function anySigner(): null {
  return null
}
