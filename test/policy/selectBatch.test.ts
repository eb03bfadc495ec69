import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { QueuedOperation } from '../../src/domain/operation.ts'
import {
  type BatchContext,
  fifoPolicy,
  greedyCreateFirstPolicy,
  type OrderingPolicy,
  sharedGasPolicy,
} from '../../src/policy/orderingPolicy.ts'
import { ReadyQueue } from '../../src/policy/readyQueue.ts'
import { type BatchLimits, type Selection, selectBatch } from '../../src/policy/selectBatch.ts'
import { queued, queuedOperations } from './arbitraries.ts'
import { model, naiveSelection, nonceOf, sameLane, weigh } from './naiveSelection.ts'

const context: Selection = { currentBaseFee: 1, busyLanes: new Set(), isIsolating: false, batchNumber: 0 }
/** The policies of these tests ignore the context. */
const anyContext: BatchContext = {
  ...{ currentBaseFee: 1, targetGas: 1, pendingCount: 1, batchNumber: 0 },
  ...{ pendingGas: {}, selectedGas: {} },
}
const roomy: BatchLimits = { maxOps: 1_000, targetGas: 1e12, maxBytes: 1e9 }

function select(policy: OrderingPolicy, ops: readonly QueuedOperation[], limits: Partial<BatchLimits> = {}) {
  return selectBatch(ReadyQueue.empty(policy).add(ops), context, { ...roomy, ...limits }, model)
}

const idsOf = (ops: readonly QueuedOperation[]) => ops.map(({ id }) => id)

const picky: OrderingPolicy = { ...greedyCreateFirstPolicy(20), filter: ({ sequence }) => sequence % 3 !== 0 }
const allLimits = fc.record({
  maxOps: fc.nat(30),
  targetGas: fc.integer({ min: 100_000, max: 8_000_000 }),
  maxBytes: fc.integer({ min: 100, max: 40_000 }),
})

describe.each([
  ['fifo', fifoPolicy],
  ['greedy-create-first', greedyCreateFirstPolicy(20)],
  ['a policy that filters', picky],
])('selectBatch by %s', (_, policy) => {
  it('selects exactly the operations of a full scan', () => {
    fc.assert(
      fc.property(queuedOperations(50), allLimits, (ops, limits) => {
        expect(idsOf(select(policy, ops, limits))).toEqual(
          idsOf(
            naiveSelection(ops.toSorted(policy.compare), limits, (each) => policy.filter(each, anyContext)),
          ),
        )
      }),
      { numRuns: 300 },
    )
  })

  it('keeps the limits and the order of lanes, and selects nothing twice', () => {
    fc.assert(
      fc.property(queuedOperations(120), allLimits, (ops, limits) => {
        const selected = select(policy, ops, limits)
        expect(new Set(selected).size).toBe(selected.length)
        expect(selected.length).toBeLessThanOrEqual(limits.maxOps)
        const weight = weigh(selected)
        if (selected.length > 0) expect(weight.bytes).toBeLessThanOrEqual(limits.maxBytes)
        if (selected.length > 1) expect(weight.gas).toBeLessThanOrEqual(limits.targetGas)
        for (const [place, operation] of selected.entries()) {
          const earlier = ops.filter(
            (other) => sameLane(other, operation) && nonceOf(other) < nonceOf(operation),
          )
          expect(selected.slice(0, place)).toEqual(expect.arrayContaining(earlier))
        }
      }),
    )
  })
})

