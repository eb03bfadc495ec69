/** Which of the ready operations goes first. Specification, "Ordering System". */
import type { OpsBatcherConfig } from '../domain/config.ts'
import type { QueuedOperation } from '../domain/operation.ts'
import type { DurationMs, Gas, Millis, WeiPerGas } from '../domain/primitives.ts'

/** What is known while a batch is put together. */
export interface BatchContext {
  readonly currentBaseFee: WeiPerGas
  /** The gas that the batch may take. */
  readonly targetGas: Gas
  /** Ready operations, before the batch is taken from them. */
  readonly pendingCount: number
  /** Lanes that ride in a batch already: a lane rides in one at a time. */
  readonly busyLanes: ReadonlySet<string>
  /** Counts the batches of this process from 0. */
  readonly batchNumber: number
}

export interface OrderingPolicy {
  readonly name: OpsBatcherConfig['ordering']
  /**
   * Negative when `a` goes before `b`. A strict total order that depends on nothing but the two, so that a sorted
   * collection stays sorted while time passes: only an operation and itself compare as 0.
   */
  compare(a: QueuedOperation, b: QueuedOperation): number
  /** False keeps an operation, and with it the later ones of its lane, out of this batch. */
  filter(operation: QueuedOperation, context: BatchContext): boolean
}

/** Oldest first, whatever its kind. */
export const fifoPolicy: OrderingPolicy = {
  name: 'fifo',
  compare: (a, b) => a.receivedAt - b.receivedAt || a.sequence - b.sequence,
  filter: () => true,
}

/**
 * Creates first, then recoveries, then the rest, and the oldest first within a class: the specification's
 * `GreedyCreateFirstPolicy`, corrected so that nobody starves.
 *
 * Strict classes let a steady stream of creates keep everything else waiting for ever. So a class is a head start
 * instead of a wall: an operation queues as if it had been received `priority × ageing` earlier. A create overtakes
 * what came up to `2 × ageing` before it, a recovery what came up to `ageing` before it, and no operation is ever
 * overtaken by one that came later than that. Because everybody ages at the same pace, the order of two operations
 * never changes, and the queue need not be sorted again as time passes.
 *
 * @param ageing head start of a class over the one below, in milliseconds; 0 makes this `fifoPolicy` but for exact ties
 */
export function greedyCreateFirstPolicy(ageing: DurationMs): OrderingPolicy {
  const startOf = (operation: QueuedOperation): Millis => operation.receivedAt - operation.priority * ageing
  return {
    name: 'greedy-create-first',
    compare: (a, b) => startOf(a) - startOf(b) || b.priority - a.priority || fifoPolicy.compare(a, b),
    filter: () => true,
  }
}

/** The configured policy. */
export function orderingPolicy(name: OpsBatcherConfig['ordering'], ageing: DurationMs): OrderingPolicy {
  switch (name) {
    case 'greedy-create-first':
      return greedyCreateFirstPolicy(ageing)
    case 'fifo':
      return fifoPolicy
  }
}
