import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { QueuedOperation } from '../../src/domain/operation.ts'
import { FairOrder } from '../../src/policy/fairOrder.ts'
import { fifoPolicy, greedyCreateFirstPolicy, type OrderingPolicy } from '../../src/policy/orderingPolicy.ts'
import { queued, queuedOperations } from './arbitraries.ts'

const byClient = (client: string, from: number, count: number) =>
  Array.from({ length: count }, (_, index) => queued({ sequence: from + index, client }))

const idsOf = (operations: Iterable<QueuedOperation>) => [...operations].map(({ id }) => id)

/** The rounds with plain arrays: the n-th operation of each client, sorted by the policy. */
function naiveOrder(operations: readonly QueuedOperation[], { compare }: OrderingPolicy) {
  const clients = [...new Set(operations.map(({ client }) => client))]
  const queues = clients.map((each) => operations.filter(({ client }) => client === each).toSorted(compare))
  const rounds = Math.max(0, ...queues.map(({ length }) => length))
  return Array.from({ length: rounds }, (_, round) =>
    queues.flatMap((queue) => queue[round] ?? []).sort(compare),
  ).flat()
}

describe('the fair order', () => {
  it('puts the operation of another client second, however many operations of one client wait', () => {
    const many = FairOrder.empty(fifoPolicy).add(byClient('a', 0, 33_000))
    const [late] = byClient('b', 33_000, 1)
    if (late === undefined) throw new Error('no operation')
    const [head, next] = many.add([late])
    expect([head?.id, next?.id]).toEqual(['op-0', 'op-33000'])
  })

  it('gives each client one operation per round', () => {
    const operations = [...byClient('a', 0, 4), ...byClient('b', 4, 2), ...byClient('c', 6, 1)]
    const order = FairOrder.empty(fifoPolicy).add(operations)
    expect(idsOf(order)).toEqual(['op-0', 'op-4', 'op-6', 'op-1', 'op-5', 'op-2', 'op-3'])
  })

  it('counts the operations of the embedding program as those of one client', () => {
    const own = [0, 1].map((sequence) => queued({ sequence, client: null }))
    expect(idsOf(FairOrder.empty(fifoPolicy).add([...own, ...byClient('b', 2, 1)]))).toEqual([
      'op-0',
      'op-2',
      'op-1',
    ])
  })

  it.each([fifoPolicy, greedyCreateFirstPolicy(20)])(
    'by $name equals the rounds of sorted arrays',
    (policy) => {
      const clients = fc.constantFrom(null, 'a', 'b', 'c')
      const scripts = fc
        .tuple(queuedOperations(40), fc.array(clients, { minLength: 40, maxLength: 40 }))
        .map(([pool, owners]) => pool.map((each, index) => ({ ...each, client: owners[index] ?? null })))
        .chain((pool) =>
          fc.array(fc.record({ add: fc.subarray(pool), remove: fc.subarray(pool) }), { maxLength: 8 }),
        )
      fc.assert(
        fc.property(scripts, (script) => {
          let order = FairOrder.empty(policy)
          const model = new Set<QueuedOperation>()
          for (const { add, remove } of script) {
            order = order.add(add).remove(remove)
            for (const operation of add) model.add(operation)
            for (const operation of remove) model.delete(operation)
            expect(idsOf(order)).toEqual(idsOf(naiveOrder([...model], policy)))
          }
        }),
      )
    },
  )
})
