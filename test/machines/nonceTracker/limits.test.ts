import { describe, expect, it } from 'vitest'
import type { QueuedOperation } from '../../../src/domain/operation.ts'
import type { AdmissionRefused } from '../../../src/machines/protocol.ts'
import { inLane, op } from '../support/samples.ts'
import { evicted, failed, finalized, setting } from '../support/tracker.ts'

const FULL = {
  code: 'batcher_unavailable',
  message: 'Batcher service is unavailable: 3 operations are waiting, 3 of this client. Please try again.',
}
const TOO_MANY = {
  code: 'rate_limit_exceeded',
  message: 'Rate limit exceeded: maximum 2 waiting operations for this leaf_index',
}

const limits = { queueCapacity: 3, maxPerAccount: 2, futureNonces: 'queue' } as const
const creates = [1, 2, 3, 4].map((n) => op(n, { kind: 'create_account', claims: [`0x${n}`] }))
const [first, second, third, fourth] = creates as [
  QueuedOperation,
  QueuedOperation,
  QueuedOperation,
  QueuedOperation,
]

/** A nonceTracker with these limits, and a function that submits and returns the refusal. */
function limited(known: Parameters<typeof setting>[0] = {}) {
  const { stage, submit, admitAll, settle, ...rest } = setting({ limits, ...known })
  const refusalOf = (operation: QueuedOperation) => {
    stage.clear()
    submit(operation)
    const [answer] = stage.received<AdmissionRefused>('intake', 'admission.refused')
    return answer?.refusal ?? null
  }
  return { stage, admitAll, settle, refusalOf, ...rest }
}

describe('the capacity of the queue', () => {
  it('refuses an operation while as many operations are without a verdict', () => {
    const { admitAll, refusalOf, settle } = limited()
    admitAll([first, second, third])
    expect(refusalOf(fourth)).toEqual(FULL)
    settle([first, evicted()])
    expect(refusalOf(fourth)).toEqual(FULL)
    settle([first, finalized])
    expect(refusalOf(fourth)).toBeNull()
    expect(refusalOf(op(5))).toEqual(FULL)
  })

  it('counts a failed operation, and an operation that was not stored, no longer', () => {
    const { tracker, admitAll, refusalOf, settle } = limited()
    admitAll([first, second])
    settle([first, failed])
    expect(refusalOf(third)).toBeNull()
    expect(refusalOf(fourth)).toBeNull()
    tracker.send({ type: 'record.failed', token: fourth.id, message: 'disk full' })
    expect(refusalOf(op(5))).toBeNull()
  })

  it('counts the operations of the store after a restart, and revived operations', () => {
    const { refusalOf, settle, revive } = limited({ queued: [first, second], inBatches: [third] })
    expect(refusalOf(fourth)).toEqual(FULL)
    settle([third, finalized])
    revive(third)
    expect(refusalOf(fourth)).toEqual(FULL)
  })

  it('does not hide that an operation is a duplicate', () => {
    const { admitAll, refusalOf } = limited()
    admitAll([first, second, third])
    expect(refusalOf({ ...first, id: 'again' })).toMatchObject({ code: 'duplicate_request_in_flight' })
  })
})

describe('the share of a client in the queue', () => {
  /** Operations of a client, with different ids. */
  const of = (client: string | null, from: number, count: number) =>
    Array.from({ length: count }, (_, index) =>
      op(from + index, { kind: 'create_account', claims: [`0x${from + index}`], client }),
    )
  const next = (client: string | null) =>
    op(900, { kind: 'create_account', claims: ['0x900'], client, id: `of ${client}` })
  const large = { limits: { ...limits, queueCapacity: 100 } }

  it('is three quarters: another client finds room, also after a restart', () => {
    const own = of('a', 0, 75)
    const { admitAll, refusalOf } = limited(large)
    admitAll(own)
    expect(refusalOf(next('a'))).toMatchObject({ code: 'batcher_unavailable' })
    expect(refusalOf(next('b'))).toBeNull()
    const restarted = limited({ ...large, queued: own })
    expect(restarted.refusalOf(next('a'))).toMatchObject({ code: 'batcher_unavailable' })
    expect(restarted.refusalOf(next('b'))).toBeNull()
  })

  it('leaves room for a fourth client after three that take what they can', () => {
    const clients = ['a', 'b', null]
    const { refusalOf } = limited(large)
    clients.forEach((client, index) => {
      for (let count = 0; count < 100; count += 1) {
        const [operation] = of(client, 1_000 * index + count, 1)
        if (operation !== undefined && refusalOf(operation) !== null) break
      }
    })
    expect(refusalOf(next('e'))).toBeNull()
  })

  it('is nothing while the queue is full', () => {
    const { admitAll, refusalOf } = limited({ limits: { ...limits, queueCapacity: 2 } })
    admitAll([...of('a', 0, 1), ...of('b', 1, 1)])
    expect(refusalOf(next('c'))).toMatchObject({ code: 'batcher_unavailable' })
  })

  it('grows again with each verdict', () => {
    const own = of('a', 0, 75)
    const { admitAll, refusalOf, settle } = limited(large)
    admitAll(own)
    settle(...own.slice(0, 2).map((operation) => [operation, finalized] as const))
    expect(refusalOf(next('a'))).toBeNull()
  })
})

describe('the limit of an account', () => {
  it('refuses a further operation of the account, and no operation of another account', () => {
    const { admitAll, refusalOf, settle } = limited({ limits: { ...limits, queueCapacity: 10 } })
    const [zeroth, next] = [inLane(1, 'a', 0), inLane(2, 'a', 1)]
    admitAll([zeroth, next])
    expect(refusalOf(inLane(3, 'a', 2))).toEqual(TOO_MANY)
    expect(refusalOf(inLane(4, 'b', 0))).toBeNull()
    expect(refusalOf(first)).toBeNull()
    settle([zeroth, finalized])
    expect(refusalOf(inLane(3, 'a', 2))).toBeNull()
  })
})
