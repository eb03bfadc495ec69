/**
 * Operations: the signed calls of users, and the envelope of each operation in the store. docs/glossary.md explains
 * operation, kind, lane, position and claim.
 */
import type { Address, Hex, Millis, UintHex } from './primitives.ts'

/** Kinds of operations, in the order of the routes of the reference API. */
export const OPERATION_KINDS = [
  'create_account',
  'insert_authenticator',
  'update_authenticator',
  'remove_authenticator',
  'recover_account',
] as const

export type OperationKind = (typeof OPERATION_KINDS)[number]

export interface CreateAccountOp {
  readonly kind: 'create_account'
  /** Recovery agent of the account. With the zero address, the account cannot be recovered. */
  readonly recoveryAddress: Address
  readonly authenticatorAddresses: readonly Address[]
  readonly authenticatorPubkeys: readonly UintHex[]
  readonly offchainSignerCommitment: UintHex
}

/** Fields of every operation on an existing account. */
interface AccountOperation {
  readonly leafIndex: UintHex
  readonly oldOffchainSignerCommitment: UintHex
  readonly newOffchainSignerCommitment: UintHex
  /** Signature of the EIP-712 digest: 65 bytes r, s, v with v = 27 or 28. */
  readonly signature: Hex
  /** Signature nonce. The call succeeds only if it equals the registry's counter of the leaf. */
  readonly nonce: UintHex
}

export interface InsertAuthenticatorOp extends AccountOperation {
  readonly kind: 'insert_authenticator'
  readonly newAuthenticatorAddress: Address
  readonly pubkeyId: number
  readonly newAuthenticatorPubkey: UintHex
}

export interface UpdateAuthenticatorOp extends AccountOperation {
  readonly kind: 'update_authenticator'
  readonly oldAuthenticatorAddress: Address
  readonly newAuthenticatorAddress: Address
  readonly pubkeyId: number
  readonly newAuthenticatorPubkey: UintHex
}

export interface RemoveAuthenticatorOp extends AccountOperation {
  readonly kind: 'remove_authenticator'
  readonly authenticatorAddress: Address
  readonly pubkeyId: number
  readonly authenticatorPubkey: UintHex
}

export interface RecoverAccountOp extends AccountOperation {
  readonly kind: 'recover_account'
  readonly newAuthenticatorAddress: Address
  readonly newAuthenticatorPubkey: UintHex
}

export type Operation =
  | CreateAccountOp
  | InsertAuthenticatorOp
  | UpdateAuthenticatorOp
  | RemoveAuthenticatorOp
  | RecoverAccountOp

export type OperationOf<K extends OperationKind> = Extract<Operation, { kind: K }>

/** Urgency of a kind: a higher class is batched first. Specification, "Operation Envelope". */
export const PriorityClass = { Normal: 0, High: 1, Critical: 2 } as const

export type PriorityClass = (typeof PriorityClass)[keyof typeof PriorityClass]

/** Id of an operation: a lower-case UUID v4. The HTTP API shows it as `gw_<uuid>`. */
export type OperationId = string

/** The position of an operation in the lane of its account: leaf and nonce. */
export interface LanePosition {
  /** The account's leaf index in decimal. */
  readonly leaf: string
  /** Nonce of the operation. A number suffices, because pre-flight refuses nonces more than 100 above the chain's. */
  readonly nonce: number
}

/**
 * An operation without its payload: everything that ordering, lanes and planning need. The payload stays in the store
 * until a batch is built: a queue of a million operations stays small.
 */
export interface QueuedOperation {
  readonly id: OperationId
  readonly kind: OperationKind
  readonly priority: PriorityClass
  /** Null for a kind without a nonce (`create_account`). */
  readonly lane: LanePosition | null
  /** Addresses reserved for one operation in flight, e.g. a new authenticator address. */
  readonly claims: readonly string[]
  /**
   * The client that submitted the operation: its address as text, shortened to the network for IPv6. The queue is shared
   * fairly between clients. Null for an operation of the embedding program.
   */
  readonly client: string | null
  readonly receivedAt: Millis
  /** Number in order of admission, unique. It breaks ties of `receivedAt`. */
  readonly sequence: number
  /** Size of the operation's calldata in bytes. */
  readonly bytes: number
  /** Number of charged evictions (see `isCharged`). */
  readonly tries: number
  /**
   * Maximum number of operations of its next batch; absent without a limit. With 1 the operation is isolated. The limit
   * is not stored: after a restart, the next simulation or inclusion sets the limit again.
   */
  readonly batchLimit?: number
}

/** Whether the operation must be the only operation of its batch. */
export function isIsolated({ batchLimit }: Pick<QueuedOperation, 'batchLimit'>): boolean {
  return batchLimit === 1
}

/** An operation with its payload, in the stored and simulated form. Specification, "Operation Envelope". */
export interface OpEnvelope extends QueuedOperation {
  readonly operation: Operation
  /** Address recovered from the signature; null for a kind without a signature. */
  readonly signer: Address | null
}
