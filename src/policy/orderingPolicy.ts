/** Order of ready operations. Specification, "Ordering System". */
import type { OpsBatcherConfig } from '../domain/config.ts'
import type { QueuedOperation } from '../domain/operation.ts'
import type { DurationMs, Gas, Millis, WeiPerGas } from '../domain/primitives.ts'

/** State of the batcher while it selects a batch. Specification, `BatchContext`. */
export interface BatchContext {
  readonly currentBaseFee: WeiPerGas
  /** Gas budget of the batch. */
  readonly targetGas: Gas
  /** Number of ready operations before the selection. */
  readonly pendingCount: number
  /** Lanes in a batch in flight. A lane is in at most one batch in flight. */
  readonly busyLanes: ReadonlySet<string>
  /** An isolated operation is in a batch that is not included yet. */
  readonly isIsolating: boolean
  /** Number of the batch, counted from 0 since the start of the process. */
  readonly batchNumber: number
}

/** Decides the order of operations and the operations allowed in a batch. Specification, `OrderingPolicy`. */
export interface OrderingPolicy {
  readonly name: OpsBatcherConfig['ordering']
  /**
   * Negative if `a` goes before `b`. The order must be strict and total, and must depend only on the two operations.
   * The queue stays sorted over time. The result is 0 only for equal operations.
   */
  compare(a: QueuedOperation, b: QueuedOperation): number
  /** False keeps an operation, and all later operations of its lane, out of the batch. */
  filter(operation: QueuedOperation, context: BatchContext): boolean
}

/** The oldest operation first. */
export const fifoPolicy: OrderingPolicy = {
  name: 'fifo',
  compare: (a, b) => a.receivedAt - b.receivedAt || a.sequence - b.sequence,
  filter: () => true,
}

/**
 * Creates first, then recoveries, then the rest, and the oldest first within a class. The policy is the specification's
 * `GreedyCreateFirstPolicy` with ageing. Ageing prevents starvation.
 *
 * With strict classes, a steady stream of creates would block all other operations. Therefore a class is a head start:
 * an operation sorts as if received `priority × ageing` earlier. A create overtakes operations up to `2 × ageing`
 * older, and a recovery overtakes operations up to `ageing` older. All operations age at equal pace: the order of two
 * operations never changes and the queue stays sorted.
 *
 * @param ageing head start of a class over the next lower class, in milliseconds; with 0 the class only breaks ties
 */
export function greedyCreateFirstPolicy(ageing: DurationMs): OrderingPolicy {
  const startOf = (operation: QueuedOperation): Millis => operation.receivedAt - operation.priority * ageing
  return {
    name: 'greedy-create-first',
    compare: (a, b) => startOf(a) - startOf(b) || b.priority - a.priority || fifoPolicy.compare(a, b),
    filter: () => true,
  }
}

/** The policy with a configured name. */
export function orderingPolicy(name: OpsBatcherConfig['ordering'], ageing: DurationMs): OrderingPolicy {
  switch (name) {
    case 'greedy-create-first':
      return greedyCreateFirstPolicy(ageing)
    case 'fifo':
      return fifoPolicy
  }
}
