/** Turns the operations of a batch into contract calls. */
import type { CreateAccountOp, OpEnvelope, Operation } from '../../domain/operation.ts'
import type { Hex } from '../../domain/primitives.ts'
import { foldCreates } from '../../registry/worldId/fold.ts'
import { operationKinds } from '../../registry/worldId/kinds.ts'

/** A contract call and its operations: several for a fold, else one. */
export interface DraftCall {
  readonly callData: Hex
  readonly envelopes: readonly OpEnvelope[]
}

/** Makes the calls of a batch, in operation order. */
export type Draft = (envelopes: readonly OpEnvelope[]) => readonly DraftCall[]

/**
 * All creates in one call, at the position of the first create, and one call for each other operation. A create with an
 * earlier out-of-gas failure gets a separate call for a separate measurement.
 */
export const foldedCalls: Draft = (envelopes) => {
  const foldable = envelopes.filter(isCreate).filter(({ tries }) => tries === 0)
  if (foldable.length < 2) return singleCalls(envelopes)
  const folded = new Set<OpEnvelope>(foldable)
  return envelopes.flatMap((envelope): readonly DraftCall[] => {
    if (!folded.has(envelope)) return [singleCall(envelope)]
    if (envelope !== foldable[0]) return []
    return [{ callData: foldCreates(foldable.map(({ operation }) => operation)), envelopes: foldable }]
  })
}

/** One call for each operation. */
export const singleCalls: Draft = (envelopes) => envelopes.map(singleCall)

function singleCall(envelope: OpEnvelope): DraftCall {
  return { callData: callDataOf(envelope.operation), envelopes: [envelope] }
}

export function callDataOf(operation: Operation): Hex {
  return operationKinds[operation.kind].callData(operation)
}

export function isCreate(
  envelope: OpEnvelope,
): envelope is OpEnvelope & { readonly operation: CreateAccountOp } {
  return envelope.operation.kind === 'create_account'
}
