/** Order of ready operations. Specification, "Ordering System". */
import type { OpsBatcherConfig } from '../domain/config.ts'
import type { OperationKind, QueuedOperation } from '../domain/operation.ts'
import type { DurationMs, Gas, Millis, WeiPerGas } from '../domain/primitives.ts'

/** State of the batcher while it selects a batch. Specification, `BatchContext`. */
export interface BatchContext {
  readonly currentBaseFee: WeiPerGas
  /** Gas budget of the batch. */
  readonly targetGas: Gas
  /** Number of ready operations before the selection. Above the fee ceiling only those count that may be sent. */
  readonly pendingCount: number
  /** Expected gas of all ready operations, by kind. A kind without ready operations is absent. */
  readonly pendingGas: Readonly<Partial<Record<OperationKind, Gas>>>
  /** Expected gas of the operations selected so far, by kind. */
  readonly selectedGas: Readonly<Partial<Record<OperationKind, Gas>>>
  /** Number of the batch, counted from 0 since the start of the process. */
  readonly batchNumber: number
}

/** Decides the order of operations and the operations allowed in a batch. Specification, `OrderingPolicy`. */
export interface OrderingPolicy {
  /** For logs and the live view. */
  readonly name: string
  /**
   * Negative if `a` goes before `b`. The order must be strict and total, and must depend only on the two operations.
   * The queue stays sorted over time. The result is 0 only for equal operations.
   */
  compare(a: QueuedOperation, b: QueuedOperation): number
  /**
   * False keeps an operation, and all later operations of its lane, out of the batch. Must be pure: a selection may be
   * repeated. A selection asks in the order of `compare`.
   */
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
 * @param ageing head start of a class over the next lower class, in milliseconds; with 0 the class only breaks ties; null
 *   turns ageing off: strict classes, as in the specification
 */
export function greedyCreateFirstPolicy(ageing: DurationMs | null): OrderingPolicy {
  if (ageing === null) {
    return {
      name: 'greedy-create-first',
      compare: (a, b) => b.priority - a.priority || fifoPolicy.compare(a, b),
      filter: () => true,
    }
  }
  const startOf = (operation: QueuedOperation): Millis => operation.receivedAt - operation.priority * ageing
  return {
    name: 'greedy-create-first',
    compare: (a, b) => startOf(a) - startOf(b) || b.priority - a.priority || fifoPolicy.compare(a, b),
    filter: () => true,
  }
}

/**
 * A policy that shares the gas of a batch between kinds. A kind gets its share of the gas, and what the operations of other
 * kinds leave.
 * @param policy decides the order
 * @param share part of the target gas for each kind, above 0 and at most 1
 */
export function sharedGasPolicy(policy: OrderingPolicy, share: number): OrderingPolicy {
  return {
    name: `${policy.name}, shared gas`,
    compare: policy.compare,
    filter(operation, context) {
      const { targetGas, pendingGas, selectedGas } = context
      const others = Object.entries(pendingGas).filter(([kind]) => kind !== operation.kind)
      const left = targetGas - others.reduce((sum, [, gas = 0]) => sum + gas, 0)
      const most = Math.max(share * targetGas, left)
      return (selectedGas[operation.kind] ?? 0) < most && policy.filter(operation, context)
    },
  }
}

/** Share of a kind in the policy `shared-gas`: two kinds with a long queue get half of each batch. */
const KIND_SHARE = 1 / 2

/** The policy with a configured name. */
export function orderingPolicy(
  name: OpsBatcherConfig['ordering'],
  ageing: DurationMs | null,
): OrderingPolicy {
  switch (name) {
    case 'greedy-create-first':
      return greedyCreateFirstPolicy(ageing)
    case 'shared-gas':
      return sharedGasPolicy(greedyCreateFirstPolicy(ageing), KIND_SHARE)
    case 'fifo':
      return fifoPolicy
  }
}
