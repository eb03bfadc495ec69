/** Puts an operation into the envelope that it travels in. */
import { size } from 'viem'
import type { OpEnvelope, Operation, OperationId } from '../../domain/operation.ts'
import type { Address, Millis } from '../../domain/primitives.ts'
import { operationKinds } from './kinds.ts'

/** What pre-flight found out about an operation. */
export interface Provenance {
  readonly id: OperationId
  readonly receivedAt: Millis
  /** Null for an operation without signature. */
  readonly signer: Address | null
}

/**
 * The envelope of an operation that has passed pre-flight: its nonce is close enough to the chain's to be a number. Its
 * place in the order of admission comes with the admission.
 */
export function toEnvelope(
  operation: Operation,
  { id, receivedAt, signer }: Provenance,
): Omit<OpEnvelope, 'sequence'> {
  const definition = operationKinds[operation.kind]
  const lane = definition.lane(operation)
  return {
    id,
    kind: operation.kind,
    priority: definition.priority,
    lane: lane === null ? null : { leaf: lane.leaf, nonce: Number(lane.nonce) },
    claims: definition.claims(operation),
    receivedAt,
    bytes: size(definition.callData(operation)),
    tries: 0,
    operation,
    signer,
  }
}
