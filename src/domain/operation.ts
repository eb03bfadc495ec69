/**
 * The operations that the gateway lands on chain, and the envelope that each travels in.
 *
 * Glossary
 * - **operation**: one signed request of a user of the registry, e.g. "insert this authenticator".
 * - **kind**: which of the registry's functions it calls.
 * - **lane**: what an operation's nonce counts in. On this registry it is the account's leaf index, not the signer:
 *   several authenticators of one account share one counter.
 * - **claim**: something that only one operation in flight may take, e.g. a new authenticator address.
 */
import type { Address, Hex, Millis, UintHex } from './primitives.ts'

/** Every kind of operation, in the order of the reference's routes. */
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
  /** Who may recover the account; the zero address for nobody. */
  readonly recoveryAddress: Address
  readonly authenticatorAddresses: readonly Address[]
  readonly authenticatorPubkeys: readonly UintHex[]
  readonly offchainSignerCommitment: UintHex
}

/** What every operation on an existing account carries. */
interface AccountOperation {
  readonly leafIndex: UintHex
  readonly oldOffchainSignerCommitment: UintHex
  readonly newOffchainSignerCommitment: UintHex
  /** 65 bytes r, s, v over the EIP-712 digest, v = 27 or 28. */
  readonly signature: Hex
  /** The account's signature nonce: must equal the registry's counter for the leaf. */
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

/** How urgent an operation's kind is; a higher class is batched first. Specification, "Operation Envelope". */
export const PriorityClass = { Normal: 0, High: 1, Critical: 2 } as const

export type PriorityClass = (typeof PriorityClass)[keyof typeof PriorityClass]

/** An operation's id: a lower-case UUID v4. The wire shows it as `gw_<uuid>`. */
export type OperationId = string

/** A place in a lane. */
export interface LanePosition {
  /** The account's leaf index in decimal. */
  readonly leaf: string
  /** The operation's nonce. Pre-flight refuses what is more than 100 ahead of the chain, so a number holds it. */
  readonly nonce: number
}

/**
 * What the actors know of an operation while it waits and rides: everything that ordering, lanes and planning need,
 * and not its payload, which stays in the store until a batch is built. A queue of a million stays small.
 */
export interface QueuedOperation {
  readonly id: OperationId
  readonly kind: OperationKind
  readonly priority: PriorityClass
  /** Null for an operation that has no nonce (a create). */
  readonly lane: LanePosition | null
  readonly claims: readonly string[]
  readonly receivedAt: Millis
  /** Order of admission, unique; breaks ties of time. */
  readonly sequence: number
  /** Size of its calldata in bytes. */
  readonly bytes: number
  /** How many batches it was evicted from by its own doing: see `costsTry`. */
  readonly tries: number
}

/** An operation with its payload: what is stored, simulated and encoded. Specification, "Operation Envelope". */
export interface OpEnvelope extends QueuedOperation {
  readonly operation: Operation
  /** Recovered from the signature; null for an operation that carries none. */
  readonly signer: Address | null
}
