import { describe, expect, it, vi } from 'vitest'
import type { ChainState } from '../../../src/domain/chain.ts'
import type { AdaptiveConfig, OpsBatcherConfig } from '../../../src/domain/config.ts'
import type { QueuedOperation } from '../../../src/domain/operation.ts'
import { type DispatchView, decide, isBatchFull } from '../../../src/machines/opsBatcher/dispatch.ts'
import {
  countInFlight,
  freeSlot,
  newSlot,
  type Slot,
  slotOf,
  withSlot,
} from '../../../src/machines/opsBatcher/slots.ts'
import { weigh } from '../../../src/policy/batchWeight.ts'
import { gasModel } from '../../../src/policy/gasModel.ts'
import { fifoPolicy } from '../../../src/policy/orderingPolicy.ts'
import { ReadyQueue } from '../../../src/policy/readyQueue.ts'
import { batching, chainState, GWEI, gas, inLane, op } from '../support/samples.ts'
import { START } from '../support/stage.ts'

/** A view that allows a batch, except for the given changes. */
function view(operations: readonly QueuedOperation[], changes: Partial<DispatchView> = {}): DispatchView {
  return {
    config: batching,
    queue: ReadyQueue.empty(fifoPolicy).add(operations),
    slots: [],
    chain: chainState(),
    isChainFollowed: true,
    isWalletAvailable: true,
    sizeFactor: 1,
    model: gasModel(gas),
    batchNumber: 0,
    ...changes,
  }
}

function ops(count: number): QueuedOperation[] {
  return Array.from({ length: count }, (_, index) => op(index))
}

function slot(batchId: string, traits: Partial<Slot> = {}): Slot {
  return { ...newSlot(batchId, [], 1_000_000), ...traits }
}

function config(
  changes: Partial<OpsBatcherConfig>,
  adaptive: Partial<AdaptiveConfig> = {},
): OpsBatcherConfig {
  return { ...batching, ...changes, adaptive: { ...batching.adaptive, ...adaptive } }
}

function waitsFor(changes: Partial<DispatchView>, at = START) {
  const decision = decide(view([op(1)], changes), at)
  return decision.type === 'wait' ? decision.reason : null
}

const expensive: ChainState = chainState({ baseFee: 100 * GWEI })