describe('selectBatch', () => {
  it('takes independent operations in the order of the queue', () => {
    const ops = Array.from({ length: 20 }, (_, sequence) => queued({ sequence, receivedAt: 20 - sequence }))
    expect(select(fifoPolicy, ops, { maxOps: 3 })).toEqual([ops[19], ops[18], ops[17]])
  })

  it('takes an urgent operation together with the earlier operations of the lane', () => {
    const lane = (nonce: number) => ({ leaf: '7', nonce })
    const other = queued({ id: 'older insert', sequence: 0, receivedAt: 0 })
    const insert = queued({ id: 'insert', sequence: 1, receivedAt: 5, lane: lane(3) })
    const recovery = queued({
      id: 'recovery',
      sequence: 2,
      receivedAt: 6,
      kind: 'recover_account',
      lane: lane(4),
    })
    const later = queued({ id: 'later insert', sequence: 3, receivedAt: 7, lane: lane(5) })
    const ops = [other, insert, recovery, later]
    expect(idsOf(select(greedyCreateFirstPolicy(60), ops))).toEqual([
      'insert',
      'recovery',
      'older insert',
      'later insert',
    ])
  })

  it('keeps the nonce order of a lane, although the later nonce arrived first', () => {
    const second = queued({ id: 'second', sequence: 0, receivedAt: 1, lane: { leaf: '7', nonce: 1 } })
    const first = queued({ id: 'first', sequence: 1, receivedAt: 2, lane: { leaf: '7', nonce: 0 } })
    expect(idsOf(select(fifoPolicy, [second, first]))).toEqual(['first', 'second'])
    expect(idsOf(select(fifoPolicy, [second, first], { maxOps: 1 }))).toEqual(['first'])
  })

  it('skips an oversized operation with the rest of the lane, and takes a smaller operation behind', () => {
    const small = queued({ id: 'small', sequence: 0, receivedAt: 0 })
    const large = queued({
      id: 'large',
      sequence: 1,
      receivedAt: 1,
      bytes: 5_000,
      lane: { leaf: '7', nonce: 0 },
    })
    const behind = queued({ id: 'behind', sequence: 2, receivedAt: 2, lane: { leaf: '7', nonce: 1 } })
    const next = queued({ id: 'next', sequence: 3, receivedAt: 3 })
    expect(idsOf(select(fifoPolicy, [small, large, behind, next], { maxBytes: 3_000 }))).toEqual([
      'small',
      'next',
    ])
  })

  it('takes a single operation above the gas budget, but none above the maximum calldata', () => {
    const ops = [queued({ sequence: 0 }), queued({ sequence: 1 })]
    expect(select(fifoPolicy, ops, { targetGas: 1 })).toEqual([ops[0]])
    expect(select(fifoPolicy, ops, { maxBytes: 100 })).toEqual([])
  })

  it('finds a fitting operation behind any number of oversized operations', () => {
    const huge = Array.from({ length: 200 }, (_, sequence) => queued({ sequence, bytes: 9_000 }))
    const fitting = queued({ sequence: 200 })
    expect(select(fifoPolicy, [...huge, fitting], { maxBytes: 1_000 })).toEqual([fitting])
  })

  it('stops after many oversized operations in a row', () => {
    const ops = Array.from({ length: 10_000 }, (_, sequence) =>
      queued({ sequence, bytes: sequence < 3 ? 388 : 9_000 }),
    )
    let asked = 0
    const counting: OrderingPolicy = {
      ...fifoPolicy,
      filter: () => {
        asked += 1
        return true
      },
    }
    expect(select(counting, ops, { maxBytes: 5_000 })).toHaveLength(3)
    expect(asked).toBeLessThan(100)
  })

  it('continues as long as some operations fit', () => {
    const ops = Array.from({ length: 300 }, (_, sequence) =>
      queued({ sequence, bytes: sequence % 2 === 0 ? 388 : 1e6 }),
    )
    expect(select(fifoPolicy, ops, { maxBytes: 900_000 })).toHaveLength(150)
  })

  it('does not count filtered operations as misses', () => {
    const policy: OrderingPolicy = { ...fifoPolicy, filter: ({ sequence }) => sequence % 200 === 0 }
    const ops = Array.from({ length: 401 }, (_, sequence) => queued({ sequence }))
    expect(select(policy, ops)).toEqual([ops[0], ops[200], ops[400]])
  })

  it('skips the rest of a lane without asking the policy', () => {
    const ops = Array.from({ length: 50 }, (_, nonce) =>
      queued({ sequence: nonce, lane: { leaf: '7', nonce } }),
    )
    let asked = 0
    const refusing: OrderingPolicy = {
      ...fifoPolicy,
      filter: () => {
        asked += 1
        return false
      },
    }
    expect(select(refusing, ops)).toEqual([])
    expect(asked).toBe(1)
  })

  it('skips lanes in a batch in flight', () => {
    const inLane = (sequence: number, leaf: string) => queued({ sequence, lane: { leaf, nonce: sequence } })
    const ops = [inLane(0, '7'), inLane(1, '8'), inLane(2, '7'), queued({ sequence: 3 })]
    const queue = ReadyQueue.empty(fifoPolicy).add(ops)
    expect(selectBatch(queue, { ...context, busyLanes: new Set(['7']) }, roomy, model)).toEqual([
      ops[1],
      ops[3],
    ])
  })

  it('selects nothing from an empty queue, or with a limit of 0 operations', () => {
    expect(select(fifoPolicy, [])).toEqual([])
    expect(select(fifoPolicy, [queued({ sequence: 0 })], { maxOps: 0 })).toEqual([])
  })
})

