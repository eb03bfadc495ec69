/**
 * The operations that are ready to be batched, in the order of a policy. An immutable value: `add` and `remove` return
 * a new queue that shares nearly everything with the old one, so it can live in a machine's context.
 */
import type { LanePosition, QueuedOperation } from '../domain/operation.ts'
import type { Millis } from '../domain/primitives.ts'
import { OrderedMap } from './orderedMap.ts'
import { fifoPolicy, type OrderingPolicy } from './orderingPolicy.ts'

/** Ascending nonces within a lane; lanes in any order. */
function compareLanePositions(a: LanePosition, b: LanePosition): number {
  if (a.leaf === b.leaf) return a.nonce - b.nonce
  return a.leaf < b.leaf ? -1 : 1
}

/** A place in a lane is held by one operation at most: the nonce tracker lets no second one into it. */
export class ReadyQueue implements Iterable<QueuedOperation> {
  private constructor(
    readonly policy: OrderingPolicy,
    private readonly byPolicy: OrderedMap<QueuedOperation, true>,
    private readonly byAge: OrderedMap<QueuedOperation, true>,
    private readonly byLane: OrderedMap<LanePosition, QueuedOperation>,
  ) {}

  static empty(policy: OrderingPolicy): ReadyQueue {
    return new ReadyQueue(
      policy,
      OrderedMap.empty(policy.compare),
      OrderedMap.empty(fifoPolicy.compare),
      OrderedMap.empty(compareLanePositions),
    )
  }

  get size(): number {
    return this.byPolicy.size
  }

  /** When the operation that has waited longest was received; null for an empty queue. O(log n). */
  get oldestReceivedAt(): Millis | null {
    return this.byAge.firstKey?.receivedAt ?? null
  }

  /** A queue that also holds `operations`. One that it holds already is not added again. O(k log n). */
  add(operations: readonly QueuedOperation[]): ReadyQueue {
    const entries = operations.map((operation) => [operation, true] as const)
    return new ReadyQueue(
      this.policy,
      this.byPolicy.withAll(entries),
      this.byAge.withAll(entries),
      this.byLane.withAll(
        operations.flatMap((operation) =>
          operation.lane === null ? [] : [[operation.lane, operation] as const],
        ),
      ),
    )
  }

  /** A queue without `operations`; those that it does not hold are ignored. O(k log n). */
  remove(operations: readonly QueuedOperation[]): ReadyQueue {
    return new ReadyQueue(
      this.policy,
      this.byPolicy.withoutAll(operations),
      this.byAge.withoutAll(operations),
      this.byLane.withoutAll(operations.flatMap((operation) => operation.lane ?? [])),
    )
  }

  /** The operation of the same lane with the next lower nonce in this queue, if there is one. O(log n). */
  earlierInLane(operation: QueuedOperation): QueuedOperation | null {
    if (operation.lane === null) return null
    const earlier = this.byLane.below(operation.lane)
    return earlier?.[0].leaf === operation.lane.leaf ? earlier[1] : null
  }

  /** Whether it holds an operation of another lane than these, or of none. O(k log n) for k lanes, however much is in them. */
  hasBeyond(leaves: ReadonlySet<string>): boolean {
    if (this.byLane.size < this.size) return true
    let leaf = this.byLane.firstKey?.leaf
    while (leaf !== undefined && leaves.has(leaf)) {
      leaf = this.byLane.keyAbove({ leaf, nonce: Number.POSITIVE_INFINITY })?.leaf
    }
    return leaf !== undefined
  }

  /** In the policy's order; the first k cost O(k + log n). */
  [Symbol.iterator](): IterableIterator<QueuedOperation> {
    return this.byPolicy.keys()
  }

  /** A summary for snapshots and logs. */
  toJSON(): { readonly policy: string; readonly size: number; readonly oldestReceivedAt: Millis | null } {
    return { policy: this.policy.name, size: this.size, oldestReceivedAt: this.oldestReceivedAt }
  }
}
