/** The operations of the World ID registry: signed calls of its users. */
import type { Address, Hex, UintHex } from '../../domain/primitives.ts'

/** Kinds of operations, in the order of the routes of the reference API. */
export const OPERATION_KINDS = [
  'create_account',
  'insert_authenticator',
  'update_authenticator',
  'remove_authenticator',
  'update_recovery_agent',
  'cancel_recovery_agent_update',
  'execute_recovery_agent_update',
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

/** Fields of every signed operation on an existing account. */
interface SignedFields {
  readonly leafIndex: UintHex
  /** Signature of the EIP-712 digest: 65 bytes r, s, v with v = 27 or 28. */
  readonly signature: Hex
  /** Signature nonce. The call succeeds only if it equals the registry's counter of the leaf. */
  readonly nonce: UintHex
}

/** Fields of every change of the authenticators of an account. */
interface AccountFields extends SignedFields {
  readonly oldOffchainSignerCommitment: UintHex
  readonly newOffchainSignerCommitment: UintHex
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

/** Version 1: `initiateRecoveryAgentUpdate`. Version 2: `updateRecoveryAgent`. */
export interface UpdateRecoveryAgentOp extends SignedFields {
  readonly kind: 'update_recovery_agent'
  /** With the zero address, the account cannot be recovered. */
  readonly newRecoveryAgent: Address
}

/** Version 1: `cancelRecoveryAgentUpdate`. Version 2: `revertRecoveryAgentUpdate`. */
export interface CancelRecoveryAgentUpdateOp extends SignedFields {
  readonly kind: 'cancel_recovery_agent_update'
}

/** Version 1: `executeRecoveryAgentUpdate`, without signature. Version 2 needs no such call. */
export interface ExecuteRecoveryAgentUpdateOp {
  readonly kind: 'execute_recovery_agent_update'
  readonly leafIndex: UintHex
}

export type WorldIdOperation =
  | CreateAccountOp
  | InsertAuthenticatorOp
  | UpdateAuthenticatorOp
  | RemoveAuthenticatorOp
  | UpdateRecoveryAgentOp
  | CancelRecoveryAgentUpdateOp
  | ExecuteRecoveryAgentUpdateOp
  | RecoverAccountOp

export type OperationOf<K extends WorldIdKind> = Extract<WorldIdOperation, { kind: K }>

/** A signed operation on an existing account. */
export type SignedOperation = Exclude<WorldIdOperation, CreateAccountOp | ExecuteRecoveryAgentUpdateOp>

/** A change of the authenticators of an account. */
export type AccountOperation = Exclude<SignedOperation, UpdateRecoveryAgentOp | CancelRecoveryAgentUpdateOp>
