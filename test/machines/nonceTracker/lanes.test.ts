import { describe, expect, it } from 'vitest'
import type { QueuedOperation } from '../../../src/domain/operation.ts'
import type { OpStatus } from '../../../src/domain/status.ts'
import { type LaneEffects, type Lanes, noLanes } from '../../../src/machines/nonceTracker/laneState.ts'
import {
  admit,
  countWaiting,
  predecessors,
  promoteOverdue,
  refusal,
  removeOperation,
  stored,
} from '../../../src/machines/nonceTracker/lanes.ts'
import { requeue, restore, revive } from '../../../src/machines/nonceTracker/reclaim.ts'
import {
  type Eviction,
  endBackOffs,
  returnEvicted,
} from '../../../src/machines/nonceTracker/returnEvicted.ts'
import { hash, inLane, op } from '../support/samples.ts'

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

const landed: OpStatus = { type: 'Finalized', txHash: hash('f'), blockNumber: 1, gasUsed: 1 }
const failed: OpStatus = { type: 'Failed', reason: { type: 'InvalidSignature' }, txHash: null }
const tooLow = (expected: number): OpStatus => ({
  type: 'Failed',
  reason: { type: 'NonceTooLow', expected },
  txHash: null,
})
const evicted = (nextNonce: number | null, reason: Eviction['reason'] = 'DependencyNotReady'): Eviction => ({
  type: 'Evicted',
  reason,
  nextNonce,
})

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

  it('asks the chain, and the lane only where the chain was not seen', () => {
    const lanes = holding([fourth, sixth], 4)
    expect(refusal(lanes, inLane(1, 'a', 5), 6)).toBe('mismatched_signature_nonce')
    expect(refusal(lanes, inLane(1, 'a', 5), 3)).toBeNull()
    expect(refusal(lanes, inLane(1, 'a', 3), 3)).toBeNull()
    expect(refusal(lanes, inLane(1, 'a', 3), null)).toBe('mismatched_signature_nonce')
    expect(refusal(lanes, inLane(1, 'b', 3), 3)).toBeNull()
  })

  it('never below what has landed, though pre-flight saw an older chain', () => {
    const [lanes] = removeOperation(holding([third, fifth]), third, landed, 0)
    expect(refusal(lanes, inLane(1, 'a', 3), 3)).toBe('mismatched_signature_nonce')
    expect(refusal(lanes, fourth, 3)).toBeNull()
  })

  it('below what had landed, when a later simulation says that the chain has gone back', () => {
    const [ahead] = removeOperation(holding([third, fifth]), third, landed, 0)
    const [lanes] = returnEvicted(ahead, fifth, evicted(2), 0)
    expect(refusal(lanes, inLane(1, 'a', 2), 2)).toBeNull()
  })

  it('below what the lane believed, when it fills a real gap: then it goes first', () => {
    const believing = holding([sixth], 6)
    const admitted = admit(believing, fifth, 5, 0)
    expect(admitted.lanes.get('a')?.next).toBe(5)
    const [lanes, effects] = stored(admitted, fifth.id, 0)
    expect(ids(effects)).toEqual({ ready: ['op-5'], withdrawn: [] })
    expect(predecessors(lanes, 'a', 7)).toEqual([fifth, sixth])
  })

  it('below what the lane believed, and the gap is larger still: all of them wait', () => {
    const admitted = admit(holding([sixth], 6), fifth, 4, 0)
    const [lanes, effects] = stored(admitted, fifth.id, 0)
    expect(ids(effects)).toEqual({ ready: [], withdrawn: ['op-6'] })
    expect(countWaiting(lanes)).toBe(2)
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
    const [lanes] = removeOperation(holding([operation]), operation, landed, 0)
    expect(refusal(lanes, operation, 3)).toBeNull()
    expect(lanes.lanes.size).toBe(0)
    expect(lanes.claims.size).toBe(0)
  })

  it('frees what it held although it was not on disk', () => {
    const operation = inLane(1, 'a', 3, { claims: ['0x1'] })
    const [lanes, effects] = removeOperation(admit(noLanes, operation, 3, 0), operation, null, 0)
    expect([lanes.lanes.size, lanes.claims.size, lanes.storing.size]).toEqual([0, 0, 0])
    expect(effects).toEqual(nothing)
  })

  it('does not free a claim that another has by now', () => {
    const operation = op(1, { claims: ['0x1'] })
    const other = op(2, { claims: ['0x1'] })
    const [freed] = removeOperation(holding([operation]), operation, null, 0)
    const [lanes] = removeOperation(admit(freed, other, null, 0), operation, null, 0)
    expect(lanes.claims.get('0x1')).toBe(other.id)
  })

  it('leaves its followers where they are when it landed', () => {
    const [lanes, effects] = removeOperation(holding([third, fourth]), third, landed, 0)
    expect(effects).toEqual(nothing)
    expect(lanes.lanes.get('a')?.next).toBe(4)
  })

  it('takes its followers’ turn along when it failed', () => {
    const [lanes, effects] = removeOperation(holding([third, fourth, fifth]), third, failed, 0)
    expect(ids(effects)).toEqual({ ready: [], withdrawn: ['op-4', 'op-5'] })
    expect(countWaiting(lanes)).toBe(2)
    expect(ids(stored(admit(lanes, third, 3, 0), third.id, 0)[1]).ready).toEqual(['op-3', 'op-4', 'op-5'])
  })

  it('lets a follower go when the chain is told to be further', () => {
    const [, effects] = removeOperation(holding([third, fifth]), third, tooLow(5), 0)
    expect(ids(effects)).toEqual({ ready: ['op-5'], withdrawn: [] })
  })

  it('means nothing to other lanes, or when it was forgotten before', () => {
    const other = inLane(9, 'b', 0)
    const lanes = holding([third, fourth])
    expect(removeOperation(lanes, other, landed, 0)[1]).toEqual(nothing)
    expect(removeOperation(lanes, op(9), null, 0)[1]).toEqual(nothing)
  })
})

