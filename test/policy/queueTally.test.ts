import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fifoPolicy } from '../../src/policy/orderingPolicy.ts'
import { ReadyQueue } from '../../src/policy/readyQueue.ts'
import { queued, queuedOperations } from './arbitraries.ts'
import { model, weigh } from './naiveSelection.ts'

const empty = ReadyQueue.empty(fifoPolicy)

describe('the weight of a queue', () => {
  it('is the weight of an empty batch without operations', () => {
    expect(empty.weight(model)).toEqual(weigh([]))
  })

  it('is near the weight of one batch with all operations, whatever was added and removed', () => {
    fc.assert(
      fc.property(queuedOperations(60), fc.nat(60), (operations, removed) => {
        const left = operations.slice(removed)
        const queue = empty.add(operations).add(operations).remove(operations.slice(0, removed))
        const { gas, bytes, kinds } = queue.remove([queued({ sequence: 999 })]).weight(model)
        const exact = weigh(left)
        expect([...kinds].sort()).toEqual([...exact.kinds].sort())
        // Each operation is rounded up to a word. Here, only the average is.
        expect(Math.abs(bytes - exact.bytes)).toBeLessThanOrEqual(32 * left.length)
        expect(Math.abs(gas - exact.gas)).toBeLessThanOrEqual(1_000 * left.length)
      }),
    )
  })
})
