/** The opsBatcher with the batch window `auto`: batches leave just in time for the next block. */
import { describe, expect, it } from 'vitest'
import type { NextBlock } from '../../../src/domain/chain.ts'
import { FIRST_LEAD, leadTime } from '../../../src/policy/departure.ts'
import { ready } from '../support/batcher.ts'
import { batching, block, chainState, op } from '../support/samples.ts'
import { START } from '../support/stage.ts'

const LEAD = leadTime(FIRST_LEAD)
const config = { ...batching, batchWindow: 'auto' as const, maxConcurrentBatches: 8 }

function next(blockNumber: number, expectedAt: number): NextBlock {
  return { blockNumber, expectedAt: START + expectedAt, blockTime: 2_000 }
}

function followed(nextBlock: NextBlock | null = next(2, 2_000)) {
  const all = ready(chainState({ nextBlock }), config)
  const arrive = (...numbers: number[]) =>
    all.batcher.send({ type: 'operations.ready', operations: numbers.map((number) => op(number)) })
  const observe = (number: number, upcoming: NextBlock | null) =>
    all.batcher.send({
      type: 'block.observed',
      head: block(number),
      chain: chainState({ blockNumber: number, nextBlock: upcoming }),
    })
  const include = (batchId: string, blockNumber: number) =>
    all.batcher.send({ type: 'batch.inclusionChanged', batchId, isIncluded: true, blockNumber })
  return { ...all, arrive, observe, include }
}

