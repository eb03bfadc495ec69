import { describe, expect, it } from 'vitest'
import type { QueuedOperation } from '../../src/domain/operation.ts'
import type { OpStatus } from '../../src/domain/status.ts'
import {
  admit,
  comeBack,
  countWaiting,
  type LaneEffects,
  type Lanes,
  leave,
  nextAfter,
  noLanes,
  overdue,
  predecessors,
  refusal,
  restore,
  stored,
} from '../../src/machines/lanes.ts'
import { hash, inLane, op } from './support/samples.ts'

const nothing = { ready: [], withdrawn: [] }
const third = inLane(3, 'a', 3)
const fourth = inLane(4, 'a', 4)
const fifth = inLane(5, 'a', 5)
const sixth = inLane(6, 'a', 6)

/** Lanes into which operations were let, and stored, one after another. */
function holding(operations: readonly QueuedOperation[], chainNonce = 3): Lanes {
  return operations.reduce(
    (lanes, operation) => stored(admit(lanes, operation, chainNonce, 0), operation.id, 0)[0],
    noLanes,
  )
}

function ids({ ready, withdrawn }: LaneEffects) {
  return { ready: ready.map(({ id }) => id), withdrawn: withdrawn.map(({ id }) => id) }
}

describe('letting an operation into its lane', () => {
  it.each([
    ['at the chain’s nonce', 3, null],
    ['ahead of it', 9, null],
    ['behind it', 2, 'mismatched_signature_nonce'],
  ])('%s', (_, nonce, expected) => {
    expect(refusal(noLanes, inLane(1, 'a', nonce), 3)).toBe(expected)
  })

  it('takes the higher of what the lane and the chain say is next', () => {
    const lanes = holding([fourth, sixth], 4)
    expect(refusal(lanes, inLane(1, 'a', 3), 3)).toBe('mismatched_signature_nonce')
    expect(refusal(lanes, inLane(1, 'a', 5), 6)).toBe('mismatched_signature_nonce')
    expect(refusal(lanes, inLane(1, 'a', 5), 3)).toBeNull()
    expect(refusal(lanes, inLane(1, 'b', 3), 3)).toBeNull()
  })

  it.each([
    ['that is being stored', admit(noLanes, third, 3, 0)],
    ['that waits', holding([inLane(1, 'a', 2)], 1)],
    ['that is released', holding([third])],
  ])('refuses a second operation at the place of one %s', (_, lanes) => {
    const nonce = [...lanes.lanes.values()][0]?.members[0]?.operation.lane?.nonce ?? 0
    expect(refusal(lanes, inLane(9, 'a', nonce), 1)).toBe('duplicate_request_in_flight')
  })

  it('refuses an operation that claims what another in flight claims, in whatever lane', () => {
    const lanes = holding([inLane(1, 'a', 3, { claims: ['0x1', '0x2'] })])
    expect(refusal(lanes, op(2, { claims: ['0x3', '0x2'] }), null)).toBe('duplicate_request_in_flight')
    expect(refusal(lanes, inLane(2, 'b', 3, { claims: ['0x3'] }), 3)).toBeNull()
  })
})

describe('an operation on disk', () => {
  it('is ready when it is next', () => {
    const [lanes, effects] = stored(admit(noLanes, third, 3, 0), third.id, 0)
    expect(effects).toEqual({ ready: [third], withdrawn: [] })
    expect(countWaiting(lanes)).toBe(0)
  })

  it('is ready at once when it has no lane', () => {
    const create = op(1, { kind: 'create_account' })
    expect(stored(admit(noLanes, create, null, 0), create.id, 0)[1].ready).toEqual([create])
  })

  it('waits for a nonce before it that is missing, and follows when that one comes', () => {
    const gapped = holding([fourth, sixth])
    expect(countWaiting(gapped)).toBe(2)
    const [lanes, effects] = stored(admit(gapped, third, 3, 0), third.id, 0)
    expect(ids(effects)).toEqual({ ready: ['op-3', 'op-4'], withdrawn: [] })
    expect(countWaiting(lanes)).toBe(1)
  })

  it('waits for a nonce before it that is not on disk yet', () => {
    const admitted = admit(admit(noLanes, third, 3, 0), fourth, 3, 0)
    const [lanes, effects] = stored(admitted, fourth.id, 0)
    expect(effects).toEqual(nothing)
    expect(ids(stored(lanes, third.id, 0)[1])).toEqual({ ready: ['op-3', 'op-4'], withdrawn: [] })
  })

  it('is ready at the chain’s nonce although an earlier one still rides and one between came from elsewhere', () => {
    const lanes = holding([third])
    expect(ids(stored(admit(lanes, fifth, 5, 0), fifth.id, 0)[1]).ready).toEqual(['op-5'])
  })

  it('is news only once, and only if it was let in', () => {
    const lanes = holding([third])
    expect(stored(lanes, third.id, 0)).toEqual([lanes, nothing])
    expect(stored(lanes, 'unheard of', 0)).toEqual([lanes, nothing])
  })
})

