import { describe, expect, it } from 'vitest'
import {
  awaiting,
  awaitingInclusion,
  type Batch,
  confirmed,
  confirming,
  finalized,
  first,
  found,
  missing,
  noVerdict,
  operations,
  pass,
  plan,
  reading,
  reverted,
  submitted,
} from '../support/batch.ts'
import { hash, inclusion } from '../support/samples.ts'
import { START } from '../support/stage.ts'

const statuses = { 'op-1': finalized, 'op-2': reverted }
const settled = { type: 'settled', statuses, gasUsed: 420_000 } as const

/** Shows a block with the batch. The check then finds the receipt. */
async function include(batch: Batch, number = 20) {
  batch.see(number, { transactions: [hash('9'), first.hash] })
  await batch.look.resolve(found(first, number))
}

describe('an included batch', () => {
  it('reads the verdicts at once with 0 confirmations', async () => {
    const batch = await awaiting({ confirmations: 0 })
    await include(batch)
    expect(batch.state()).toEqual(reading)
    expect(batch.outcome.inputs).toEqual([{ plan, operations, inclusion: inclusion(first.hash, 20) }])
  })

  it('reports the inclusion to the store, to the opsBatcher and to observers', async () => {
    const batch = await awaiting({ confirmations: 2 })
    batch.see(19)
    await batch.stage.advance(3_000)
    await include(batch)
    const at = START + 3_000
    expect(batch.writes()).toEqual([
      { type: 'batch.included', batchId: 'batch-1', inclusion: inclusion(first.hash, 20), at },
    ])
    expect(batch.stage.receivedBy('opsBatcher')).toEqual([
      { type: 'batch.inclusionChanged', batchId: 'batch-1', isIncluded: true, blockNumber: 20 },
    ])
    expect(batch.stage.emitted).toEqual([
      {
        type: 'batch.included',
        batchId: 'batch-1',
        operations: ['op-1', 'op-2'],
        txHash: first.hash,
        blockNumber: 20,
        blocksWaited: 2,
        duration: 3_000,
        at,
      },
    ])
  })

  it.each([1, 2, 5])('waits for %i confirmations', async (confirmations) => {
    const batch = await confirming(confirmations)
    for (let number = 21; number < 20 + confirmations; number += 1) batch.see(number)
    expect(batch.state()).toEqual(confirmed)
    batch.see(20 + confirmations)
    expect(batch.state()).toEqual(reading)
  })

  it('settles with a verdict for each operation, and settles the nonce', async () => {
    const batch = await awaiting()
    await include(batch)
    batch.stage.clear()
    await batch.stage.advance(500)
    await batch.outcome.resolve(settled)
    expect(batch.state()).toBe('Finalized')
    const settledBatch = {
      batchId: 'batch-1',
      txHash: first.hash,
      blockNumber: 20,
      gasUsed: 420_000,
      statuses,
      timing: {
        createdAt: START,
        simulationCompletedAt: START,
        submittedAt: START,
        finalizedAt: START + 500,
        totalDuration: 500,
        resubmissionCount: 0,
      },
      failure: null,
    }
    expect(batch.writes()).toEqual([{ type: 'batch.settled', batch: settledBatch }])
    expect(batch.stage.receivedBy('wallet')).toEqual([{ type: 'nonce.settled', nonce: 7 }])
    expect(batch.stage.emitted).toMatchObject([
      { type: 'operation.settled', id: 'op-1', status: finalized },
      { type: 'operation.settled', id: 'op-2', status: reverted },
      { type: 'batch.finalized', batch: settledBatch, at: START + 500 },
    ])
    expect(batch.batch.getSnapshot().output).toEqual({
      ...{ batch: settledBatch, inclusion: inclusion(first.hash, 20), operations, measured: [] },
      usage: { kinds: [], expected: 334_038, extraReserve: 0, used: 420_000, isComplete: false },
    })
  })

  it('evicts an operation without verdict', async () => {
    const batch = await awaiting()
    await include(batch)
    await batch.outcome.resolve({ ...settled, statuses: { 'op-1': finalized } })
    expect(batch.batch.getSnapshot().output?.batch.statuses).toEqual({ 'op-1': finalized, 'op-2': noVerdict })
  })
})

describe('a batch that checks for its receipt', () => {
  it('does not fail after any number of missing receipts', async () => {
    const batch = await awaiting({ resubmitTimeout: 1e9 })
    for (let number = 20; number < 60; number += 1) {
      batch.see(number, { transactions: [first.hash] })
      await batch.look.resolve(missing(number))
      expect(batch.state()).toEqual(awaitingInclusion)
    }
    expect(batch.writes()).toEqual([])
    expect(batch.stage.emitted).toEqual([])
  })

  it('checks again when a block shows the batch during a check', async () => {
    const batch = await awaiting({ confirmations: 2 })
    await pass(batch, 20, 24)
    expect(batch.look.inputs).toHaveLength(1)
    batch.see(25)
    expect(batch.look.inputs).toHaveLength(1)
    batch.see(26, { transactions: [first.hash] })
    expect(batch.look.inputs).toHaveLength(2)
    expect(batch.look.waiting).toBe(1)
    await batch.look.resolve(found(first, 26))
    expect(batch.state()).toEqual(confirmed)
    expect(batch.context().headNumber).toBe(26)
  })

  it('checks again after a pause when the chain does not answer', async () => {
    const batch = await awaiting()
    batch.see(20, { transactions: [first.hash] })
    await batch.look.reject('timeout')
    expect(batch.state()).toEqual(submitted('Resting', 'Pausing'))
    await batch.wait(999)
    expect(batch.look.inputs).toHaveLength(1)
    await batch.wait(1)
    await batch.look.resolve(found(first, 20))
    expect(batch.state()).toEqual(reading)
  })
})

