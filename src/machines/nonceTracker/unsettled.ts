/** The operations without a verdict, from their admission on, with their number for each client. */
import type { OperationId, QueuedOperation } from '../../domain/operation.ts'
import { OrderedMap } from '../../policy/orderedMap.ts'

type Held = Pick<QueuedOperation, 'id' | 'client'>

export interface Unsettled {
  readonly ids: OrderedMap<OperationId, true>
  /** Number of operations of each client. No client is without operations. */
  readonly clients: OrderedMap<string, number>
}

/** Key of the operations without a client: those of the embedding program. */
const NO_CLIENT = ''

const byText = (a: string, b: string): number => (a < b ? -1 : Number(a > b))

/** The queue may be long: each map is built once. */
export function unsettledOf(operations: readonly Held[]): Unsettled {
  const counts = new Map<string, number>()
  for (const { client } of operations) counts.set(keyOf(client), 1 + (counts.get(keyOf(client)) ?? 0))
  return {
    ids: OrderedMap.empty<OperationId, true>(byText).withAll(operations.map(({ id }) => [id, true])),
    clients: OrderedMap.empty<string, number>(byText).withAll([...counts]),
  }
}

/** Adds an operation. A known operation changes nothing. */
export function addUnsettled(unsettled: Unsettled, { id, client }: Held): Unsettled {
  if (unsettled.ids.has(id)) return unsettled
  const { ids, clients } = unsettled
  return { ids: ids.with(id, true), clients: clients.with(keyOf(client), 1 + heldBy(unsettled, client)) }
}

/** Removes an operation. An unknown operation changes nothing. */
export function removeUnsettled(unsettled: Unsettled, { id, client }: Held): Unsettled {
  if (!unsettled.ids.has(id)) return unsettled
  const { ids, clients } = unsettled
  const left = heldBy(unsettled, client) - 1
  const key = keyOf(client)
  return { ids: ids.without(id), clients: left === 0 ? clients.without(key) : clients.with(key, left) }
}

/** Number of operations of a client. */
export function heldBy({ clients }: Unsettled, client: Held['client']): number {
  return clients.get(keyOf(client)) ?? 0
}

function keyOf(client: Held['client']): string {
  return client ?? NO_CLIENT
}