describe('an operation that comes back from a batch', () => {
  it('is ready again', () => {
    const [, effects] = returnEvicted(holding([third, fourth]), third, evicted(null), 0)
    expect(effects).toEqual({ ready: [third], withdrawn: [], expected: null })
    expect(returnEvicted(noLanes, op(1), evicted(null), 0)[1].ready).toEqual([op(1)])
  })

  it.each<[Eviction['reason'], number]>([
    ['BatchFull', 0],
    ['DependencyNotReady', 0],
    ['GasLimitExceeded', 1],
  ])('because of %s, with %i more tries', (reason, tries) => {
    const [, effects] = returnEvicted(holding([third]), third, evicted(null, reason), 0)
    expect(effects.ready).toEqual([{ ...third, tries }])
    expect(returnEvicted(noLanes, op(1), evicted(null, reason), 0)[1].ready).toEqual([op(1, { tries })])
  })

  it('waits when the chain is behind what was believed, and its followers with it', () => {
    const [lanes, effects] = returnEvicted(holding([third, fourth]), third, evicted(2), 0)
    expect(ids(effects)).toEqual({ ready: [], withdrawn: ['op-4'] })
    expect(refusal(lanes, inLane(1, 'a', 2), 2)).toBeNull()
    expect(countWaiting(lanes)).toBe(2)
  })

  it('keeps what its lane knew when the batch saw nothing', () => {
    const [lanes] = returnEvicted(holding([third]), third, evicted(null), 0)
    expect(lanes.lanes.get('a')?.next).toBe(3)
  })

  it('is forgotten when its lane is', () => {
    expect(returnEvicted(noLanes, third, evicted(null), 0)).toEqual([noLanes, { ...nothing, expected: null }])
  })
})

