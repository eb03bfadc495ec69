import { describe, expect, it } from 'vitest'
import type { QueuedOperation } from '../../../src/domain/operation.ts'
import { type Lanes, noLanes } from '../../../src/machines/nonceTracker/laneState.ts'
import {
  admit,
  countWaiting,
  predecessors,
  promoteOverdue,
  refusal,
  removeOperation,
  stored,
} from '../../../src/machines/nonceTracker/lanes.ts'
import { revive } from '../../../src/machines/nonceTracker/reclaim.ts'
import {
  type Eviction,
  endBackOffs,
  returnEvicted,
} from '../../../src/machines/nonceTracker/returnEvicted.ts'
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
} from '../support/lanes.ts'
import { inLane, op } from '../support/samples.ts'

describe('an evicted operation', () => {
  it('is ready again', () => {
    const [, effects] = returnEvicted(holding([third, fourth]), third, evicted(null), 0)
    expect(effects).toEqual({ ready: [third], withdrawn: [], expected: null })
    expect(returnEvicted(noLanes, op(1), evicted(null), 0)[1].ready).toEqual([op(1)])
  })

  it.each<[Eviction['reason'], number]>([
    ['BatchFull', 0],
    ['DependencyNotReady', 0],
    ['GasLimitExceeded', 1],
  ])('for the reason %s is ready again, with %i more tries', (reason, tries) => {
    const [, effects] = returnEvicted(holding([third]), third, evicted(null, reason), 0)
    expect(effects.ready).toEqual([{ ...third, tries }])
    expect(returnEvicted(noLanes, op(1), evicted(null, reason), 0)[1].ready).toEqual([op(1, { tries })])
  })

  it('gets the limit of the eviction, and keeps the lowest limit', () => {
    const limit = (operation: QueuedOperation, batchLimit: number) =>
      returnEvicted(noLanes, operation, { ...evicted(null, 'BatchFull'), batchLimit }, 0)[1].ready[0]
    expect(limit(op(1), 8)).toEqual(op(1, { batchLimit: 8 }))
    expect(limit(op(1, { batchLimit: 8 }), 4)).toEqual(op(1, { batchLimit: 4 }))
    expect(limit(op(1, { batchLimit: 1 }), 4)).toEqual(op(1, { batchLimit: 1 }))
    const again = op(1, { batchLimit: 4 })
    expect(returnEvicted(noLanes, again, evicted(null), 0)[1].ready).toEqual([again])
  })

  it('waits, with the later operations of its lane, when the simulation saw a lower chain nonce', () => {
    const [lanes, effects] = returnEvicted(holding([third, fourth]), third, evicted(2), 0)
    expect(ids(effects)).toEqual({ ready: [], withdrawn: ['op-4'] })
    expect(refusal(lanes, inLane(1, 'a', 2), 2)).toBeNull()
    expect(countWaiting(lanes)).toBe(2)
  })

  it('leaves the next nonce of the lane unchanged when the simulation saw no nonce', () => {
    const [lanes] = returnEvicted(holding([third]), third, evicted(null), 0)
    expect(lanes.lanes.get('a')?.next).toBe(3)
  })

  it('is ignored when the lane has no operations', () => {
    expect(returnEvicted(noLanes, third, evicted(null), 0)).toEqual([noLanes, { ...nothing, expected: null }])
  })
})

describe('an operation evicted because of a timeout', () => {
  const create = op(1, { kind: 'create_account' })

  it.each([
    ['with a lane', holding([third]), third],
    ['without a lane', noLanes, create],
  ])('%s backs off, is ready afterwards, and is not charged', (_, before, operation) => {
    const [lanes, effects] = returnEvicted(before, operation, evicted(null, 'Timeout'), 500)
    expect(ids(effects)).toEqual({ ready: [], withdrawn: [] })
    expect(countWaiting(lanes)).toBe(1)
    expect(endBackOffs(lanes, 1_499)).toEqual([lanes, nothing])
    const [afterwards, then] = endBackOffs(lanes, 1_500)
    expect(then).toEqual({ ready: [operation], withdrawn: [] })
    expect(endBackOffs(afterwards, 9_999)).toEqual([afterwards, nothing])
    expect(countWaiting(afterwards)).toBe(0)
  })

  it('makes later operations of the lane back off, too, because a batch would evict them at once', () => {
    const backingOff = returnEvicted(holding([third, fourth]), third, evicted(null, 'Timeout'), 0)[0]
    const [lanes, effects] = returnEvicted(backingOff, fourth, evicted(3), 200)
    expect(ids(effects)).toEqual({ ready: [], withdrawn: [] })
    const [afterwards, first] = endBackOffs(lanes, 1_000)
    expect(ids(first).ready).toEqual(['op-3'])
    expect(ids(endBackOffs(afterwards, 1_200)[1]).ready).toEqual(['op-4'])
  })

  it('is not ready after the back-off when an earlier nonce is missing by then', () => {
    const backingOff = returnEvicted(holding([third, fourth]), fourth, evicted(null, 'Timeout'), 0)[0]
    const [lanes, effects] = removeOperation(backingOff, third, failed, 0)
    expect(effects).toEqual(nothing)
    expect(endBackOffs(lanes, 9_999)[1]).toEqual(nothing)
    expect(ids(stored(admit(lanes, third, 3, 0), third.id, 0)[1]).ready).toEqual(['op-3', 'op-4'])
  })

  it('is not ready after the back-off when it has a verdict or is in a batch again', () => {
    const backingOff = returnEvicted(holding([third]), third, evicted(null, 'Timeout'), 0)[0]
    expect(endBackOffs(removeOperation(backingOff, third, finalized, 0)[0], 9_999)[1]).toEqual(nothing)
    expect(endBackOffs(revive(backingOff, [third], 0)[0], 9_999)[1]).toEqual(nothing)
  })
})

