/** The operations of the World ID registry: signed calls of its users. */
import type { Address, Hex, UintHex } from '../../domain/primitives.ts'

/** Kinds of operations, in the order of the routes of the reference API. */
export const OPERATION_KINDS = [
  'create_account',
  'insert_authenticator',
  'update_authenticator',
  'remove_authenticator',
  'recover_account',
] as const

export type WorldIdKind = (typeof OPERATION_KINDS)[number]

export interface CreateAccountOp {
  readonly kind: 'create_account'
  /** Recovery agent of the account. With the zero address, the account cannot be recovered. */
  readonly recoveryAddress: Address
  readonly authenticatorAddresses: readonly Address[]
  readonly authenticatorPubkeys: readonly UintHex[]
  readonly offchainSignerCommitment: UintHex
}

/** Fields of every operation on an existing account. */
interface AccountFields {
  readonly leafIndex: UintHex
  readonly oldOffchainSignerCommitment: UintHex
  readonly newOffchainSignerCommitment: UintHex
  /** Signature of the EIP-712 digest: 65 bytes r, s, v with v = 27 or 28. */
  readonly signature: Hex
  /** Signature nonce. The call succeeds only if it equals the registry's counter of the leaf. */
  readonly nonce: UintHex
}

export interface InsertAuthenticatorOp extends AccountFields {
  readonly kind: 'insert_authenticator'
  readonly newAuthenticatorAddress: Address
  readonly pubkeyId: number
  readonly newAuthenticatorPubkey: UintHex
}

export interface UpdateAuthenticatorOp extends AccountFields {
  readonly kind: 'update_authenticator'
  readonly oldAuthenticatorAddress: Address
  readonly newAuthenticatorAddress: Address
  readonly pubkeyId: number
  readonly newAuthenticatorPubkey: UintHex
}

export interface RemoveAuthenticatorOp extends AccountFields {
  readonly kind: 'remove_authenticator'
  readonly authenticatorAddress: Address
  readonly pubkeyId: number
  readonly authenticatorPubkey: UintHex
}

export interface RecoverAccountOp extends AccountFields {
  readonly kind: 'recover_account'
  readonly newAuthenticatorAddress: Address
  readonly newAuthenticatorPubkey: UintHex
}

export type WorldIdOperation =
  | CreateAccountOp
  | InsertAuthenticatorOp
  | UpdateAuthenticatorOp
  | RemoveAuthenticatorOp
  | RecoverAccountOp

export type OperationOf<K extends WorldIdKind> = Extract<WorldIdOperation, { kind: K }>

/** An operation on an existing account. */
export type AccountOperation = Exclude<WorldIdOperation, CreateAccountOp>
