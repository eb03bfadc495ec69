/**
 * The operations ready to be batched, shared fairly between clients, and else in the order of a policy. The queue is immutable: a machine's context can hold
 * it. `add` and `remove` return a new queue. Old and new queue share nearly all nodes.
 */
import type { LanePosition, OperationKind, QueuedOperation } from '../domain/operation.ts'
import type { Gas, Millis } from '../domain/primitives.ts'
import type { BatchWeight } from './batchWeight.ts'
import { FairOrder } from './fairOrder.ts'
import type { GasModel } from './gasModel.ts'
import { OrderedMap } from './orderedMap.ts'
import { fifoPolicy, type OrderingPolicy } from './orderingPolicy.ts'
import { gasByKind, leastGas, type QueueTally, recount, weighTally } from './queueTally.ts'

/** Ascending nonces within a lane; lanes in any order. */
function compareLanePositions(a: LanePosition, b: LanePosition): number {
  if (a.leaf === b.leaf) return a.nonce - b.nonce
  return a.leaf < b.leaf ? -1 : 1
}

function distinct(operations: readonly QueuedOperation[]): readonly QueuedOperation[] {
  return [...new Map(operations.map((operation) => [operation.id, operation])).values()]
}

/** A queue of operations. Each lane position has at most one operation, as the nonce tracker guarantees. */
export class ReadyQueue implements Iterable<QueuedOperation> {
  private constructor(
    readonly policy: OrderingPolicy,
    private readonly order: FairOrder,
    private readonly byAge: OrderedMap<QueuedOperation, true>,
    private readonly byLane: OrderedMap<LanePosition, QueuedOperation>,
    private readonly tally: QueueTally,
  ) {}

  static empty(policy: OrderingPolicy): ReadyQueue {
    return new ReadyQueue(
      policy,
      FairOrder.empty(policy),
      OrderedMap.empty(fifoPolicy.compare),
      OrderedMap.empty(compareLanePositions),
      {},
    )
  }

  get size(): number {
    return this.byAge.size
  }

  /** Arrival of the oldest operation; null for an empty queue. O(log n). */
  get oldestReceivedAt(): Millis | null {
    return this.byAge.firstKey?.receivedAt ?? null
  }

  /** The gas of one batch with all queued operations of a kind, by kind. A kind without operations is absent. O(1). */
  gasByKind(model: GasModel): Readonly<Partial<Record<OperationKind, Gas>>> {
    return gasByKind(this.tally, model)
  }

  /** The gas of one more operation of the cheapest queued kind; null for an empty queue. O(1). */
  leastGas(model: GasModel): Gas | null {
    return leastGas(this.tally, model)
  }

  /** The weight of one batch with the whole queue. O(1). */
  weight(model: GasModel): BatchWeight {
    return weighTally(this.tally, model)
  }

  /** The queued operations that were received before a time, oldest first. O(k + log n). */
  receivedBefore(time: Millis): readonly QueuedOperation[] {
    const found: QueuedOperation[] = []
    for (const operation of this.byAge.keys()) {
      if (operation.receivedAt >= time) break
      found.push(operation)
    }
    return found
  }

  /**
   * The oldest of the operations that were received at or before a time, with the earlier operations of their lanes, which must
   * execute first. O(k log n) for k operations, plus O(1) for each operation that is kept back.
   * @param most number of operations without those earlier ones
   * @param isKeptBack true for an operation that cannot be sent now. It must not take the place of one that can
   */
  oldest(
    receivedAt: Millis,
    most: number,
    isKeptBack: (operation: QueuedOperation) => boolean = () => false,
  ): ReadyQueue {
    const found = new Set<QueuedOperation>()
    let count = 0
    for (const operation of this.byAge.keys()) {
      if (operation.receivedAt > receivedAt || count >= most) break
      if (isKeptBack(operation)) continue
      count += 1
      let link: QueuedOperation | null = operation
      while (link !== null && !found.has(link)) {
        found.add(link)
        link = this.earlierInLane(link)
      }
    }
    return ReadyQueue.empty(this.policy).add([...found])
  }

  /** A queue with further operations. An operation already in the queue is not added again. O(k log n). */
  add(operations: readonly QueuedOperation[]): ReadyQueue {
    const entries = operations.map((operation) => [operation, true] as const)
    const joining = distinct(operations).filter((operation) => !this.byAge.has(operation))
    return new ReadyQueue(
      this.policy,
      this.order.add(operations),
      this.byAge.withAll(entries),
      this.byLane.withAll(
        operations.flatMap((operation) =>
          operation.lane === null ? [] : [[operation.lane, operation] as const],
        ),
      ),
      recount(this.tally, joining, 1),
    )
  }

  /** A queue without the given operations. Operations that are not queued are ignored. O(k log n). */
  remove(operations: readonly QueuedOperation[]): ReadyQueue {
    const leaving = distinct(operations).filter((operation) => this.byAge.has(operation))
    return new ReadyQueue(
      this.policy,
      this.order.remove(operations),
      this.byAge.withoutAll(operations),
      this.byLane.withoutAll(operations.flatMap((operation) => operation.lane ?? [])),
      recount(this.tally, leaving, -1),
    )
  }

  /** The queued operation of the lane with the next lower nonce; null if none is queued. O(log n). */
  earlierInLane(operation: QueuedOperation): QueuedOperation | null {
    if (operation.lane === null) return null
    const earlier = this.byLane.below(operation.lane)
    return earlier?.[0].leaf === operation.lane.leaf ? earlier[1] : null
  }

  /** True if an operation belongs to no lane, or to a lane not in `leaves`. O(k log n) for k lanes of any length. */
  hasBeyond(leaves: ReadonlySet<string>): boolean {
    if (this.byLane.size < this.size) return true
    let leaf = this.byLane.firstKey?.leaf
    while (leaf !== undefined && leaves.has(leaf)) {
      leaf = this.byLane.keyAbove({ leaf, nonce: Number.POSITIVE_INFINITY })?.leaf
    }
    return leaf !== undefined
  }

  /** Operations in the order of `FairOrder`. */
  [Symbol.iterator](): IterableIterator<QueuedOperation> {
    return this.order[Symbol.iterator]()
  }

  /** A summary for snapshots and logs. */
  toJSON(): { readonly policy: string; readonly size: number; readonly oldestReceivedAt: Millis | null } {
    return { policy: this.policy.name, size: this.size, oldestReceivedAt: this.oldestReceivedAt }
  }
}
