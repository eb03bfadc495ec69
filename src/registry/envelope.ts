/** The envelope of an operation: the operation with id, lane, claims and size. */
import { size } from 'viem'
import type { OpEnvelope, Operation, OperationId } from '../domain/operation.ts'
import type { Address, Millis } from '../domain/primitives.ts'
import type { KindDefinition } from './definition.ts'

/** Facts about an operation in addition to the fields. */
export interface Provenance {
  readonly id: OperationId
  /** See `QueuedOperation`. */
  readonly client: OpEnvelope['client']
  readonly receivedAt: Millis
  /** Null for an operation without signature. */
  readonly signer: Address | null
}

/**
 * Makes the envelope of an operation that passed pre-flight: the nonce is near the chain nonce and therefore a safe
 * number. The admission adds the sequence number.
 */
export function toEnvelope(
  definition: KindDefinition,
  operation: Operation,
  { id, client, receivedAt, signer }: Provenance,
): Omit<OpEnvelope, 'sequence'> {
  const lane = definition.lane(operation)
  return {
    id,
    kind: operation.kind,
    priority: definition.priority,
    lane: lane === null ? null : { leaf: lane.leaf, nonce: Number(lane.nonce) },
    claims: definition.claims(operation),
    client,
    receivedAt,
    bytes: size(definition.callData(operation)),
    tries: 0,
    operation,
    signer,
  }
}