describe('deciding whether to send', () => {
  it('sends as many operations as the sizer allows, with the gas budget of the block', () => {
    expect(decide(view(ops(6)), START)).toEqual({
      type: 'send',
      operations: ops(4),
      gasBudget: 15_720_000,
      gas: weigh(ops(4), gasModel(gas)).gas,
      gasCap: 15_720_000,
    })
  })

  it('limits the gas of a transaction by the block gas limit and by the limit of a transaction', () => {
    const small = decide(view([op(1)], { chain: chainState({ blockGasLimit: 8_000_000 }) }), START)
    expect(small).toMatchObject({ gasCap: 8_000_000 })
    const large = decide(view(ops(2), { chain: chainState({ blockGasLimit: 60_000_000 }) }), START)
    expect(large).toMatchObject({ gasBudget: 2 ** 24, gasCap: 2 ** 24 })
  })

  it.each<[string, Partial<DispatchView>, string]>([
    ['the chain is not followed', { isChainFollowed: false }, 'ChainStalled'],
    ['no block has been observed', { chain: null }, 'ChainStalled'],
    ['the wallet is unavailable', { isWalletAvailable: false }, 'WalletUnavailable'],
    ['all permits are held', { slots: [slot('b-1'), slot('b-2')] }, 'NoPermit'],
    ['the base fee is at the ceiling', { chain: expensive }, 'FeeAboveCeiling'],
  ])('waits while %s', (_, changes, reason) => {
    expect(waitsFor(changes)).toBe(reason)
  })

  it('names the reason that must go first', () => {
    const everything: Partial<DispatchView> = {
      isChainFollowed: false,
      isWalletAvailable: false,
      slots: [slot('b-1'), slot('b-2')],
      chain: expensive,
    }
    expect(waitsFor(everything)).toBe('ChainStalled')
    expect(waitsFor({ ...everything, isChainFollowed: true })).toBe('WalletUnavailable')
    expect(waitsFor({ ...everything, isChainFollowed: true, isWalletAvailable: true })).toBe('NoPermit')
  })

  it('leaves to other batches what the batches in flight do not use of the gas budget of the block', () => {
    const chain = chainState({ blockGasLimit: 60_000_000 })
    const inFlight = (gas: number) => [slot('b-1', { operations: [op(9)], gas })]
    const budget = 60_000_000 * (0.5 + 0.4 * 0.01)
    expect(decide(view([op(1)], { chain, slots: inFlight(10_000_000) }), START)).toMatchObject({
      gasBudget: 2 ** 24,
    })
    expect(decide(view(ops(1), { chain, slots: inFlight(20_000_000) }), START)).toMatchObject({
      gasBudget: budget - 20_000_000,
    })
    expect(waitsFor({ chain, slots: inFlight(30_000_000) })).toBe('BlockBudgetUsed')
    expect(waitsFor({ chain, slots: [slot('b-1', { ...inFlight(3e7)[0], isIncluded: true })] })).toBeNull()
  })

  it('sends one operation at any gas budget, but only while no operation is in flight', () => {
    const chain = chainState({ blockGasLimit: 500_000 })
    const one = decide(view(ops(3), { chain }), START)
    expect(one).toMatchObject({ type: 'send', operations: [{ id: 'op-0' }], gasCap: 500_000 })
    const gap = slot('b-1', { gapNonce: 7, gas: 21_000 })
    expect(waitsFor({ chain, slots: [gap] })).toBeNull()
    expect(waitsFor({ chain, slots: [slot('b-1', { operations: [op(9)], gas: 21_000 })] })).toBe(
      'BlockBudgetUsed',
    )
  })

  it('holds a permit until inclusion, not until the last confirmation', () => {
    const included = slot('b-1', { isIncluded: true })
    expect(waitsFor({ slots: [included, included, slot('b-2')] })).toBeNull()
    expect(waitsFor({ slots: [included, slot('b-2'), null, slot('b-3')] })).toBe('NoPermit')
  })

  it('limits the number of batches waiting for confirmations', () => {
    const included = Array.from({ length: 1_024 }, (_, index) => slot(`b-${index}`, { isIncluded: true }))
    expect(waitsFor({ slots: included })).toBe('NoPermit')
    expect(waitsFor({ slots: [...included.slice(1), null] })).toBeNull()
  })

  it('sends above the fee ceiling after the maximum wait, unless the maximum wait is off', () => {
    const late = START + 30_000
    expect(waitsFor({ chain: expensive }, late - 1)).toBe('FeeAboveCeiling')
    expect(waitsFor({ chain: expensive }, late)).toBeNull()
    expect(waitsFor({ chain: expensive, config: config({ maxWait: null }) }, late)).toBe('FeeAboveCeiling')
  })

  it('sends above the fee ceiling only what has waited too long, with the earlier operations of its lane', () => {
    const late = START + 30_000
    const young = { receivedAt: START + 1 }
    const queued = [
      op(1),
      op(2, young),
      inLane(3, 'a', 8, young),
      inLane(4, 'a', 9),
      inLane(5, 'b', 1, young),
    ]
    const sent = (changes: Partial<DispatchView>) => {
      const decision = decide(view(queued, changes), late)
      return decision.type === 'send' ? decision.operations.map(({ id }) => id).toSorted() : decision.reason
    }
    expect(sent({ chain: expensive })).toEqual(['op-1', 'op-3', 'op-4'])
    // As many as a batch may have.
    expect(sent({})).toEqual(['op-1', 'op-2', 'op-3', 'op-4'])
  })

  describe('above the fee ceiling', () => {
    const late = START + 30_000
    const young = { receivedAt: START + 1 }
    const decideOn = (queued: readonly QueuedOperation[], changes: Partial<DispatchView> = {}) => {
      const decision = decide(view(queued, { chain: expensive, ...changes }), late)
      return decision.type === 'send' ? decision.operations.map(({ id }) => id) : decision.reason
    }
    const inFlight = slot('b-1', { operations: [inLane(90, 'a', 3)], isIncluded: true })
    const few = config({}, { maxBatchOps: 2, minBatchOps: 1 })

    it('finds what has waited too long behind any number of operations of busy lanes', () => {
      const busy = [inLane(1, 'a', 4), inLane(2, 'a', 5), inLane(3, 'a', 6)]
      expect(decideOn([...busy, op(4)], { slots: [inFlight], config: few })).toEqual(['op-4'])
    })

    it('finds what has waited too long behind isolated operations that wait for one in flight', () => {
      const isolated = [1, 2, 3].map((index) => inLane(index, `i${index}`, 1, { batchLimit: 1 }))
      const isolating = slot('b-1', { operations: [inLane(90, 'z', 1, { batchLimit: 1 })], gas: 1_000 })
      expect(decideOn([...isolated, op(4)], { slots: [isolating], config: few })).toEqual(['op-4'])
    })

    it('names the fee when operations of free lanes have not waited long enough', () => {
      expect(decideOn([inLane(1, 'a', 4), op(2, young)], { slots: [inFlight] })).toBe('FeeAboveCeiling')
    })

    it('names the lanes when every ready operation is of a busy lane', () => {
      expect(decideOn([inLane(1, 'a', 4), inLane(2, 'a', 5, young)], { slots: [inFlight] })).toBe('LanesBusy')
    })

    it('folds only the creates that have waited too long', () => {
      const kind = 'create_account'
      expect(decideOn([op(1, { kind }), op(2, { kind, ...young }), op(3, { kind })])).toEqual([
        'op-1',
        'op-3',
      ])
    })
  })

  it('does not send operations of busy lanes, and names this reason when no other operation is ready', () => {
    const inFlight = slot('b-1', { operations: [inLane(1, 'a', 3), op(9)], isIncluded: true })
    const follower = inLane(2, 'a', 4)
    expect(decide(view([follower], { slots: [inFlight] }), START)).toEqual({
      type: 'wait',
      reason: 'LanesBusy',
    })
    const decision = decide(view([follower, inLane(3, 'b', 1)], { slots: [null, inFlight] }), START)
    expect(decision).toMatchObject({ type: 'send', operations: [{ id: 'op-3' }] })
  })

  it('does not search a queue if every lane is busy', () => {
    const queue = ReadyQueue.empty(fifoPolicy).add([inLane(1, 'a', 4), inLane(2, 'b', 1), inLane(3, 'a', 5)])
    const look = vi.spyOn(queue, Symbol.iterator)
    const operations = [inLane(8, 'a', 3), inLane(9, 'b', 0)]
    expect(waitsFor({ queue, slots: [slot('b-1', { operations })] })).toBe('LanesBusy')
    expect(look).not.toHaveBeenCalled()
    expect(waitsFor({ queue, slots: [slot('b-1', { operations: operations.slice(1) })] })).toBeNull()
    expect(look).toHaveBeenCalled()
  })
})