describe('an operation that ends', () => {
  it('frees its place and its claims', () => {
    const operation = inLane(1, 'a', 3, { claims: ['0x1'] })
    const [lanes] = leave(holding([operation]), operation, 4, 0)
    expect(refusal(lanes, operation, 3)).toBeNull()
    expect(lanes.lanes.size).toBe(0)
    expect(lanes.claims.size).toBe(0)
  })

  it('frees what it held although it was not on disk', () => {
    const operation = inLane(1, 'a', 3, { claims: ['0x1'] })
    const [lanes, effects] = leave(admit(noLanes, operation, 3, 0), operation, null, 0)
    expect([lanes.lanes.size, lanes.claims.size, lanes.storing.size]).toEqual([0, 0, 0])
    expect(effects).toEqual(nothing)
  })

  it('does not free a claim that another has by now', () => {
    const operation = op(1, { claims: ['0x1'] })
    const other = op(2, { claims: ['0x1'] })
    const [freed] = leave(holding([operation]), operation, null, 0)
    const [lanes] = leave(admit(freed, other, null, 0), operation, null, 0)
    expect(lanes.claims.get('0x1')).toBe(other.id)
  })

  it('leaves its followers where they are when it landed', () => {
    const [lanes, effects] = leave(holding([third, fourth]), third, 4, 0)
    expect(effects).toEqual(nothing)
    expect(lanes.lanes.get('a')?.next).toBe(4)
  })

  it('takes its followers’ turn along when it failed', () => {
    const [lanes, effects] = leave(holding([third, fourth, fifth]), third, null, 0)
    expect(ids(effects)).toEqual({ ready: [], withdrawn: ['op-4', 'op-5'] })
    expect(countWaiting(lanes)).toBe(2)
    expect(ids(stored(admit(lanes, third, 3, 0), third.id, 0)[1]).ready).toEqual(['op-3', 'op-4', 'op-5'])
  })

  it('lets a follower go when the chain is told to be further', () => {
    const [, effects] = leave(holding([third, fifth]), third, 5, 0)
    expect(ids(effects)).toEqual({ ready: ['op-5'], withdrawn: [] })
  })

  it('means nothing to other lanes, or when it was forgotten before', () => {
    const other = inLane(9, 'b', 0)
    const lanes = holding([third, fourth])
    expect(leave(lanes, other, 1, 0)[1]).toEqual(nothing)
    expect(leave(lanes, op(9), null, 0)[1]).toEqual(nothing)
  })
})

describe('an operation that comes back from a batch', () => {
  it('is ready again with one more try', () => {
    const [, effects] = comeBack(holding([third, fourth]), third, null, 0)
    expect(effects).toEqual({ ready: [{ ...third, tries: 1 }], withdrawn: [] })
    expect(comeBack(noLanes, op(1), null, 0)[1].ready).toEqual([op(1, { tries: 1 })])
  })

  it('waits when the chain is behind what was believed, and its followers with it', () => {
    const [lanes, effects] = comeBack(holding([third, fourth]), third, 2, 0)
    expect(ids(effects)).toEqual({ ready: [], withdrawn: ['op-4'] })
    expect(refusal(lanes, inLane(1, 'a', 2), 2)).toBeNull()
    expect(countWaiting(lanes)).toBe(2)
  })

  it('keeps what its lane knew when the batch saw nothing', () => {
    const [lanes] = comeBack(holding([third]), third, null, 0)
    expect(lanes.lanes.get('a')?.next).toBe(3)
  })

  it('is forgotten when its lane is', () => {
    expect(comeBack(noLanes, third, null, 0)).toEqual([noLanes, nothing])
  })
})

