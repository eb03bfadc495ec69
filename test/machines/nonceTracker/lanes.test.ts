import { describe, expect, it } from 'vitest'
import type { OpStatus } from '../../../src/domain/status.ts'
import { noLanes } from '../../../src/machines/nonceTracker/laneState.ts'
import {
  admit,
  countWaiting,
  oldestWaiting,
  predecessors,
  refusal,
  removeOperation,
  stored,
} from '../../../src/machines/nonceTracker/lanes.ts'
import { returnEvicted } from '../../../src/machines/nonceTracker/returnEvicted.ts'
import {
  evicted,
  failed,
  fifth,
  finalized,
  fourth,
  holding,
  ids,
  nothing,
  sixth,
  third,
  tooLow,
} from '../support/lanes.ts'
import { inLane, op } from '../support/samples.ts'

describe('admitting an operation to its lane', () => {
  it.each([
    ['at the chain nonce', 3, null],
    ['above the chain nonce', 9, null],
    ['below the chain nonce', 2, 'mismatched_signature_nonce'],
  ])('decides %s', (_, nonce, expected) => {
    expect(refusal(noLanes, inLane(1, 'a', nonce), 3)).toBe(expected)
  })

  it('decides by the chain nonce, and by the lane only when the chain nonce is not known', () => {
    const lanes = holding([fourth, sixth], 4)
    expect(refusal(lanes, inLane(1, 'a', 5), 6)).toBe('mismatched_signature_nonce')
    expect(refusal(lanes, inLane(1, 'a', 5), 3)).toBeNull()
    expect(refusal(lanes, inLane(1, 'a', 3), 3)).toBeNull()
    expect(refusal(lanes, inLane(1, 'a', 3), null)).toBe('mismatched_signature_nonce')
    expect(refusal(lanes, inLane(1, 'b', 3), 3)).toBeNull()
  })

  it('refuses a nonce below a finalized one, even if the pre-flight saw an older chain', () => {
    const [lanes] = removeOperation(holding([third, fifth]), third, finalized, 0)
    expect(refusal(lanes, inLane(1, 'a', 3), 3)).toBe('mismatched_signature_nonce')
    expect(refusal(lanes, fourth, 3)).toBeNull()
  })

  it('admits a nonce below a finalized one when a later simulation saw a lower chain nonce', () => {
    const [ahead] = removeOperation(holding([third, fifth]), third, finalized, 0)
    const [lanes] = returnEvicted(ahead, fifth, evicted(2), 0)
    expect(refusal(lanes, inLane(1, 'a', 2), 2)).toBeNull()
  })

  it('admits a nonce below the next nonce of the lane when the nonce fills a real gap, and readies the operation first', () => {
    const ahead = holding([sixth], 6)
    const admitted = admit(ahead, fifth, 5, 0)
    expect(admitted.lanes.get('a')?.next).toBe(5)
    const [lanes, effects] = stored(admitted, fifth.id, 0)
    expect(ids(effects)).toEqual({ ready: ['op-5'], withdrawn: [] })
    expect(predecessors(lanes, 'a', 7)).toEqual([fifth, sixth])
  })

  it('lets all operations of the lane wait when the chain nonce shows a larger gap', () => {
    const admitted = admit(holding([sixth], 6), fifth, 4, 0)
    const [lanes, effects] = stored(admitted, fifth.id, 0)
    expect(ids(effects)).toEqual({ ready: [], withdrawn: ['op-6'] })
    expect(countWaiting(lanes)).toBe(2)
  })

  it.each([
    ['that is not on disk yet', admit(noLanes, third, 3, 0)],
    ['that waits', holding([inLane(1, 'a', 2)], 1)],
    ['that is ready', holding([third])],
  ])('refuses a second operation at the position of one %s', (_, lanes) => {
    const nonce = [...lanes.lanes.values()][0]?.members[0]?.operation.lane?.nonce ?? 0
    expect(refusal(lanes, inLane(9, 'a', nonce), 1)).toBe('duplicate_request_in_flight')
  })

  it('refuses an operation with a claim of another operation in flight, in any lane', () => {
    const lanes = holding([inLane(1, 'a', 3, { claims: ['0x1', '0x2'] })])
    expect(refusal(lanes, op(2, { claims: ['0x3', '0x2'] }), null)).toBe('duplicate_request_in_flight')
    expect(refusal(lanes, inLane(2, 'b', 3, { claims: ['0x3'] }), 3)).toBeNull()
  })
})