describe('selectBatch and operations with a limit', () => {
  const isolated = { batchLimit: 1 }
  const ready = (sequence: number, traits: Partial<QueuedOperation> = {}) => queued({ sequence, ...traits })
  const select = (ops: readonly QueuedOperation[], changes: Partial<Selection> = {}) =>
    idsOf(selectBatch(ReadyQueue.empty(fifoPolicy).add(ops), { ...context, ...changes }, roomy, model))

  it('selects an isolated operation alone', () => {
    expect(select([ready(1, isolated), ready(2), ready(3)])).toEqual(['op-1'])
  })

  it('leaves an isolated operation out of a batch with others, with the later operations of its lane', () => {
    const lane = { leaf: '7', nonce: 4 }
    const later = ready(3, { lane: { ...lane, nonce: 5 } })
    expect(select([ready(1), ready(2, { ...isolated, lane }), later, ready(4)])).toEqual(['op-1', 'op-4'])
  })

  it('selects no more operations than the lowest limit', () => {
    const ops = [ready(1, { batchLimit: 4 }), ready(2, { batchLimit: 3 }), ready(3), ready(4), ready(5)]
    expect(select(ops)).toEqual(['op-1', 'op-2', 'op-3'])
  })

  it('skips an operation whose limit the batch has reached', () => {
    expect(select([ready(1), ready(2), ready(3, { batchLimit: 2 }), ready(4)])).toEqual([
      'op-1',
      'op-2',
      'op-4',
    ])
  })

  it('passes any number of isolated operations', () => {
    const many = Array.from({ length: 200 }, (_, index) => ready(index + 2, isolated))
    expect(select([ready(1), ...many, ready(300)])).toEqual(['op-1', 'op-300'])
  })

  it('selects no isolated operation while another is in flight', () => {
    const ops = [ready(1, isolated), ready(2), ready(3)]
    expect(select(ops, { isIsolating: true })).toEqual(['op-2', 'op-3'])
    expect(select([ready(1, isolated)], { isIsolating: true })).toEqual([])
  })
})

describe('a policy that shares the gas between kinds', () => {
  const policy = sharedGasPolicy(fifoPolicy, 1 / 2)
  const creates = Array.from({ length: 200 }, (_, n) => queued({ sequence: n, kind: 'create_account' }))
  const inserts = Array.from({ length: 200 }, (_, n) => queued({ sequence: 200 + n }))
  const limits = { targetGas: 10_000_000 }
  const gasOf = (ops: readonly QueuedOperation[], kind: QueuedOperation['kind']) =>
    weigh(ops.filter((operation) => operation.kind === kind)).gas

  it('gives the later kind room behind a long queue of the first kind', () => {
    const selected = select(policy, [...creates, ...inserts], limits)
    expect(gasOf(selected, 'create_account')).toBeLessThan(6_000_000)
    expect(gasOf(selected, 'insert_authenticator')).toBeGreaterThan(3_000_000)
    const unshared = select(fifoPolicy, [...creates, ...inserts], limits)
    expect(gasOf(unshared, 'insert_authenticator')).toBeLessThan(1_000_000)
  })

  it('fills the batch with a kind that is alone', () => {
    expect(gasOf(select(policy, creates, limits), 'create_account')).toBeGreaterThan(9_000_000)
  })

  it('leaves no room unused because the other kind has few operations', () => {
    const [insert] = inserts
    const selected = select(policy, [...creates, ...(insert ? [insert] : [])], limits)
    expect(weigh(selected).gas).toBeGreaterThan(9_000_000)
  })
})