describe('what a verdict tells of the lane', () => {
  const failed = (reason: Extract<OpStatus, { type: 'Failed' }>['reason']): OpStatus => ({
    type: 'Failed',
    reason,
    txHash: null,
  })
  it.each<[string, QueuedOperation, OpStatus, number | null]>([
    ['landed', third, { type: 'Finalized', txHash: hash('f'), blockNumber: 1, gasUsed: 1 }, 4],
    ['the chain was further', third, failed({ type: 'NonceTooLow', expected: 9 }), 9],
    ['failed for itself', third, failed({ type: 'InvalidSignature' }), null],
    ['no lane', op(1), { type: 'Finalized', txHash: hash('f'), blockNumber: 1, gasUsed: 1 }, null],
  ])('%s', (_, operation, status, expected) => {
    expect(nextAfter(operation, status)).toBe(expected)
  })
})

describe('lanes after a restart', () => {
  /** Puts operations back: those in `riding` are in a batch that goes on. */
  function restored(riding: readonly QueuedOperation[], queued: readonly QueuedOperation[]) {
    const withRiding = riding.reduce((lanes, each) => restore(lanes, each, 'released', 0), noLanes)
    return queued.reduce((lanes, each) => restore(lanes, each, 'storing', 0), withRiding)
  }

  it('go on from the lowest nonce that is known', () => {
    const lanes = restored([], [fourth, third])
    expect(lanes.lanes.get('a')?.next).toBe(3)
    const [first] = stored(lanes, third.id, 0)
    expect(ids(stored(first, fourth.id, 0)[1])).toEqual({ ready: ['op-4'], withdrawn: [] })
  })

  it('let what is queued follow what rides', () => {
    const lanes = restored([third], [fourth])
    expect(ids(stored(lanes, fourth.id, 0)[1])).toEqual({ ready: ['op-4'], withdrawn: [] })
    expect(lanes.storing.has(third.id)).toBe(false)
  })

  it('hold places and claims as before', () => {
    const lanes = restored([inLane(1, 'a', 3, { claims: ['0x1'] })], [op(2, { claims: ['0x2'] })])
    expect(refusal(lanes, inLane(9, 'a', 3), 3)).toBe('duplicate_request_in_flight')
    expect(refusal(lanes, op(9, { claims: ['0x1'] }), null)).toBe('duplicate_request_in_flight')
    expect(refusal(lanes, op(9, { claims: ['0x2'] }), null)).toBe('duplicate_request_in_flight')
  })
})

describe('looking at lanes', () => {
  it('finds who has waited for an earlier nonce for too long', () => {
    const early = stored(admit(noLanes, fourth, 3, 10), fourth.id, 10)[0]
    const lanes = stored(admit(early, sixth, 3, 20), sixth.id, 20)[0]
    expect(overdue(lanes, 10)).toEqual([])
    expect(overdue(lanes, 11)).toEqual([fourth])
    expect(overdue(lanes, 21)).toEqual([fourth, sixth])
  })

  it('never finds who is being stored or is released', () => {
    const lanes = admit(holding([third]), fifth, 3, 0)
    expect(overdue(lanes, Number.POSITIVE_INFINITY)).toEqual([])
  })

  it('counts from the return on for who came back', () => {
    const [lanes] = comeBack(holding([fourth], 4), fourth, 3, 50)
    expect(overdue(lanes, 50)).toEqual([])
    expect(overdue(lanes, 51)).toEqual([{ ...fourth, tries: 1 }])
  })

  it('counts from the withdrawal on for whose turn was taken back', () => {
    const [lanes] = leave(holding([third, fourth]), third, null, 50)
    expect(overdue(lanes, 50)).toEqual([])
    expect(overdue(lanes, 51)).toEqual([fourth])
  })

  it('tells what an operation must run after, in order', () => {
    const lanes = holding([fifth, third, inLane(9, 'b', 1)])
    expect(predecessors(lanes, 'a', 6)).toEqual([third, fifth])
    expect(predecessors(lanes, 'a', 5)).toEqual([third])
    expect(predecessors(lanes, 'c', 6)).toEqual([])
  })
})