describe('an operation that was not decided in time', () => {
  const create = op(1, { kind: 'create_account' })

  it.each([
    ['with a lane', holding([third]), third],
    ['without one', noLanes, create],
  ])('%s pauses, and is ready then, without a try on its count', (_, before, operation) => {
    const [lanes, effects] = returnEvicted(before, operation, evicted(null, 'Timeout'), 500)
    expect(ids(effects)).toEqual({ ready: [], withdrawn: [] })
    expect(countWaiting(lanes)).toBe(1)
    expect(endBackOffs(lanes, 1_499)).toEqual([lanes, nothing])
    const [awake, then] = endBackOffs(lanes, 1_500)
    expect(then).toEqual({ ready: [operation], withdrawn: [] })
    expect(endBackOffs(awake, 9_999)).toEqual([awake, nothing])
    expect(countWaiting(awake)).toBe(0)
  })

  it('keeps from its turn what depends on it: that would come back at once, again and again', () => {
    const paused = returnEvicted(holding([third, fourth]), third, evicted(null, 'Timeout'), 0)[0]
    const [lanes, effects] = returnEvicted(paused, fourth, evicted(3), 200)
    expect(ids(effects)).toEqual({ ready: [], withdrawn: [] })
    const [awake, first] = endBackOffs(lanes, 1_000)
    expect(ids(first).ready).toEqual(['op-3'])
    expect(ids(endBackOffs(awake, 1_200)[1]).ready).toEqual(['op-4'])
  })

  it('does not wake out of turn', () => {
    const paused = returnEvicted(holding([third, fourth]), fourth, evicted(null, 'Timeout'), 0)[0]
    const [lanes, effects] = removeOperation(paused, third, failed, 0)
    expect(effects).toEqual(nothing)
    expect(endBackOffs(lanes, 9_999)[1]).toEqual(nothing)
    expect(ids(stored(admit(lanes, third, 3, 0), third.id, 0)[1]).ready).toEqual(['op-3', 'op-4'])
  })

  it('does not wake when it has left, or rides again', () => {
    const paused = returnEvicted(holding([third]), third, evicted(null, 'Timeout'), 0)[0]
    expect(endBackOffs(removeOperation(paused, third, landed, 0)[0], 9_999)[1]).toEqual(nothing)
    expect(endBackOffs(revive(paused, [third], 0)[0], 9_999)[1]).toEqual(nothing)
  })
})

describe('an operation that has waited its whole time for an earlier nonce', () => {
  const late = (lanes: Lanes) => promoteOverdue(lanes, 1)[0]

  it('is released all the same, and nobody else is', () => {
    const early = stored(admit(holding([]), fourth, 3, 10), fourth.id, 10)[0]
    const lanes = stored(admit(early, sixth, 3, 20), sixth.id, 20)[0]
    expect(promoteOverdue(lanes, 10)[1]).toEqual(nothing)
    const [released, effects] = promoteOverdue(lanes, 11)
    expect(effects).toEqual({ ready: [fourth], withdrawn: [] })
    expect(countWaiting(released)).toBe(1)
    expect(promoteOverdue(released, 11)[1]).toEqual(nothing)
    expect(ids(promoteOverdue(released, 21)[1]).ready).toEqual(['op-6'])
  })

  it('is nobody who is being stored or whose turn has come', () => {
    const lanes = admit(holding([third]), fifth, 3, 0)
    expect(promoteOverdue(lanes, Number.POSITIVE_INFINITY)[1]).toEqual(nothing)
  })

  it('lands when somebody else has filled the gap, and its followers go on', () => {
    const lanes = late(holding([fifth]))
    const waiting = stored(admit(lanes, sixth, 3, 9), sixth.id, 9)[0]
    const [, effects] = removeOperation(waiting, fifth, landed, 10)
    expect(ids(effects)).toEqual({ ready: ['op-6'], withdrawn: [] })
  })

  it('leaves its lane, and frees its claims, when simulation says that its turn has still not come', () => {
    const claiming = { ...fifth, claims: ['0x1'] }
    const [lanes, effects] = returnEvicted(late(holding([claiming, sixth])), claiming, evicted(4), 9)
    expect(effects).toEqual({ ready: [], withdrawn: [], expected: 4 })
    expect([lanes.claims.size, lanes.storing.size]).toEqual([0, 0])
    expect(predecessors(lanes, 'a', 9)).toEqual([sixth])
  })

  it('goes on when what simulation saw says that its turn has come with those that wait', () => {
    const [lanes, effects] = returnEvicted(
      stored(admit(late(holding([fifth])), fourth, 3, 5), fourth.id, 5)[0],
      fifth,
      evicted(4),
      9,
    )
    expect(effects).toEqual({ ready: [fourth, fifth], withdrawn: [], expected: null })
    expect(countWaiting(lanes)).toBe(0)
  })

  it('is tried again, still out of turn, when its batch said nothing of it', () => {
    const [lanes, effects] = returnEvicted(late(holding([fifth])), fifth, evicted(null), 9)
    expect(effects).toEqual({ ready: [fifth], withdrawn: [], expected: null })
    expect(returnEvicted(lanes, fifth, evicted(3), 9)[1].expected).toBe(3)
  })

  it('is not taken back, nor handed out twice, when those before it come after all', () => {
    const lanes = late(holding([fifth]))
    const [between, first] = stored(admit(lanes, third, 3, 5), third.id, 5)
    expect(ids(first)).toEqual({ ready: ['op-3'], withdrawn: [] })
    const [complete, second] = stored(admit(between, fourth, 3, 6), fourth.id, 6)
    expect(ids(second)).toEqual({ ready: ['op-4'], withdrawn: [] })
    // From here on it is as any other.
    expect(ids(removeOperation(complete, fourth, failed, 7)[1]).withdrawn).toEqual(['op-5'])
  })

  it('counts from its return on when it came back, and from its withdrawal on when its turn was taken back', () => {
    const [returned] = returnEvicted(holding([fourth], 4), fourth, evicted(3), 50)
    expect(promoteOverdue(returned, 50)[1]).toEqual(nothing)
    expect(promoteOverdue(returned, 51)[1].ready).toEqual([fourth])
    const [withdrawn] = removeOperation(holding([third, fourth]), third, failed, 50)
    expect(promoteOverdue(withdrawn, 50)[1]).toEqual(nothing)
    expect(promoteOverdue(withdrawn, 51)[1].ready).toEqual([fourth])
  })
})

