import { describe, expect, it, vi } from 'vitest'
import type { ChainState } from '../../../src/domain/chain.ts'
import type { AdaptiveConfig, OpsBatcherConfig } from '../../../src/domain/config.ts'
import type { QueuedOperation } from '../../../src/domain/operation.ts'
import { type DispatchView, decide, isBatchFull } from '../../../src/machines/opsBatcher/dispatch.ts'
import {
  countInFlight,
  freeSlot,
  type Slot,
  slotOf,
  withSlot,
} from '../../../src/machines/opsBatcher/slots.ts'
import { gasModel } from '../../../src/policy/gasModel.ts'
import { fifoPolicy } from '../../../src/policy/orderingPolicy.ts'
import { ReadyQueue } from '../../../src/policy/readyQueue.ts'
import { batching, chainState, GWEI, gas, inLane, op } from '../support/samples.ts'
import { START } from '../support/stage.ts'

/** A view in which everything allows to send, but for what is changed. */
function view(operations: readonly QueuedOperation[], changes: Partial<DispatchView> = {}): DispatchView {
  return {
    config: batching,
    queue: ReadyQueue.empty(fifoPolicy).add(operations),
    slots: [],
    chain: chainState(),
    isChainFollowed: true,
    isWalletAvailable: true,
    model: gasModel(gas),
    batchNumber: 0,
    ...changes,
  }
}

function ops(count: number): QueuedOperation[] {
  return Array.from({ length: count }, (_, index) => op(index))
}

function slot(batchId: string, traits: Partial<Slot> = {}): Slot {
  return { batchId, operations: [], gapNonce: null, isIncluded: false, ...traits }
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
  it('sends what the sizer allows, within what the chain allows', () => {
    expect(decide(view(ops(6)), START)).toEqual({
      type: 'send',
      operations: ops(4),
      gasBudget: 15_720_000,
      gasCap: 2 ** 24,
    })
  })

  it('caps the gas of a transaction by the block too', () => {
    const decision = decide(view([op(1)], { chain: chainState({ blockGasLimit: 8_000_000 }) }), START)
    expect(decision).toMatchObject({ gasCap: 8_000_000 })
  })

  it.each<[string, Partial<DispatchView>, string]>([
    ['the chain is not followed', { isChainFollowed: false }, 'ChainStalled'],
    ['no block was seen yet', { chain: null }, 'ChainStalled'],
    ['the wallet cannot send', { isWalletAvailable: false }, 'WalletUnavailable'],
    ['as many batches as may be are on their way', { slots: [slot('b-1'), slot('b-2')] }, 'NoPermit'],
    ['the base fee is at the ceiling', { chain: expensive }, 'FeeAboveCeiling'],
  ])('waits while %s', (_, changes, reason) => {
    expect(waitsFor(changes)).toBe(reason)
  })

  it('tells the reason that has to go first', () => {
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

  it('holds a permit until inclusion, not until the last confirmation', () => {
    const included = slot('b-1', { isIncluded: true })
    expect(waitsFor({ slots: [included, included, slot('b-2')] })).toBeNull()
    expect(waitsFor({ slots: [included, slot('b-2'), null, slot('b-3')] })).toBe('NoPermit')
  })

  it('keeps the number of batches bounded that wait for confirmations', () => {
    const included = Array.from({ length: 64 }, (_, index) => slot(`b-${index}`, { isIncluded: true }))
    expect(waitsFor({ slots: included })).toBe('NoPermit')
    expect(waitsFor({ slots: [...included.slice(1), null] })).toBeNull()
  })

  it('sends above the ceiling what has waited long enough, unless that is for ever', () => {
    const late = START + 30_000
    expect(waitsFor({ chain: expensive }, late - 1)).toBe('FeeAboveCeiling')
    expect(waitsFor({ chain: expensive }, late)).toBeNull()
    expect(waitsFor({ chain: expensive, config: config({ maxWait: null }) }, late)).toBe('FeeAboveCeiling')
  })

  it('leaves lanes alone that ride already, and says so when nothing else is there', () => {
    const riding = slot('b-1', { operations: [inLane(1, 'a', 3), op(9)], isIncluded: true })
    const follower = inLane(2, 'a', 4)
    expect(decide(view([follower], { slots: [riding] }), START)).toEqual({
      type: 'wait',
      reason: 'LanesBusy',
    })
    const decision = decide(view([follower, inLane(3, 'b', 1)], { slots: [null, riding] }), START)
    expect(decision).toMatchObject({ type: 'send', operations: [{ id: 'op-3' }] })
  })

  it('does not look through a queue of which every lane rides already', () => {
    const queue = ReadyQueue.empty(fifoPolicy).add([inLane(1, 'a', 4), inLane(2, 'b', 1), inLane(3, 'a', 5)])
    const look = vi.spyOn(queue, Symbol.iterator)
    const riding = [inLane(8, 'a', 3), inLane(9, 'b', 0)]
    expect(waitsFor({ queue, slots: [slot('b-1', { operations: riding })] })).toBe('LanesBusy')
    expect(look).not.toHaveBeenCalled()
    expect(waitsFor({ queue, slots: [slot('b-1', { operations: riding.slice(1) })] })).toBeNull()
    expect(look).toHaveBeenCalled()
  })
})

describe('a full batch', () => {
  it.each([
    [3, false],
    [4, true],
    [5, true],
  ])('is what %i of 4 operations are: %s', (count, expected) => {
    expect(isBatchFull(view(ops(count)), START)).toBe(expected)
  })

  it('is smaller when less gas is allowed', () => {
    const chain = chainState({ blockGasLimit: 400_000 })
    expect(isBatchFull(view(ops(1), { chain }), START)).toBe(false)
    expect(isBatchFull(view(ops(2), { chain }), START)).toBe(true)
  })

  it('is nothing that can be told before the first block, or while the fee is too high', () => {
    expect(isBatchFull(view(ops(9), { chain: null }), START)).toBe(false)
    expect(isBatchFull(view(ops(9), { chain: expensive }), START)).toBe(false)
  })

  it('is not an empty one', () => {
    expect(isBatchFull(view([]), START)).toBe(false)
  })
})

describe('slots', () => {
  const [first, second] = [slot('b-1'), slot('b-2')]

  it('are used again, the lowest first, and more are added when none is free', () => {
    expect(freeSlot([])).toBe(0)
    expect(freeSlot([null, second])).toBe(0)
    expect(freeSlot([first, null, second, null])).toBe(1)
    expect(freeSlot([first, second])).toBe(2)
  })

  it('are changed one at a time, and given up at the end when they are free', () => {
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
