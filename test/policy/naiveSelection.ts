/** Order and choice by arrays alone: sort, and look through everything at each step. */
import type { QueuedOperation } from '../../src/domain/operation.ts'
import { addToBatch, EMPTY_BATCH } from '../../src/policy/batchWeight.ts'
import { gasModel } from '../../src/policy/gasModel.ts'
import type { BatchLimits } from '../../src/policy/selectBatch.ts'
import { startingGas } from './arbitraries.ts'

export const model = gasModel(startingGas)

export function weigh(operations: readonly QueuedOperation[]) {
  return operations.reduce((weight, operation) => addToBatch(weight, operation, model), EMPTY_BATCH)
}

export const sameLane = (a: QueuedOperation, b: QueuedOperation) =>
  a.lane !== null && a.lane.leaf === b.lane?.leaf

export const nonceOf = (operation: QueuedOperation) => operation.lane?.nonce ?? 0

/**
 * Those of a queue that go into the next batch.
 * @param queue in the policy's order
 * @param isWanted what the policy's filter says
 */
export function naiveSelection(
  queue: readonly QueuedOperation[],
  limits: BatchLimits,
  isWanted: (operation: QueuedOperation) => boolean,
): readonly QueuedOperation[] {
  const selected: QueuedOperation[] = []
  const left: QueuedOperation[] = []
  for (const candidate of queue) {
    const chain = queue
      .filter(
        (other) => other === candidate || (sameLane(other, candidate) && nonceOf(other) < nonceOf(candidate)),
      )
      .toSorted((a, b) => nonceOf(a) - nonceOf(b))
    for (const operation of chain) {
      if (selected.includes(operation)) continue
      const weight = weigh([...selected, operation])
      const fits =
        selected.length < limits.maxOps &&
        weight.bytes <= limits.maxBytes &&
        (weight.gas <= limits.targetGas || selected.length === 0)
      const isBehind = left.some((other) => sameLane(other, operation))
      if (fits && !isBehind && isWanted(operation)) selected.push(operation)
      else left.push(operation)
    }
  }
  return selected
}
