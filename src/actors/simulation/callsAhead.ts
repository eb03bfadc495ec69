/** The calls of our batches in flight that change the gas of a batch. */
import type { OpEnvelope } from '../../domain/operation.ts'
import type { Gas } from '../../domain/primitives.ts'
import type { Registry } from '../../registry/registry.ts'
import { foldedCalls } from './draftCalls.ts'
import type { Ahead } from './simulateAhead.ts'

const NOTHING: Ahead = { calls: [], isComplete: true }
const UNKNOWN: Ahead = { calls: [], isComplete: false }

/** Whether the gas of an operation of the batch depends on the operations of other accounts before it. */
export function isOrderDependent(registry: Registry, envelopes: readonly OpEnvelope[]): boolean {
  return orderDependent(registry, envelopes).length > 0
}

/**
 * Only order-dependent operations are simulated ahead, and only of a batch with such operations.
 * @param batches the operations of each batch in flight
 * @param own the operations of the batch
 * @param mostGas if the calls ahead may use more, they are unknown
 */
export function callsAhead(
  registry: Registry,
  batches: readonly (readonly OpEnvelope[])[],
  own: readonly OpEnvelope[],
  mostGas: Gas,
): Ahead {
  const ahead = batches.map((batch) => orderDependent(registry, batch)).filter(({ length }) => length > 0)
  if (!isOrderDependent(registry, own) || ahead.length === 0) return NOTHING
  const gas = ahead.reduce((sum, batch) => sum + expectedGas(registry, batch), 0)
  if (gas > mostGas) return UNKNOWN
  return {
    calls: ahead.flatMap((batch) => foldedCalls(registry, batch)).map(({ callData }) => callData),
    isComplete: true,
  }
}

function orderDependent(registry: Registry, envelopes: readonly OpEnvelope[]): readonly OpEnvelope[] {
  return envelopes.filter(({ operation }) => registry.kindOf(operation).isOrderDependent)
}

function expectedGas({ costs }: Registry, envelopes: readonly OpEnvelope[]): Gas {
  const base = [...new Set(envelopes.map(({ kind }) => kind))].reduce(
    (sum, kind) => sum + (costs[kind]?.base ?? 0),
    0,
  )
  return envelopes.reduce((sum, { kind }) => sum + (costs[kind]?.each ?? 0), base)
}
