/** Selects the operations of the next batch. Specification, `select_ops_for_batch`. */
import { isIsolated, type OperationKind, type QueuedOperation } from '../domain/operation.ts'
import type { Gas, WeiPerGas } from '../domain/primitives.ts'
import { addToBatch, type BatchWeight, EMPTY_BATCH } from './batchWeight.ts'
import type { GasModel } from './gasModel.ts'
import type { BatchContext } from './orderingPolicy.ts'
import type { ReadyQueue } from './readyQueue.ts'

/** The state of the batcher that a selection depends on. */
export interface Selection {
  readonly currentBaseFee: WeiPerGas
  /** Lanes in a batch in flight. A lane is in at most one batch in flight. */
  readonly busyLanes: ReadonlySet<string>
  /** An isolated operation is in a batch that is not included yet. */
  readonly isIsolating: boolean
  /** Number of the batch, counted from 0 since the start of the process. */
  readonly batchNumber: number
}

export interface BatchLimits {
  /** Maximum number of operations. */
  readonly maxOps: number
  /**
   * Budget for the transaction's gas limit. A single operation may exceed the budget. Otherwise the operation would
   * wait forever.
   */
  readonly targetGas: Gas
  /** Maximum calldata in bytes, also for a single operation. */
  readonly maxBytes: number
}

/**
 * The batch counts as full after so many consecutive operations without room. This bounds the cost of the selection.
 */
const LOOK_AHEAD = 64

/**
 * Selects the operations of a batch, in execution order.
 *
 * Operations are taken in the order of the policy. An operation that does not fit is skipped: a smaller operation may
 * follow. Lanes stay in order: with an operation go all earlier operations of the lane, at the urgency of the later
 * operation. If an operation is skipped, all later operations of its lane are skipped, too. A lane in a batch in flight
 * waits until that batch is settled. A batch has no more operations than the lowest limit of its operations
 * (`batchLimit`).
 *
 * The selection of k from n operations costs O(k log n), plus O(1) for each operation that the policy filters out or that
 * belongs to a busy lane.
 *
 * @param queue ready operations; the queue does not change
 */
export function selectBatch(
  queue: ReadyQueue,
  selection: Selection,
  limits: BatchLimits,
  model: GasModel,
): readonly QueuedOperation[] {
  const selected = new Set<QueuedOperation>()
  let { maxOps } = limits
  const closedLanes = new Set(selection.busyLanes)
  const { currentBaseFee, batchNumber } = selection
  const selectedGas: Partial<Record<OperationKind, Gas>> = {}
  const context: BatchContext = {
    ...{ currentBaseFee, batchNumber, targetGas: limits.targetGas, selectedGas },
    ...{ pendingCount: queue.size, pendingGas: queue.gasByKind(model) },
  }
  let weight = EMPTY_BATCH
  let misses = 0

  for (const candidate of queue) {
    if (selected.size >= maxOps || (selected.size > 0 && misses >= LOOK_AHEAD)) break
    const lane = candidate.lane?.leaf
    if (lane !== undefined && closedLanes.has(lane)) continue
    for (const operation of unselectedUpTo(candidate, queue, selected)) {
      const heavier = addToBatch(weight, operation, model)
      const isWanted =
        !isKeptBack(operation, selection, selected.size) && queue.policy.filter(operation, context)
      if (isWanted && selected.size < maxOps && fits(heavier, limits, selected.size)) {
        selected.add(operation)
        maxOps = Math.min(maxOps, operation.batchLimit ?? maxOps)
        selectedGas[operation.kind] = (selectedGas[operation.kind] ?? 0) + heavier.gas - weight.gas
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

/**
 * An operation with a limit cannot join a batch that has reached the limit. Only one isolated operation is in flight at a
 * time: many of them must not take all permits.
 */
function isKeptBack(operation: QueuedOperation, selection: Selection, alreadySelected: number): boolean {
  if (isIsolated(operation) && selection.isIsolating) return true
  return operation.batchLimit !== undefined && alreadySelected >= operation.batchLimit
}

function fits(weight: BatchWeight, limits: BatchLimits, alreadySelected: number): boolean {
  return weight.bytes <= limits.maxBytes && (weight.gas <= limits.targetGas || alreadySelected === 0)
}

/** The operation, preceded by the unselected earlier operations of the lane. */
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
