/** Turns the operations of a batch into contract calls. */
import type { OpEnvelope } from '../../domain/operation.ts'
import type { Hex } from '../../domain/primitives.ts'
import type { Registry } from '../../registry/registry.ts'

/** A contract call and its operations: several for a fold, else one. */
export interface DraftCall {
  readonly callData: Hex
  readonly envelopes: readonly OpEnvelope[]
}

/** Makes the calls of a batch, in operation order. */
export type Draft = (registry: Registry, envelopes: readonly OpEnvelope[]) => readonly DraftCall[]

/**
 * All foldable operations in one call, at the position of the first, and one call for each other operation. An operation with an
 * earlier out-of-gas failure gets a separate call for a separate measurement.
 */
export const foldedCalls: Draft = (registry, envelopes) => {
  const { fold } = registry
  const foldable = envelopes.filter(({ kind, tries }) => kind === fold?.kind && tries === 0)
  if (fold === null || foldable.length < 2) return singleCalls(registry, envelopes)
  const folded = new Set<OpEnvelope>(foldable)
  return envelopes.flatMap((envelope): readonly DraftCall[] => {
    if (!folded.has(envelope)) return [singleCall(registry, envelope)]
    if (envelope !== foldable[0]) return []
    return [{ callData: fold.callData(foldable.map(({ operation }) => operation)), envelopes: foldable }]
  })
}

/** One call for each operation. */
export const singleCalls: Draft = (registry, envelopes) =>
  envelopes.map((envelope) => singleCall(registry, envelope))

function singleCall(registry: Registry, envelope: OpEnvelope): DraftCall {
  return { callData: callDataOf(registry, envelope), envelopes: [envelope] }
}

export function callDataOf(registry: Registry, { operation }: Pick<OpEnvelope, 'operation'>): Hex {
  return registry.kindOf(operation).callData(operation)
}
