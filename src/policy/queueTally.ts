/**
 * Number and size of queued operations by kind. With the tally, the weight of a long queue is known without a walk over the
 * queue.
 */
import type { OperationKind, QueuedOperation } from '../domain/operation.ts'
import type { Gas } from '../domain/primitives.ts'
import { addToBatch, type BatchWeight, EMPTY_BATCH, type Weighed } from './batchWeight.ts'
import { type GasModel, marginalGas } from './gasModel.ts'

interface KindTally {
  readonly operations: number
  /** Total size of the calldata. */
  readonly bytes: number
}

export type QueueTally = Readonly<Partial<Record<OperationKind, KindTally>>>

/** @param sign 1 if the operations joined the queue, -1 if they left it */
export function recount(tally: QueueTally, changed: readonly QueuedOperation[], sign: 1 | -1): QueueTally {
  const counts: Partial<Record<OperationKind, KindTally>> = { ...tally }
  for (const { kind, bytes } of changed) {
    const before = counts[kind] ?? { operations: 0, bytes: 0 }
    counts[kind] = { operations: before.operations + sign, bytes: before.bytes + sign * bytes }
  }
  return counts
}

/** The gas of one batch with all tallied operations of a kind, by kind. A kind without operations is absent. */
export function gasByKind(tally: QueueTally, model: GasModel): Readonly<Partial<Record<OperationKind, Gas>>> {
  const gas: Partial<Record<OperationKind, Gas>> = {}
  for (const kind of kindsOf(tally)) {
    const own = tally[kind]
    if (own !== undefined && own.operations > 0) gas[kind] = weighTally({ [kind]: own }, model).gas
  }
  return gas
}

/** The weight of one batch with all tallied operations. All operations of a kind count as equally large. */
export function weighTally(tally: QueueTally, model: GasModel): BatchWeight {
  return kindsOf(tally).reduce((weight, kind) => {
    const { operations, bytes } = tally[kind] ?? { operations: 0, bytes: 0 }
    if (operations === 0) return weight
    const average: Weighed = { kind, bytes: bytes / operations }
    const first = addToBatch(weight, average, model)
    const second = addToBatch(first, average, model)
    return {
      gas: first.gas + (operations - 1) * (second.gas - first.gas),
      bytes: first.bytes + (operations - 1) * (second.bytes - first.bytes),
      kinds: first.kinds,
    }
  }, EMPTY_BATCH)
}

/** The gas of one more operation of the cheapest tallied kind, in a batch with operations of the kind; null if none is tallied. */
export function leastGas(tally: QueueTally, model: GasModel): Gas | null {
  const gas = kindsOf(tally)
    .filter((kind) => (tally[kind]?.operations ?? 0) > 0)
    .map((kind) => marginalGas(model, kind, false))
  return gas.length === 0 ? null : Math.min(...gas)
}

/** In an order that does not depend on the history of the queue. */
function kindsOf(tally: QueueTally): readonly OperationKind[] {
  return Object.keys(tally).toSorted()
}