describe('a batch during a reorg', () => {
  it('checks again, and continues confirming if the block is still canonical', async () => {
    const batch = await confirming(2)
    batch.reorg(21)
    expect(batch.state()).toEqual(submitted('Resting', 'Checking'))
    await batch.look.resolve(found(first, 20))
    expect(batch.state()).toEqual(confirmed)
    expect(batch.writes()).toEqual([])
    expect(batch.messages()).toEqual([])
    batch.see(22)
    expect(batch.state()).toEqual(reading)
  })

  it('counts confirmations from the new block if a different block includes the batch', async () => {
    const batch = await confirming(2)
    batch.see(21)
    batch.reorg(21)
    await batch.look.resolve(found(first, 21, 'c'))
    expect(batch.state()).toEqual(confirmed)
    expect(batch.writes()).toMatchObject([
      { type: 'batch.included', inclusion: null },
      { type: 'batch.included', inclusion: inclusion(first.hash, 21, 'c') },
    ])
    expect(batch.stage.emitted).toMatchObject([
      { type: 'batch.reorged', txHash: first.hash },
      { type: 'batch.included', blockNumber: 21 },
    ])
    batch.see(22)
    expect(batch.state()).toEqual(confirmed)
    batch.see(23)
    expect(batch.state()).toEqual(reading)
  })

  it('waits for inclusion again if no block includes the batch', async () => {
    const batch = await confirming(2)
    batch.reorg(20)
    await batch.look.resolve(missing(20))
    expect(batch.state()).toEqual(awaitingInclusion)
    expect(batch.context().inclusion).toBeNull()
    expect(batch.writes()).toEqual([
      { type: 'batch.included', batchId: 'batch-1', inclusion: null, at: START },
    ])
    expect(batch.stage.receivedBy('opsBatcher')).toEqual([
      { type: 'batch.inclusionChanged', batchId: 'batch-1', isIncluded: false, blockNumber: null },
    ])
    expect(batch.stage.emitted).toEqual([
      { type: 'batch.reorged', batchId: 'batch-1', txHash: first.hash, at: START },
    ])
    await include(batch, 22)
    expect(batch.state()).toEqual(confirmed)
  })

  it('discards verdicts read before the reorg', async () => {
    const batch = await awaiting()
    await include(batch)
    batch.reorg(20)
    expect(batch.state()).toEqual(submitted('Resting', 'Checking'))
    expect(batch.outcome.waiting).toBe(0)
    await batch.look.resolve(missing(20))
    expect(batch.state()).toEqual(awaitingInclusion)
  })

  it('does not settle on an orphaned block after a failed reading of the verdicts', async () => {
    const batch = await awaiting()
    await include(batch)
    await batch.outcome.reject('timeout')
    batch.reorg(20)
    expect(batch.state()).toEqual(submitted('Resting', 'Checking'))
  })

  it('ignores a reorg before inclusion', async () => {
    const batch = await awaiting()
    batch.reorg(20)
    expect(batch.state()).toEqual(awaitingInclusion)
    expect(batch.look.inputs).toEqual([])
  })
})

describe('a batch whose verdicts are read', () => {
  it('tries again after a pause when the reading fails', async () => {
    const batch = await awaiting()
    await include(batch)
    await batch.outcome.reject('timeout')
    expect(batch.state()).toEqual(submitted('Delivered', { Reading: 'Pausing' }))
    await batch.wait(999)
    expect(batch.state()).toEqual(submitted('Delivered', { Reading: 'Pausing' }))
    await batch.wait(1)
    expect(batch.outcome.inputs).toHaveLength(2)
    await batch.outcome.resolve(settled)
    expect(batch.state()).toBe('Finalized')
  })

  it('checks again after a pause when the block is orphaned', async () => {
    const batch = await awaiting()
    await include(batch)
    batch.stage.clear()
    await batch.outcome.resolve({ type: 'orphaned' })
    expect(batch.state()).toEqual(submitted('Resting', 'Pausing'))
    await batch.wait(999)
    expect(batch.look.inputs).toHaveLength(1)
    await batch.wait(1)
    expect(batch.state()).toEqual(submitted('Resting', 'Checking'))
    await batch.look.resolve(missing(21))
    expect(batch.stage.emitted).toMatchObject([{ type: 'batch.reorged' }])
    expect(batch.state()).toEqual(awaitingInclusion)
  })

  it('checks at once when a replacement interrupted the search for the orphaned transaction', async () => {
    const batch = await awaiting({ resubmitTimeout: 1_000 })
    await include(batch)
    await batch.outcome.resolve({ type: 'orphaned' })
    batch.becomeNext()
    await batch.wait(1_000)
    expect(batch.state()).toBe('Resubmitting')
    batch.tell({ type: 'signature.refused' })
    expect(batch.state()).toEqual(submitted('Broadcasting', 'Checking'))
  })
})