describe('the opsBatcher with the window auto', () => {
  it('starts one batch just in time for the next block', async () => {
    const { stage, arrive, batches, state } = followed()
    await stage.advance(300)
    arrive(1)
    await stage.advance(900)
    arrive(2)
    await stage.advance(2_000 - LEAD - 1_200 - 1)
    expect(state()).toBe('Collecting')
    expect(batches()).toEqual([])
    await stage.advance(1)
    expect(batches()).toEqual([['op-1', 'op-2']])
    expect(state()).toBe('Idle')
  })

  it('lets what arrives after the departure wait for the departure to the next block', async () => {
    const { stage, arrive, batches } = followed()
    arrive(1)
    await stage.advance(2_000 - LEAD)
    await stage.advance(20)
    arrive(2)
    await stage.advance(2_000 - 21)
    expect(batches()).toEqual([['op-1']])
    await stage.advance(1)
    expect(batches()).toEqual([['op-1'], ['op-2']])
  })

  it('starts at once when the queue fills a batch', () => {
    const { arrive, batches, state } = followed()
    arrive(1, 2, 3, 4, 5)
    expect(batches()).toEqual([['op-1', 'op-2', 'op-3', 'op-4']])
    expect(state()).toBe('Collecting')
  })

  it('sends all ready operations at the departure, in several batches if one is not enough', async () => {
    const all = ready(chainState({ nextBlock: next(2, 2_000), blockGasLimit: 60_000_000 }), {
      ...config,
      adaptive: { ...config.adaptive, maxBatchOps: 500, maxTransactionGas: 2_000_000 },
    })
    const operations = Array.from({ length: 7 }, (_, index) => op(index, { batchLimit: 2 }))
    all.batcher.send({ type: 'operations.ready', operations: operations.slice(0, 3) })
    expect(all.batches()).toEqual([])
    await all.stage.advance(2_000 - LEAD)
    expect(all.batches()).toEqual([['op-0', 'op-1'], ['op-2']])
  })

  it('plans the departure again with each block', async () => {
    const { stage, arrive, observe, batches } = followed()
    arrive(1)
    await stage.advance(1_000)
    // The block came early: this operation is for the block after it.
    observe(2, next(3, 2_200))
    await stage.advance(1_199 - LEAD)
    expect(batches()).toEqual([])
    await stage.advance(1)
    expect(batches()).toEqual([['op-1']])
  })

  it('lets no operation wait longer than one block time, although the blocks keep coming early', async () => {
    const { stage, arrive, observe, batches } = followed()
    arrive(1)
    for (let number = 2; number < 5; number += 1) {
      await stage.advance(700)
      observe(number, next(number + 1, stage.clock.now() + 2_000))
      await stage.advance(0)
      if (number < 4) expect(batches()).toEqual([])
    }
    expect(stage.clock.now()).toBe(2_100)
    expect(batches()).toEqual([['op-1']])
  })

  it('closes the window one block time after its start, although the next block is expected later', async () => {
    const { stage, arrive, observe, batches } = followed()
    arrive(1)
    await stage.advance(1_000)
    observe(2, next(3, 2_900))
    await stage.advance(999)
    expect(batches()).toEqual([])
    await stage.advance(1)
    expect(batches()).toEqual([['op-1']])
  })

  it('starts at once without a prediction, and after a fixed window while a batch is in flight', async () => {
    const { stage, arrive, batches } = followed(null)
    arrive(1)
    await stage.advance(0)
    expect(batches()).toEqual([['op-1']])
    arrive(2)
    await stage.advance(249)
    expect(batches()).toHaveLength(1)
    await stage.advance(1)
    expect(batches()).toHaveLength(2)
  })

  it('starts at once when blocks are overdue', async () => {
    const { stage, arrive, batches } = followed()
    await stage.advance(10_001)
    arrive(1)
    await stage.advance(0)
    expect(batches()).toEqual([['op-1']])
  })

  it('sends a late operation at once while nothing is in flight, so that it may still make the block', async () => {
    const { stage, arrive, batches } = followed()
    await stage.advance(2_000 - FIRST_LEAD.work)
    arrive(1)
    await stage.advance(0)
    expect(batches()).toEqual([['op-1']])
  })

  it('waits for the departure to the next block after a reason to wait is gone', async () => {
    const { stage, batcher, arrive, batches, state } = followed()
    batcher.send({ type: 'wallet.unavailable' })
    arrive(1)
    await stage.advance(2_000 - LEAD)
    expect(state()).toBe('Throttled')
    await stage.advance(400)
    batcher.send({ type: 'wallet.available' })
    expect(state()).toBe('Collecting')
    await stage.advance(1_600)
    expect(batches()).toEqual([['op-1']])
  })

  it('learns the work from the first broadcast of a batch that left in time', async () => {
    const { stage, arrive, batcher, context } = followed()
    arrive(1)
    await stage.advance(2_000 - LEAD)
    await stage.advance(50)
    batcher.send({ type: 'batch.broadcast', batchId: 'batch-1', gasLimit: 500_000 })
    const { work } = context().lead
    expect(work).toBe(140)
    await stage.advance(900)
    batcher.send({ type: 'batch.broadcast', batchId: 'batch-1', gasLimit: 500_000 })
    expect(context().lead.work).toBe(work)
  })

  it('learns the margin from the block that includes the batch, once', async () => {
    const { stage, arrive, context, include } = followed()
    arrive(1)
    await stage.advance(2_000 - LEAD)
    include('batch-1', 3)
    const { margin } = context().lead
    expect(margin).toBe(2 * FIRST_LEAD.margin)
    expect(stage.emittedOf('departure.judged')).toMatchObject([{ batchId: 'batch-1', isMissed: true }])
    include('batch-1', 2)
    expect(context().lead.margin).toBe(margin)
    await stage.advance(LEAD)
    arrive(2)
    await stage.advance(2_000)
    include('batch-2', 3)
    expect(context().lead.margin).toBeLessThan(margin)
    expect(stage.emittedOf('departure.judged').at(-1)).toMatchObject({ batchId: 'batch-2', isMissed: false })
  })

  it('learns nothing from a batch that did not leave for a predicted block', async () => {
    const { stage, arrive, batcher, context, include } = followed(null)
    arrive(1)
    await stage.advance(900)
    batcher.send({ type: 'batch.broadcast', batchId: 'batch-1', gasLimit: 500_000 })
    include('batch-1', 9)
    expect(context().lead).toEqual(FIRST_LEAD)
    expect(stage.emittedOf('departure.judged')).toEqual([])
  })
})
