import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { QueuedOperation } from '../../src/domain/operation.ts'
import {
  type BatchContext,
  fifoPolicy,
  greedyCreateFirstPolicy,
  orderingPolicy,
  sharedGasPolicy,
} from '../../src/policy/orderingPolicy.ts'
import { queued, queuedOperations } from './arbitraries.ts'

const ageing = 20
const context: BatchContext = {
  ...{ currentBaseFee: 1, targetGas: 1, pendingCount: 1, batchNumber: 0 },
  ...{ pendingGas: {}, selectedGas: {} },
}
const policies = [fifoPolicy, greedyCreateFirstPolicy(ageing), greedyCreateFirstPolicy(null)]

function idsInOrder(
  policy: { compare(a: QueuedOperation, b: QueuedOperation): number },
  ops: QueuedOperation[],
) {
  return ops.toSorted((a, b) => policy.compare(a, b)).map(({ id }) => id)
}

describe.each(policies)('$name', (policy) => {
  it('is a strict total order', () => {
    fc.assert(
      fc.property(queuedOperations(12), (ops) => {
        for (const a of ops) {
          for (const b of ops) {
            expect(policy.compare(a, b) === 0).toBe(a === b)
            expect(Math.sign(policy.compare(a, b)) + Math.sign(policy.compare(b, a))).toBe(0)
            for (const c of ops) {
              if (policy.compare(a, b) < 0 && policy.compare(b, c) < 0)
                expect(policy.compare(a, c)).toBeLessThan(0)
            }
          }
        }
      }),
    )
  })

  it('keeps nothing out of a batch', () => {
    expect(policy.filter(queued({ sequence: 0 }), context)).toBe(true)
  })
})

describe('greedyCreateFirstPolicy', () => {
  const policy = greedyCreateFirstPolicy(ageing)

  it('sorts creates before recoveries before the rest, and the oldest first within a class', () => {
    const ops = [
      queued({ id: 'insert', sequence: 0, receivedAt: 100 }),
      queued({ id: 'late recovery', sequence: 1, kind: 'recover_account', receivedAt: 105 }),
      queued({ id: 'recovery', sequence: 2, kind: 'recover_account', receivedAt: 104 }),
      queued({ id: 'create', sequence: 3, kind: 'create_account', receivedAt: 110 }),
    ]
    expect(idsInOrder(policy, ops)).toEqual(['create', 'recovery', 'late recovery', 'insert'])
  })

  it('sorts operations of equal arrival by order of admission', () => {
    const ops = [queued({ id: 'second', sequence: 8 }), queued({ id: 'first', sequence: 7 })]
    expect(idsInOrder(policy, ops)).toEqual(['first', 'second'])
  })

  it('lets a higher class overtake operations up to the head start, but no older operations', () => {
    const insert = queued({ sequence: 0, receivedAt: 100 })
    const createAt = (receivedAt: number) => queued({ sequence: 1, kind: 'create_account', receivedAt })
    const recoverAt = (receivedAt: number) => queued({ sequence: 1, kind: 'recover_account', receivedAt })
    expect(policy.compare(createAt(100 + 2 * ageing), insert)).toBeLessThan(0)
    expect(policy.compare(createAt(101 + 2 * ageing), insert)).toBeGreaterThan(0)
    expect(policy.compare(recoverAt(100 + ageing), insert)).toBeLessThan(0)
    expect(policy.compare(recoverAt(101 + ageing), insert)).toBeGreaterThan(0)
  })

  it('never lets an operation be overtaken by arrivals after the head start', () => {
    fc.assert(
      fc.property(queuedOperations(20), (ops) => {
        for (const early of ops) {
          for (const late of ops) {
            const headStart = Math.max(0, late.priority - early.priority) * ageing
            if (late.receivedAt > early.receivedAt + headStart)
              expect(policy.compare(early, late)).toBeLessThan(0)
          }
        }
      }),
    )
  })
})

describe('orderingPolicy', () => {
  it('returns the policy with the configured name', () => {
    expect(orderingPolicy('fifo', ageing).name).toBe('fifo')
    expect(orderingPolicy('greedy-create-first', ageing).name).toBe('greedy-create-first')
  })

  it('uses the configured ageing', () => {
    const create = queued({ sequence: 1, kind: 'create_account', receivedAt: 11 })
    expect(orderingPolicy('greedy-create-first', 5).compare(create, queued({ sequence: 0 }))).toBeGreaterThan(
      0,
    )
    expect(orderingPolicy('greedy-create-first', 6).compare(create, queued({ sequence: 0 }))).toBeLessThan(0)
  })
})

describe('greedyCreateFirstPolicy without ageing', () => {
  it('always has creates first, however old the others are', () => {
    const old = queued({ id: 'old', sequence: 0, receivedAt: 0 })
    const create = queued({ id: 'create', sequence: 1, kind: 'create_account', receivedAt: 1e12 })
    expect(idsInOrder(greedyCreateFirstPolicy(null), [old, create])).toEqual(['create', 'old'])
  })
})

describe('sharedGasPolicy', () => {
  const policy = sharedGasPolicy(fifoPolicy, 1 / 2)
  const insert = queued({ sequence: 0 })
  const waiting = { ...context, targetGas: 1_000 }
  const isAllowed = (ofCreates: number, selected: number) =>
    policy.filter(insert, {
      ...waiting,
      pendingGas: { insert_authenticator: 9_000, create_account: ofCreates },
      selectedGas: { insert_authenticator: selected, create_account: 500 },
    })

  it('keeps a kind out of the batch from its share of the gas on, while other kinds wait', () => {
    expect(isAllowed(9_000, 499)).toBe(true)
    expect(isAllowed(9_000, 500)).toBe(false)
  })

  it('gives a kind what the other kinds leave', () => {
    expect(isAllowed(100, 899)).toBe(true)
    expect(isAllowed(100, 900)).toBe(false)
    expect(isAllowed(0, 999)).toBe(true)
  })

  it('keeps the order and the filter of the policy that it shares', () => {
    const picky = { ...fifoPolicy, filter: () => false }
    expect(sharedGasPolicy(picky, 1).filter(insert, waiting)).toBe(false)
    expect(policy.compare).toBe(fifoPolicy.compare)
  })
})
