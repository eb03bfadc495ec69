import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { QueuedOperation } from '../../src/domain/operation.ts'
import { fifoPolicy, greedyCreateFirstPolicy } from '../../src/policy/orderingPolicy.ts'
import { ReadyQueue } from '../../src/policy/readyQueue.ts'
import { queued, queuedOperations } from './arbitraries.ts'

describe.each([fifoPolicy, greedyCreateFirstPolicy(20)])('ReadyQueue by $name', (policy) => {
  it('equals an array that is sorted after each edit, and no edit changes an earlier version', () => {
    const scripts = queuedOperations(80).chain((pool) =>
      fc.tuple(
        fc.constant(pool),
        fc.array(fc.record({ from: fc.nat(), add: fc.subarray(pool), remove: fc.subarray(pool) }), {
          maxLength: 10,
        }),
      ),
    )
    fc.assert(
      fc.property(scripts, ([pool, script]) => {
        const versions = [{ queue: ReadyQueue.empty(policy), model: new Set<(typeof pool)[number]>() }]
        for (const { from, add, remove } of script) {
          const base = versions[from % versions.length]
          if (base === undefined) continue
          const grown = { queue: base.queue.add(add), model: new Set([...base.model, ...add]) }
          const shrunk = { queue: grown.queue.remove(remove), model: new Set(grown.model) }
          for (const operation of remove) shrunk.model.delete(operation)
          versions.push(grown, shrunk)
        }
        for (const { queue, model } of versions) {
          expect([...queue]).toEqual([...model].sort(policy.compare))
          expect(queue.size).toBe(model.size)
          const times = [...model].map(({ receivedAt }) => receivedAt)
          for (const time of times) {
            const earlier = times.filter((each) => each < time).length
            const found = queue.receivedBefore(time).map(({ receivedAt }) => receivedAt)
            expect(found).toEqual(times.toSorted((a, b) => a - b).slice(0, earlier))
          }
          expect(queue.oldestReceivedAt).toBe(times.length === 0 ? null : Math.min(...times))
          for (const leaves of [[], ['1'], ['2', '10'], ['1', '10', '2']]) {
            const isBeyond = [...model].some(({ lane }) => lane === null || !leaves.includes(lane.leaf))
            expect(queue.hasBeyond(new Set(leaves))).toBe(isBeyond)
          }
          for (const { lane, ...operation } of pool) {
            const earlier = [...model]
              .filter(
                (other) => lane !== null && other.lane?.leaf === lane.leaf && other.lane.nonce < lane.nonce,
              )
              .sort((a, b) => (b.lane?.nonce ?? 0) - (a.lane?.nonce ?? 0))
            expect(queue.earlierInLane({ lane, ...operation })).toBe(earlier[0] ?? null)
          }
        }
      }),
    )
  })
})

describe('the oldest operations of a ReadyQueue', () => {
  it('are those received in time and not kept back, with the earlier operations of their lanes', () => {
    fc.assert(
      fc.property(queuedOperations(60), fc.nat(70), fc.nat(20), fc.nat(5), (pool, time, most, divisor) => {
        const isKeptBack = ({ sequence }: QueuedOperation) => sequence % 6 < divisor
        const chosen = pool
          .filter((operation) => operation.receivedAt <= time && !isKeptBack(operation))
          .sort(fifoPolicy.compare)
          .slice(0, most)
        const isEarlier = (one: QueuedOperation, other: QueuedOperation) =>
          one.lane !== null && one.lane.leaf === other.lane?.leaf && one.lane.nonce < other.lane.nonce
        const expected = pool.filter((one) => chosen.some((other) => one === other || isEarlier(one, other)))
        const found = ReadyQueue.empty(fifoPolicy).add(pool).oldest(time, most, isKeptBack)
        expect([...found]).toEqual(expected.sort(fifoPolicy.compare))
      }),
    )
  })
})

describe('ReadyQueue', () => {
  it('holds an operation once, even if added several times', () => {
    const operation = queued({ sequence: 1 })
    expect([...ReadyQueue.empty(fifoPolicy).add([operation, operation]).add([operation])]).toEqual([
      operation,
    ])
  })

  it('is only a summary in JSON', () => {
    const queue = ReadyQueue.empty(fifoPolicy).add([queued({ sequence: 1, receivedAt: 7 })])
    expect(JSON.parse(JSON.stringify(queue))).toEqual({ policy: 'fifo', size: 1, oldestReceivedAt: 7 })
  })
})
