import { describe, expect, it } from 'vitest'
import { MOST_MISSES, TRY_AGAIN_AFTER } from '../../../src/machines/finalityTracker/setup.ts'
import { first, raised, tracking } from '../support/finality.ts'
import { attempt, inclusion } from '../support/samples.ts'

const PENDING = { blockNumber: 21, transactions: [first] }

/** A tracker at block 20 with a transaction in flight. */
function inFlight(preconfirmations: 'auto' | 'on' | 'off' = 'auto') {
  const tracker = tracking({ preconfirmations })
  tracker.see(20)
  tracker.report([first])
  return tracker
}

/** A transaction that a block includes before any pending block shows it. */
function miss({ report, see }: ReturnType<typeof tracking>, index: number): void {
  const { hash } = attempt(100 + index)
  const batchId = `missed-${index}`
  report([hash], null, { batchId })
  see(21 + index, { transactions: [hash] })
  report([hash], inclusion(hash, 21 + index), { batchId })
}

describe('the pending block', () => {
  it('is asked for every 200 ms while a transaction waits for inclusion', async () => {
    const { stage, pending, state, report } = inFlight()
    expect(state()).toBe('Asking')
    await pending.resolve({ blockNumber: 21, transactions: [] })
    expect(state()).toBe('Pausing')
    await stage.advance(199)
    expect(pending.waiting).toBe(0)
    await stage.advance(1)
    expect(state()).toBe('Asking')
    await pending.reject('no such block')
    report([first], inclusion(first, 20))
    await stage.advance(200)
    expect(state()).toBe('Resting')
    expect(pending.waiting).toBe(0)
  })

  it('preconfirms a transaction, or its replacement, before a block includes it', async () => {
    const { pending, report, told, stored, state, stage, see } = inFlight()
    report([first, raised])
    await pending.resolve({ blockNumber: 21, transactions: [raised] })
    expect(told()).toEqual(['preconfirmed at 21'])
    expect(stored()?.txHash).toBe(raised)
    await stage.advance(200)
    expect(state()).toBe('Resting')
    see(21, { transactions: [raised] })
    report([first, raised], inclusion(raised, 21))
    expect(told()).toEqual(['preconfirmed at 21', 'included at 21'])
    expect(Object.keys(stored()?.levels ?? {})).toEqual(['preconfirmed', 'included'])
  })

  it('tells nothing when it is not above the head: the node serves the latest block', async () => {
    const { pending, told } = inFlight()
    await pending.resolve({ ...PENDING, blockNumber: 20 })
    expect(told()).toEqual([])
  })

  it('is the block after the head when the node does not number it', async () => {
    const { pending, told } = inFlight()
    await pending.resolve({ ...PENDING, blockNumber: null })
    expect(told()).toEqual(['preconfirmed at 21'])
  })
})

describe('a preconfirmation that does not come true', () => {
  it('is told when its block comes without the transaction, and the transaction is awaited again', async () => {
    const { pending, see, told, stored, state, stage } = inFlight()
    await pending.resolve({ ...PENDING, blockNumber: 22 })
    see(21)
    expect(told()).toEqual(['preconfirmed at 22'])
    see(22)
    expect(told()).toEqual(['preconfirmed at 22', 'failed at 22'])
    expect(stored()).toBeNull()
    await stage.advance(200)
    expect(state()).toBe('Asking')
  })

  it('is not told while the block of the transaction waits for the check of the batch', async () => {
    const { pending, see, told } = inFlight()
    await pending.resolve(PENDING)
    see(21, { transactions: [first] })
    see(22)
    expect(told()).toEqual(['preconfirmed at 21'])
  })

  it('is told when another attempt is included', async () => {
    const { pending, report, told } = inFlight()
    await pending.resolve(PENDING)
    report([first, raised], inclusion(raised, 20))
    expect(told()).toEqual(['preconfirmed at 21', 'failed at 21', 'included at 20'])
  })

  it('is told when the batch is settled without its operations', async () => {
    const { pending, report, told } = inFlight()
    await pending.resolve(PENDING)
    report([first], null, { isSettled: true })
    expect(told()).toEqual(['preconfirmed at 21', 'failed at 21'])
  })

  it('is taken back by a reorg below its block', async () => {
    const { pending, reorg, told } = inFlight()
    await pending.resolve(PENDING)
    reorg(20)
    expect(told()).toEqual(['preconfirmed at 21', 'lost preconfirmed'])
  })

  it('is taken back by a reorg of the block that showed the transaction', async () => {
    const { pending, see, reorg, told } = inFlight()
    await pending.resolve(PENDING)
    see(21)
    see(22)
    reorg(23)
    expect(told()).toEqual(['preconfirmed at 21', 'failed at 21'])
  })
})

describe('PRECONFIRMATIONS', () => {
  it('off never asks, and on asks whatever the pending block has shown', () => {
    expect(inFlight('off').state()).toBe('Resting')
    const always = tracking({ preconfirmations: 'on' })
    for (let index = 0; index < 2 * MOST_MISSES; index += 1) miss(always, index)
    always.report([first])
    expect(always.state()).not.toBe('Resting')
  })

  it('auto stops after several transactions without one, and tries again from time to time', async () => {
    const tracker = tracking({ preconfirmations: 'auto' })
    const isAsking = async () => {
      await tracker.stage.advance(200)
      return tracker.pending.waiting > 0
    }
    for (let index = 0; index < MOST_MISSES; index += 1) {
      tracker.report([first])
      if (await isAsking()) await tracker.pending.resolve({ blockNumber: 1, transactions: [] })
      miss(tracker, index)
      tracker.report([first], null, { isSettled: true })
    }
    tracker.report([first])
    expect(await isAsking()).toBe(false)
    for (let index = MOST_MISSES; index < TRY_AGAIN_AFTER; index += 1) miss(tracker, index)
    expect(await isAsking()).toBe(true)
    const next = 21 + TRY_AGAIN_AFTER
    await tracker.pending.resolve({ blockNumber: next, transactions: [first] })
    tracker.see(next, { transactions: [first] })
    tracker.report([first], inclusion(first, next))
    tracker.report([raised], null, { batchId: 'batch-2' })
    expect(await isAsking()).toBe(true)
  })
})
