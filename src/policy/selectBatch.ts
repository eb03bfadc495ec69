/** Which of the ready operations ride in the next batch. Specification, `select_ops_for_batch`. */
import type { QueuedOperation } from '../domain/operation.ts'
import type { Gas } from '../domain/primitives.ts'
import { addToBatch, type BatchWeight, EMPTY_BATCH } from './batchWeight.ts'
import type { GasModel } from './gasModel.ts'
import type { BatchContext } from './orderingPolicy.ts'
import type { ReadyQueue } from './readyQueue.ts'

export interface BatchLimits {
  readonly maxOps: number
  /** Budget for the transaction's gas limit. A single operation may exceed it, so that none is too large for ever. */
  readonly targetGas: Gas
  /** Most bytes of calldata; holds for a single operation too. */
  readonly maxBytes: number
}

/** A batch is taken for full when so many operations in a row did not fit: what bounds the cost of planning. */
const LOOK_AHEAD = 64

/**
 * Chooses the operations of a batch, in the order in which they must run.
 *
 * They are taken as the queue's policy orders them. What does not fit is passed over, since something smaller may
 * follow. A lane stays in order: an operation brings along what its lane holds before it, which thereby inherits its
 * urgency (a recovery does not wait behind the insert that it depends on), and when one operation of a lane is left
 * behind, all its later ones are too. A lane that rides in another batch has to wait for that one's end.
 *
 * Costs O(k log n) for k of n operations. What the policy filters out, and what waits in busy lanes, is passed at its
 * own cost.
 *
 * @param queue ready operations; it is not changed
 * @param context tells the busy lanes, and is handed to the policy's filter
 */
export function selectBatch(
  queue: ReadyQueue,
  context: BatchContext,
  limits: BatchLimits,
  model: GasModel,
): readonly QueuedOperation[] {
  const selected = new Set<QueuedOperation>()
  const closedLanes = new Set(context.busyLanes)
  let weight = EMPTY_BATCH
  let misses = 0

  for (const candidate of queue) {
    if (selected.size >= limits.maxOps || (selected.size > 0 && misses >= LOOK_AHEAD)) break
    const lane = candidate.lane?.leaf
    if (lane !== undefined && closedLanes.has(lane)) continue
    for (const operation of unselectedUpTo(candidate, queue, selected)) {
      const heavier = addToBatch(weight, operation, model)
      const isWanted = queue.policy.filter(operation, context)
      if (isWanted && selected.size < limits.maxOps && fits(heavier, limits, selected.size)) {
        selected.add(operation)
        weight = heavier
        misses = 0
      } else {
        if (lane !== undefined) closedLanes.add(lane)
        if (isWanted) misses += 1
        break
      }
    }
  }
  return [...selected]
}

function fits(weight: BatchWeight, limits: BatchLimits, alreadySelected: number): boolean {
  return weight.bytes <= limits.maxBytes && (weight.gas <= limits.targetGas || alreadySelected === 0)
}

/** The operation after all of its lane that precede it in the queue, except what is selected already. */
function unselectedUpTo(
  operation: QueuedOperation,
  queue: ReadyQueue,
  selected: ReadonlySet<QueuedOperation>,
): QueuedOperation[] {
  const chain: QueuedOperation[] = []
  let link: QueuedOperation | null = operation
  while (link !== null && !selected.has(link)) {
    chain.push(link)
    link = queue.earlierInLane(link)
  }
  return chain.reverse()
}