describe('an operation on disk', () => {
  it('is ready at the next nonce of the lane', () => {
    const [lanes, effects] = stored(admit(noLanes, third, 3, 0), third.id, 0)
    expect(effects).toEqual({ ready: [third], withdrawn: [] })
    expect(countWaiting(lanes)).toBe(0)
  })

  it('is ready at once without a lane', () => {
    const create = op(1, { kind: 'create_account' })
    expect(stored(admit(noLanes, create, null, 0), create.id, 0)[1].ready).toEqual([create])
  })

  it('waits for a missing earlier nonce, and both are ready together', () => {
    const gapped = holding([fourth, sixth])
    expect(countWaiting(gapped)).toBe(2)
    const [lanes, effects] = stored(admit(gapped, third, 3, 0), third.id, 0)
    expect(ids(effects)).toEqual({ ready: ['op-3', 'op-4'], withdrawn: [] })
    expect(countWaiting(lanes)).toBe(1)
  })

  it('waits for an earlier operation not yet on disk', () => {
    const admitted = admit(admit(noLanes, third, 3, 0), fourth, 3, 0)
    const [lanes, effects] = stored(admitted, fourth.id, 0)
    expect(effects).toEqual(nothing)
    expect(ids(stored(lanes, third.id, 0)[1])).toEqual({ ready: ['op-3', 'op-4'], withdrawn: [] })
  })

  it('is ready at the chain nonce although the lane has an operation in a batch and a gap', () => {
    const lanes = holding([third])
    expect(ids(stored(admit(lanes, fifth, 5, 0), fifth.id, 0)[1]).ready).toEqual(['op-5'])
  })

  it('has no effect when reported twice or never admitted', () => {
    const lanes = holding([third])
    expect(stored(lanes, third.id, 0)).toEqual([lanes, nothing])
    expect(stored(lanes, 'unheard of', 0)).toEqual([lanes, nothing])
  })
})

describe('an operation with a verdict', () => {
  it('frees its position and its claims', () => {
    const operation = inLane(1, 'a', 3, { claims: ['0x1'] })
    const [lanes] = removeOperation(holding([operation]), operation, finalized, 0)
    expect(refusal(lanes, operation, 3)).toBeNull()
    expect(lanes.lanes.size).toBe(0)
    expect(lanes.claims.size).toBe(0)
  })

  it('frees position and claims when the store refused the operation', () => {
    const operation = inLane(1, 'a', 3, { claims: ['0x1'] })
    const [lanes, effects] = removeOperation(admit(noLanes, operation, 3, 0), operation, null, 0)
    expect([lanes.lanes.size, lanes.claims.size, lanes.storing.size]).toEqual([0, 0, 0])
    expect(effects).toEqual(nothing)
  })

  it('does not free a claim now held by a later operation', () => {
    const operation = op(1, { claims: ['0x1'] })
    const other = op(2, { claims: ['0x1'] })
    const [freed] = removeOperation(holding([operation]), operation, null, 0)
    const [lanes] = removeOperation(admit(freed, other, null, 0), operation, null, 0)
    expect(lanes.claims.get('0x1')).toBe(other.id)
  })

  it('leaves later operations of the lane ready after a finalized verdict', () => {
    const [lanes, effects] = removeOperation(holding([third, fourth]), third, finalized, 0)
    expect(effects).toEqual(nothing)
    expect(lanes.lanes.get('a')?.next).toBe(4)
  })

  it('withdraws later operations of the lane after a failure', () => {
    const [lanes, effects] = removeOperation(holding([third, fourth, fifth]), third, failed, 0)
    expect(ids(effects)).toEqual({ ready: [], withdrawn: ['op-4', 'op-5'] })
    expect(countWaiting(lanes)).toBe(2)
    expect(ids(stored(admit(lanes, third, 3, 0), third.id, 0)[1]).ready).toEqual(['op-3', 'op-4', 'op-5'])
  })

  it('readies a later operation when the verdict shows a higher chain nonce', () => {
    const [, effects] = removeOperation(holding([third, fifth]), third, tooLow(5), 0)
    expect(ids(effects)).toEqual({ ready: ['op-5'], withdrawn: [] })
  })

  it('has no effect on other lanes, or when removed twice', () => {
    const other = inLane(9, 'b', 0)
    const lanes = holding([third, fourth])
    expect(removeOperation(lanes, other, finalized, 0)[1]).toEqual(nothing)
    expect(removeOperation(lanes, op(9), null, 0)[1]).toEqual(nothing)
  })
})

describe('the next nonce of a lane after a verdict', () => {
  it.each<[string, OpStatus | null, number]>([
    ['is finalized', finalized, 4],
    ['failed because its nonce was too low', tooLow(9), 9],
    ['failed for another reason', failed, 3],
    ['was not stored', null, 3],
  ])('of an operation that %s', (_, status, expected) => {
    expect(removeOperation(holding([third, fifth]), third, status, 0)[0].lanes.get('a')?.next).toBe(expected)
  })
})

describe('the predecessors of an operation', () => {
  it('are the earlier operations of the lane, in order', () => {
    const lanes = holding([fifth, third, inLane(9, 'b', 1)])
    expect(predecessors(lanes, 'a', 6)).toEqual([third, fifth])
    expect(predecessors(lanes, 'a', 5)).toEqual([third])
    expect(predecessors(lanes, 'c', 6)).toEqual([])
  })
})

describe('the oldest waiting operation', () => {
  it('is the oldest behind a missing nonce; ready operations do not count', () => {
    const ready = { ...third, receivedAt: 1 }
    const lanes = holding([ready, { ...sixth, receivedAt: 9 }, { ...fifth, receivedAt: 5 }])
    expect(oldestWaiting(lanes)).toBe(5)
    expect(oldestWaiting(holding([ready]))).toBeNull()
  })

  it('may be in a back-off', () => {
    const lanes = holding([{ ...third, receivedAt: 1 }])
    const [operation] = [...(lanes.lanes.get('a')?.members ?? [])].map((member) => member.operation)
    if (operation === undefined) throw new Error('the lane is empty')
    const backingOff = lanes.backingOff.with(operation.id, { operation, until: 99 })
    expect(oldestWaiting({ ...lanes, backingOff })).toBe(1)
  })
})