describe('an operation without its earlier nonce at the lane deadline', () => {
  const late = (lanes: Lanes) => promoteOverdue(lanes, 1)[0]

  it('is promoted once, and no other operation is', () => {
    const early = stored(admit(holding([]), fourth, 3, 10), fourth.id, 10)[0]
    const lanes = stored(admit(early, sixth, 3, 20), sixth.id, 20)[0]
    expect(promoteOverdue(lanes, 10)[1]).toEqual(nothing)
    const [promoted, effects] = promoteOverdue(lanes, 11)
    expect(effects).toEqual({ ready: [fourth], withdrawn: [] })
    expect(countWaiting(promoted)).toBe(1)
    expect(promoteOverdue(promoted, 11)[1]).toEqual(nothing)
    expect(ids(promoteOverdue(promoted, 21)[1]).ready).toEqual(['op-6'])
  })

  it('is neither a ready nor an unstored operation', () => {
    const lanes = admit(holding([third]), fifth, 3, 0)
    expect(promoteOverdue(lanes, Number.POSITIVE_INFINITY)[1]).toEqual(nothing)
  })

  it('readies the later operations when it is finalized because a foreign transaction filled the gap', () => {
    const lanes = late(holding([fifth]))
    const waiting = stored(admit(lanes, sixth, 3, 9), sixth.id, 9)[0]
    const [, effects] = removeOperation(waiting, fifth, finalized, 10)
    expect(ids(effects)).toEqual({ ready: ['op-6'], withdrawn: [] })
  })

  it('leaves the lane and frees all claims when the simulation saw a missing earlier nonce', () => {
    const claiming = { ...fifth, claims: ['0x1'] }
    const [lanes, effects] = returnEvicted(late(holding([claiming, sixth])), claiming, evicted(4), 9)
    expect(effects).toEqual({ ready: [], withdrawn: [], expected: 4 })
    expect([lanes.claims.size, lanes.storing.size]).toEqual([0, 0])
    expect(predecessors(lanes, 'a', 9)).toEqual([sixth])
  })

  it('is ready when the nonce seen by the simulation closes the gap', () => {
    const [lanes, effects] = returnEvicted(
      stored(admit(late(holding([fifth])), fourth, 3, 5), fourth.id, 5)[0],
      fifth,
      evicted(4),
      9,
    )
    expect(effects).toEqual({ ready: [fourth, fifth], withdrawn: [], expected: null })
    expect(countWaiting(lanes)).toBe(0)
  })

  it('stays promoted when the simulation saw no nonce', () => {
    const [lanes, effects] = returnEvicted(late(holding([fifth])), fifth, evicted(null), 9)
    expect(effects).toEqual({ ready: [fifth], withdrawn: [], expected: null })
    expect(returnEvicted(lanes, fifth, evicted(3), 9)[1].expected).toBe(3)
  })

  it('is neither withdrawn nor readied twice when the earlier operations arrive', () => {
    const lanes = late(holding([fifth]))
    const [between, first] = stored(admit(lanes, third, 3, 5), third.id, 5)
    expect(ids(first)).toEqual({ ready: ['op-3'], withdrawn: [] })
    const [complete, second] = stored(admit(between, fourth, 3, 6), fourth.id, 6)
    expect(ids(second)).toEqual({ ready: ['op-4'], withdrawn: [] })
    // The gap is filled: now the promotion is over.
    expect(ids(removeOperation(complete, fourth, failed, 7)[1]).withdrawn).toEqual(['op-5'])
  })

  it('has a new lane deadline after an eviction and after a withdrawal', () => {
    const [returned] = returnEvicted(holding([fourth], 4), fourth, evicted(3), 50)
    expect(promoteOverdue(returned, 50)[1]).toEqual(nothing)
    expect(promoteOverdue(returned, 51)[1].ready).toEqual([fourth])
    const [withdrawn] = removeOperation(holding([third, fourth]), third, failed, 50)
    expect(promoteOverdue(withdrawn, 50)[1]).toEqual(nothing)
    expect(promoteOverdue(withdrawn, 51)[1].ready).toEqual([fourth])
  })
})