describe('what a verdict tells of the lane', () => {
  it.each<[string, OpStatus | null, number]>([
    ['landed', landed, 4],
    ['the chain was further', tooLow(9), 9],
    ['failed for itself', failed, 3],
    ['was never on disk', null, 3],
  ])('%s', (_, status, expected) => {
    expect(removeOperation(holding([third, fifth]), third, status, 0)[0].lanes.get('a')?.next).toBe(expected)
  })
})

describe('operations of a batch whose block was orphaned after its end', () => {
  const claiming = inLane(3, 'a', 3, { claims: ['0x1'] })
  const ended = (operation: QueuedOperation, others: readonly QueuedOperation[] = []) =>
    removeOperation(holding([operation, ...others]), operation, landed, 0)[0]

  it('take their places and claims again, and ride: they are not ready', () => {
    const create = op(9, { kind: 'create_account', claims: ['0x9'] })
    const [lanes, effects] = revive(ended(claiming), [claiming, create], 0)
    expect(effects).toEqual({ ready: [], withdrawn: [claiming, create] })
    expect(predecessors(lanes, 'a', 9)).toEqual([claiming])
    expect([...lanes.claims]).toEqual([
      ['0x1', claiming.id],
      ['0x9', create.id],
    ])
    expect(refusal(lanes, inLane(8, 'a', 3), 3)).toBe('duplicate_request_in_flight')
    expect(refusal(lanes, op(8, { claims: ['0x9'] }), null)).toBe('duplicate_request_in_flight')
  })

  it('are gone on from by their lane: what follows without a gap keeps its turn', () => {
    const [lanes, effects] = revive(ended(third, [fourth]), [third], 0)
    expect(ids(effects)).toEqual({ ready: [], withdrawn: ['op-3'] })
    expect(lanes.lanes.get('a')?.next).toBe(3)
    expect(ids(removeOperation(lanes, third, landed, 0)[1])).toEqual({ ready: [], withdrawn: [] })
  })

  it('take back the turn of what does not follow without a gap, until the gap is filled again', () => {
    const both = removeOperation(ended(third, [fourth, fifth]), fourth, landed, 0)[0]
    const [first, effects] = revive(both, [third], 0)
    expect(ids(effects)).toEqual({ ready: [], withdrawn: ['op-3', 'op-5'] })
    const [, more] = revive(first, [fourth], 0)
    expect(ids(more)).toEqual({ ready: ['op-5'], withdrawn: ['op-4'] })
  })

  it('can be submitted below again: what had landed before them is open too', () => {
    const [lanes] = revive(ended(third, [sixth]), [third], 0)
    expect(refusal(lanes, inLane(2, 'a', 2), 2)).toBeNull()
  })

  it('are there once, though they were there already', () => {
    const [lanes] = revive(holding([third, fourth]), [third], 0)
    expect(predecessors(lanes, 'a', 9)).toEqual([third, fourth])
    expect(revive(lanes, [third], 0)[0]).toEqual(lanes)
  })
})