describe('a full batch', () => {
  it.each([
    [3, false],
    [4, true],
    [5, true],
  ])('with %i of 4 operations: %s', (count, expected) => {
    expect(isBatchFull(view(ops(count)), START)).toBe(expected)
  })

  it('has fewer operations when less gas is allowed', () => {
    const chain = chainState({ blockGasLimit: 2_400_000 })
    expect(isBatchFull(view(ops(2), { chain }), START)).toBe(false)
    expect(isBatchFull(view(ops(3), { chain }), START)).toBe(true)
  })

  it('has fewer operations when the batches in flight leave less gas', () => {
    const slots = [slot('b-1', { operations: [op(9)], gas: 13_000_000 })]
    const dear = [1, 2, 3].map((sequence) => op(sequence, { bytes: 30_000 }))
    expect(isBatchFull(view(dear), START)).toBe(false)
    expect(isBatchFull(view(dear, { slots }), START)).toBe(true)
  })

  it('has fewer operations when they are long', () => {
    const long = [1, 2].map((sequence) => op(sequence, { bytes: 60_000 }))
    expect(isBatchFull(view(long.slice(1)), START)).toBe(false)
    expect(isBatchFull(view(long), START)).toBe(true)
  })

  it('does not exist while no further batch may start', () => {
    const slots = [slot('b-1', { operations: [op(9)], gas: 30_000_000 })]
    expect(isBatchFull(view(ops(9), { slots }), START)).toBe(false)
  })

  it('does not exist before the first block or above the fee ceiling', () => {
    expect(isBatchFull(view(ops(9), { chain: null }), START)).toBe(false)
    expect(isBatchFull(view(ops(9), { chain: expensive }), START)).toBe(false)
  })

  it('is not an empty batch', () => {
    expect(isBatchFull(view([]), START)).toBe(false)
  })
})

describe('slots', () => {
  const [first, second] = [slot('b-1'), slot('b-2')]

  it('are reused, the lowest first, and a further slot is added when none is free', () => {
    expect(freeSlot([])).toBe(0)
    expect(freeSlot([null, second])).toBe(0)
    expect(freeSlot([first, null, second, null])).toBe(1)
    expect(freeSlot([first, second])).toBe(2)
  })

  it('change separately, and free slots at the end of the list are removed', () => {
    expect(withSlot([], 0, first)).toEqual([first])
    expect(withSlot([first], 1, second)).toEqual([first, second])
    expect(withSlot([first, second], 0, null)).toEqual([null, second])
    expect(withSlot([null, second], 1, null)).toEqual([])
    expect(withSlot([first, null, second], 2, null)).toEqual([first])
  })

  it('are found by batch, and counted', () => {
    expect(slotOf([null, first, second], 'b-2')).toBe(2)
    expect(slotOf([null, first], 'b-9')).toBe(-1)
    expect(countInFlight([null, first, { ...second, isIncluded: true }])).toBe(2)
  })
})
