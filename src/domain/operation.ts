/**
 * Operations: the signed calls of users, and the envelope of each operation in the store. docs/glossary.md explains
 * operation, kind, lane, position and claim.
 */
import type { Address, Millis } from './primitives.ts'

/** Name of a kind of operation, e.g. `create_account`. The registry defines its kinds. */
export type OperationKind = string

/** A call of a user, in the fields of its kind. Its fields are JSON values, because the store keeps it as JSON. */
export interface Operation {
  readonly kind: OperationKind
}

/** Urgency of a kind: a higher class is batched first. Specification, "Operation Envelope". */
export const PriorityClass = { Normal: 0, High: 1, Critical: 2 } as const

export type PriorityClass = (typeof PriorityClass)[keyof typeof PriorityClass]

/** Id of an operation: a lower-case UUID v4. The HTTP API shows it as `gw_<uuid>`. */
export type OperationId = string

/** The position of an operation in the lane of its account: leaf and nonce. */
export interface LanePosition {
  /** Key of the account. For the World ID registry it is the leaf index in decimal. */
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
  /** Null for a kind without a nonce. */
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
  /** The operation needs no transaction: it has its verdict as soon as it is stored. */
  readonly isSettled?: true
}

/** Whether the operation must be the only operation of its batch. */
export function isIsolated({ batchLimit }: Pick<QueuedOperation, 'batchLimit'>): boolean {
  return batchLimit === 1
}

/** An operation with its payload, in the stored and simulated form. Specification, "Operation Envelope". */
export interface OpEnvelope<O extends Operation = Operation> extends QueuedOperation {
  readonly operation: O
  /** Address recovered from the signature; null for a kind without a signature. */
  readonly signer: Address | null
}
