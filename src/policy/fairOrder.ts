/**
 * The order of a queue that clients share fairly: round robin. The first round holds the first operation of each client, the
 * second round the second, and so on. The policy orders the operations of one client, and the operations within a round. With
 * a single client, the order is that of the policy.
 *
 * A client with a long queue therefore delays only itself. The rounds are not stored: they follow from the operations that
 * wait, at a restart too.
 */
import type { QueuedOperation } from '../domain/operation.ts'
import { OrderedMap } from './orderedMap.ts'
import type { OrderingPolicy } from './orderingPolicy.ts'

type Operations = OrderedMap<QueuedOperation, true>

/** Key of the operations without a client: those of the embedding program. */
const NO_CLIENT = ''

const byText = (a: string, b: string): number => (a < b ? -1 : Number(a > b))

/** An immutable set of operations in fair order. An edit of k among n operations costs O(k log n). */
export class FairOrder implements Iterable<QueuedOperation> {
  private constructor(
    private readonly compare: OrderingPolicy['compare'],
    /** The operations of each client, in the order of the policy. No client is without operations. */
    private readonly byClient: OrderedMap<string, Operations>,
    /** The first round, in the order of the policy. */
    private readonly firsts: Operations,
  ) {}

  static empty({ compare }: OrderingPolicy): FairOrder {
    return new FairOrder(compare, OrderedMap.empty(byText), OrderedMap.empty(compare))
  }

  /** Adds operations. An operation already in the order is replaced. */
  add(operations: readonly QueuedOperation[]): FairOrder {
    return this.edit(operations, (own, some) => own.withAll(some.map((operation) => [operation, true])))
  }

  /** Removes operations. Unknown operations are ignored. */
  remove(operations: readonly QueuedOperation[]): FairOrder {
    return this.edit(operations, (own, some) => own.withoutAll(some))
  }

  private edit(
    operations: readonly QueuedOperation[],
    change: (own: Operations, some: readonly QueuedOperation[]) => Operations,
  ): FairOrder {
    const changed: (readonly [client: string, own: Operations])[] = []
    const left: QueuedOperation[] = []
    const joined: QueuedOperation[] = []
    for (const [client, some] of groupByClient(operations)) {
      const before = this.byClient.get(client) ?? OrderedMap.empty<QueuedOperation, true>(this.compare)
      const own = change(before, some)
      changed.push([client, own])
      if (before.firstKey !== undefined) left.push(before.firstKey)
      if (own.firstKey !== undefined) joined.push(own.firstKey)
    }
    const emptied = changed.filter(([, own]) => own.size === 0).map(([client]) => client)
    return new FairOrder(
      this.compare,
      this.byClient.withAll(changed).withoutAll(emptied),
      this.firsts.withoutAll(left).withAll(joined.map((operation) => [operation, true])),
    )
  }

  /** Round by round. The first k operations cost O(k log n), if no round is longer than k. */
  *[Symbol.iterator](): IterableIterator<QueuedOperation> {
    let round: Iterator<QueuedOperation>[] = []
    for (const first of this.firsts.keys()) {
      yield first
      const own = this.byClient.get(clientOf(first))
      if (own === undefined || own.size === 1) continue
      const others = own.keys()
      others.next()
      round.push(others)
    }
    while (round.length > 0) {
      const members = round
        .map((others) => ({ others, next: others.next() }))
        .filter(({ next }) => next.done !== true)
        .sort((a, b) => this.compare(a.next.value, b.next.value))
      for (const { next } of members) yield next.value
      round = members.map(({ others }) => others)
    }
  }
}

function clientOf({ client }: QueuedOperation): string {
  return client ?? NO_CLIENT
}

function groupByClient(operations: readonly QueuedOperation[]): ReadonlyMap<string, QueuedOperation[]> {
  const groups = new Map<string, QueuedOperation[]>()
  for (const operation of operations) {
    const client = clientOf(operation)
    const group = groups.get(client)
    if (group === undefined) groups.set(client, [operation])
    else group.push(operation)
  }
  return groups
}
