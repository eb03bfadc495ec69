import { describe, expect, it } from 'vitest'
import { MOST_BATCHES } from '../../../src/machines/finalityTracker/changeBatches.ts'
import { first, raised, tracking } from '../support/finality.ts'
import { attempt, inclusion } from '../support/samples.ts'
import { START } from '../support/stage.ts'

const inBlock = inclusion(first, 20)

describe('a transaction', () => {
  it('reaches the levels one after the other, each with its block and its time', async () => {
    const { stage, report, see, tag, told, stored, followed } = tracking()
    see(20)
    report([first], inBlock)
    expect(told()).toEqual(['included at 20'])
    await stage.advance(1_000)
    see(21)
    see(22)
    tag(19, 15)
    expect(told()).toEqual(['included at 20', 'confirmed at 22'])
    report([first], inBlock, { isSettled: true })
    await stage.advance(1_000)
    tag(24, 15)
    see(30)
    tag(29, 25)
    expect(told().slice(2)).toEqual(['safe at 24', 'finalized at 25'])
    expect(stored()).toEqual({
      txHash: first,
      levels: {
        included: { blockNumber: 20, at: START },
        confirmed: { blockNumber: 22, at: START + 1_000 },
        safe: { blockNumber: 24, at: START + 2_000 },
        finalized: { blockNumber: 25, at: START + 2_000 },
      },
    })
    expect(followed()).toBe(0)
  })

  it('keeps its times while nothing changes', () => {
    const { stage, report, see, told } = tracking()
    see(20)
    report([first], inBlock)
    stage.clear()
    report([first], inBlock)
    see(20)
    expect(told()).toEqual([])
    expect(stage.messages).toEqual([])
  })

  it('reaches each level once, also if its verdict waits for the last one', () => {
    const { report, see, tag, told, followed } = tracking()
    see(30)
    report([first], inBlock)
    tag(25, 20)
    const all = told()
    expect(all).toEqual(['included at 20', 'confirmed at 30', 'safe at 25', 'finalized at 20'])
    report([first], inBlock, { isSettled: true })
    expect(told()).toEqual(all)
    expect(followed()).toBe(0)
  })

  it('loses all levels in a reorg of its block, and reaches them again', () => {
    const { report, see, reorg, told, stored } = tracking()
    see(22)
    report([first], inBlock)
    reorg(21)
    expect(told()).toEqual(['included at 20', 'confirmed at 22'])
    reorg(20)
    expect(told().slice(2)).toEqual(['lost included,confirmed'])
    expect(stored()).toBeNull()
    see(20, { branch: 'c' })
    report([first], inclusion(first, 20, 'c'))
    expect(told().slice(3)).toEqual(['included at 20'])
  })

  it('loses its levels when the batch reports the transaction in another block', () => {
    const { report, see, told, stored } = tracking()
    see(22)
    report([first], inclusion(first, 21))
    report([first], inclusion(first, 22, 'c'))
    expect(told()).toEqual(['included at 21', 'lost included', 'included at 22'])
    expect(stored()?.levels.included?.blockNumber).toBe(22)
  })

  it('loses its levels after the batch was settled, too', () => {
    const { report, see, reorg, told, followed } = tracking()
    see(22)
    report([first], inBlock, { isSettled: true })
    reorg(20)
    expect(told().at(-1)).toBe('lost included,confirmed')
    expect(followed()).toBe(0)
  })

  it('is followed after a restart from the level that it had', () => {
    const levels = { included: { blockNumber: 20, at: 5 }, confirmed: { blockNumber: 22, at: 6 } }
    const { see, tag, told, stored } = tracking({}, [
      { batchId: 'batch-1', finality: { txHash: first, levels }, inclusion: inBlock, isSettled: true },
    ])
    see(30)
    tag(25, null)
    expect(told()).toEqual(['safe at 25'])
    expect(stored()?.levels.included).toEqual({ blockNumber: 20, at: 5 })
  })
})

describe('a batch without an included transaction of its operations', () => {
  it('has no levels when it is settled, and is forgotten', () => {
    const { report, told, followed, stage } = tracking()
    report([first, raised])
    expect(followed()).toBe(1)
    report([first, raised], null, { isSettled: true })
    report([], null, { isSettled: true, batchId: 'gap' })
    expect(told()).toEqual([])
    expect(stage.messages).toEqual([])
    expect(followed()).toBe(0)
  })
})

describe('the memory', () => {
  it('is bounded on a chain without the tag finalized: the oldest batch is forgotten', () => {
    const { report, followed, tracker } = tracking()
    tracker.getSnapshot()
    for (let index = 0; index <= 3; index += 1) {
      report([attempt(index).hash], inclusion(attempt(index).hash, 20), { batchId: `batch-${index}` })
    }
    expect(followed()).toBe(4)
    expect(MOST_BATCHES).toBe(10_000)
  })
})