describe('operations that were never sent, and whose end stood on a block that was orphaned', () => {
  const claiming = inLane(3, 'a', 3, { claims: ['0x1'] })
  const ended = (others: readonly QueuedOperation[] = []) =>
    removeOperation(holding([claiming, ...others]), claiming, landed, 0)[0]

  it('take their places and claims again, and their turns', () => {
    const create = op(9, { kind: 'create_account', claims: ['0x9'] })
    const [lanes, effects] = requeue(ended(), [claiming, create], 0)
    expect(ids(effects)).toEqual({ ready: ['op-9', 'op-3'], withdrawn: [] })
    expect(effects.requeued).toEqual([create, claiming])
    expect([...lanes.claims]).toEqual([
      ['0x1', claiming.id],
      ['0x9', create.id],
    ])
    expect(refusal(lanes, inLane(8, 'a', 3), 3)).toBe('duplicate_request_in_flight')
  })

  it('stay as they are when somebody else has their nonce or claim by now', () => {
    const rival = inLane(8, 'a', 3)
    const taker = op(7, { kind: 'create_account', claims: ['0x9'] })
    const taken = admit(holding([rival]), taker, null, 0)
    const late = op(9, { kind: 'create_account', claims: ['0x9'] })
    const [lanes, effects] = requeue(taken, [claiming, late], 0)
    expect(lanes).toEqual(taken)
    expect(effects).toEqual({ ready: [], withdrawn: [], requeued: [] })
    expect(requeue(noLanes, [claiming, rival], 0)[1].requeued).toEqual([rival])
  })

  it('wait behind a gap, and take back the turn of what follows one', () => {
    const [lanes, effects] = requeue(ended([fourth, fifth]), [inLane(2, 'a', 2)], 0)
    expect(ids(effects)).toEqual({ ready: ['op-2'], withdrawn: ['op-4', 'op-5'] })
    expect(ids(requeue(lanes, [claiming], 0)[1])).toEqual({
      ready: ['op-3', 'op-4', 'op-5'],
      withdrawn: [],
    })
  })
})

describe('lanes after a restart', () => {
  it('go on from the lowest nonce that is known', () => {
    const [lanes, effects] = restore({ inBatches: [], queued: [fourth, third] }, 0)
    expect(lanes.lanes.get('a')?.next).toBe(3)
    expect(ids(effects)).toEqual({ ready: ['op-3', 'op-4'], withdrawn: [] })
  })

  it('let what is queued follow what rides', () => {
    const [lanes, effects] = restore({ inBatches: [third], queued: [fourth] }, 0)
    expect(ids(effects)).toEqual({ ready: ['op-4'], withdrawn: [] })
    expect(ids(returnEvicted(lanes, third, evicted(null), 0)[1])).toEqual({ ready: ['op-3'], withdrawn: [] })
  })

  it('give a turn to all that is queued, in order of admission, and to nothing behind a gap', () => {
    const queued = [inLane(7, 'a', 7), op(1), fifth, fourth, inLane(8, 'b', 2)]
    const [lanes, effects] = restore({ inBatches: [third], queued }, 0)
    expect(ids(effects)).toEqual({ ready: ['op-1', 'op-4', 'op-5', 'op-8'], withdrawn: [] })
    expect(countWaiting(lanes)).toBe(1)
    expect(ids(promoteOverdue(lanes, 1)[1])).toEqual({ ready: ['op-7'], withdrawn: [] })
  })

  it('take what the chain accepts below their guess', () => {
    const [lanes] = restore({ inBatches: [], queued: [fifth] }, 0)
    expect(refusal(lanes, fourth, 4)).toBeNull()
    const [filled, effects] = stored(admit(lanes, fourth, 4, 0), fourth.id, 0)
    expect(ids(effects)).toEqual({ ready: ['op-4'], withdrawn: [] })
    expect(filled.lanes.get('a')?.next).toBe(4)
  })

  it('hold places and claims as before', () => {
    const riding = [inLane(1, 'a', 3, { claims: ['0x1'] })]
    const [lanes] = restore({ inBatches: riding, queued: [op(2, { claims: ['0x2'] })] }, 0)
    expect(refusal(lanes, inLane(9, 'a', 3), 3)).toBe('duplicate_request_in_flight')
    expect(refusal(lanes, op(9, { claims: ['0x1'] }), null)).toBe('duplicate_request_in_flight')
    expect(refusal(lanes, op(9, { claims: ['0x2'] }), null)).toBe('duplicate_request_in_flight')
  })
})

describe('looking at lanes', () => {
  it('tells what an operation must run after, in order', () => {
    const lanes = holding([fifth, third, inLane(9, 'b', 1)])
    expect(predecessors(lanes, 'a', 6)).toEqual([third, fifth])
    expect(predecessors(lanes, 'a', 5)).toEqual([third])
    expect(predecessors(lanes, 'c', 6)).toEqual([])
  })
})
