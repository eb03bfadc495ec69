import { describe, expect, it } from 'vitest'
import type { QueuedOperation } from '../../../src/domain/operation.ts'
import { noLanes } from '../../../src/machines/nonceTracker/laneState.ts'
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
import { returnEvicted } from '../../../src/machines/nonceTracker/returnEvicted.ts'
import { evicted, fifth, finalized, fourth, holding, ids, sixth, third } from '../support/lanes.ts'
import { inLane, op } from '../support/samples.ts'

describe('operations of a revived batch', () => {
  const claiming = inLane(3, 'a', 3, { claims: ['0x1'] })
  const settled = (operation: QueuedOperation, others: readonly QueuedOperation[] = []) =>
    removeOperation(holding([operation, ...others]), operation, finalized, 0)[0]

  it('return to positions and claims, and are withdrawn from the queue, because a batch holds them', () => {
    const create = op(9, { kind: 'create_account', claims: ['0x9'] })
    const [lanes, effects] = revive(settled(claiming), [claiming, create], 0)
    expect(effects).toEqual({ ready: [], withdrawn: [claiming, create] })
    expect(predecessors(lanes, 'a', 9)).toEqual([claiming])
    expect([...lanes.claims]).toEqual([
      ['0x1', claiming.id],
      ['0x9', create.id],
    ])
    expect(refusal(lanes, inLane(8, 'a', 3), 3)).toBe('duplicate_request_in_flight')
    expect(refusal(lanes, op(8, { claims: ['0x9'] }), null)).toBe('duplicate_request_in_flight')
  })

  it('leave a later operation ready if there is no gap', () => {
    const [lanes, effects] = revive(settled(third, [fourth]), [third], 0)
    expect(ids(effects)).toEqual({ ready: [], withdrawn: ['op-3'] })
    expect(lanes.lanes.get('a')?.next).toBe(3)
    expect(ids(removeOperation(lanes, third, finalized, 0)[1])).toEqual({ ready: [], withdrawn: [] })
  })

  it('withdraw a later operation behind a gap, until the gap is filled again', () => {
    const both = removeOperation(settled(third, [fourth, fifth]), fourth, finalized, 0)[0]
    const [first, effects] = revive(both, [third], 0)
    expect(ids(effects)).toEqual({ ready: [], withdrawn: ['op-3', 'op-5'] })
    const [, more] = revive(first, [fourth], 0)
    expect(ids(more)).toEqual({ ready: ['op-5'], withdrawn: ['op-4'] })
  })

  it('allow lower nonces again, because the reorg may have orphaned lower nonces, too', () => {
    const [lanes] = revive(settled(third, [sixth]), [third], 0)
    expect(refusal(lanes, inLane(2, 'a', 2), 2)).toBeNull()
  })

  it('are not duplicated when already in the lane', () => {
    const [lanes] = revive(holding([third, fourth]), [third], 0)
    expect(predecessors(lanes, 'a', 9)).toEqual([third, fourth])
    expect(revive(lanes, [third], 0)[0]).toEqual(lanes)
  })
})

describe('operations settled without a transaction, with an orphaned evidence block', () => {
  const claiming = inLane(3, 'a', 3, { claims: ['0x1'] })
  const settled = (others: readonly QueuedOperation[] = []) =>
    removeOperation(holding([claiming, ...others]), claiming, finalized, 0)[0]

  it('return to positions and claims, and are ready', () => {
    const create = op(9, { kind: 'create_account', claims: ['0x9'] })
    const [lanes, effects] = requeue(settled(), [claiming, create], 0)
    expect(ids(effects)).toEqual({ ready: ['op-9', 'op-3'], withdrawn: [] })
    expect(effects.requeued).toEqual([create, claiming])
    expect([...lanes.claims]).toEqual([
      ['0x1', claiming.id],
      ['0x9', create.id],
    ])
    expect(refusal(lanes, inLane(8, 'a', 3), 3)).toBe('duplicate_request_in_flight')
  })

  it('keep the verdict when a later operation holds the nonce or a claim', () => {
    const rival = inLane(8, 'a', 3)
    const taker = op(7, { kind: 'create_account', claims: ['0x9'] })
    const taken = admit(holding([rival]), taker, null, 0)
    const late = op(9, { kind: 'create_account', claims: ['0x9'] })
    const [lanes, effects] = requeue(taken, [claiming, late], 0)
    expect(lanes).toEqual(taken)
    expect(effects).toEqual({ ready: [], withdrawn: [], requeued: [] })
    expect(requeue(noLanes, [claiming, rival], 0)[1].requeued).toEqual([rival])
  })

  it('wait behind a gap, and withdraw later operations behind a gap', () => {
    const [lanes, effects] = requeue(settled([fourth, fifth]), [inLane(2, 'a', 2)], 0)
    expect(ids(effects)).toEqual({ ready: ['op-2'], withdrawn: ['op-4', 'op-5'] })
    expect(ids(requeue(lanes, [claiming], 0)[1])).toEqual({
      ready: ['op-3', 'op-4', 'op-5'],
      withdrawn: [],
    })
  })
})

describe('lanes after a restart', () => {
  it('start at the lowest known nonce', () => {
    const [lanes, effects] = restore({ inBatches: [], queued: [fourth, third] }, 0)
    expect(lanes.lanes.get('a')?.next).toBe(3)
    expect(ids(effects)).toEqual({ ready: ['op-3', 'op-4'], withdrawn: [] })
  })

  it('ready a queued operation after an operation in a batch', () => {
    const [lanes, effects] = restore({ inBatches: [third], queued: [fourth] }, 0)
    expect(ids(effects)).toEqual({ ready: ['op-4'], withdrawn: [] })
    expect(ids(returnEvicted(lanes, third, evicted(null), 0)[1])).toEqual({ ready: ['op-3'], withdrawn: [] })
  })

  it('ready all queued operations in order of admission, except behind a gap', () => {
    const queued = [inLane(7, 'a', 7), op(1), fifth, fourth, inLane(8, 'b', 2)]
    const [lanes, effects] = restore({ inBatches: [third], queued }, 0)
    expect(ids(effects)).toEqual({ ready: ['op-1', 'op-4', 'op-5', 'op-8'], withdrawn: [] })
    expect(countWaiting(lanes)).toBe(1)
    expect(ids(promoteOverdue(lanes, 1)[1])).toEqual({ ready: ['op-7'], withdrawn: [] })
  })

  it('admit a nonce below the lowest known nonce when the chain accepts it', () => {
    const [lanes] = restore({ inBatches: [], queued: [fifth] }, 0)
    expect(refusal(lanes, fourth, 4)).toBeNull()
    const [filled, effects] = stored(admit(lanes, fourth, 4, 0), fourth.id, 0)
    expect(ids(effects)).toEqual({ ready: ['op-4'], withdrawn: [] })
    expect(filled.lanes.get('a')?.next).toBe(4)
  })

  it('hold positions and claims as before', () => {
    const inBatches = [inLane(1, 'a', 3, { claims: ['0x1'] })]
    const [lanes] = restore({ inBatches, queued: [op(2, { claims: ['0x2'] })] }, 0)
    expect(refusal(lanes, inLane(9, 'a', 3), 3)).toBe('duplicate_request_in_flight')
    expect(refusal(lanes, op(9, { claims: ['0x1'] }), null)).toBe('duplicate_request_in_flight')
    expect(refusal(lanes, op(9, { claims: ['0x2'] }), null)).toBe('duplicate_request_in_flight')
  })
})
