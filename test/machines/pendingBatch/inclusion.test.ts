import { describe, expect, it } from 'vitest'
import {
  awaiting,
  type Batch,
  confirming,
  first,
  found,
  landed,
  missing,
  noVerdict,
  operations,
  pass,
  reverted,
} from '../support/batch.ts'
import { hash, inclusion } from '../support/samples.ts'
import { START } from '../support/stage.ts'

const statuses = { 'op-1': landed, 'op-2': reverted }
const settled = { type: 'settled', statuses, gasUsed: 420_000 } as const

/** A block with the batch in it, which a look then finds. */
async function include(batch: Batch, number = 20) {
  batch.see(number, { transactions: [hash('9'), first.hash] })
  await batch.look.resolve(found(first, number))
}

describe('a batch in a block', () => {
  it('is final at once when no confirmations are asked for', async () => {
    const batch = await awaiting({ confirmations: 0 })
    await include(batch)
    expect(batch.state()).toEqual({ Submitted: { Reading: 'Running' } })
    const { plan } = batch.context()
    expect(batch.outcome.inputs).toEqual([{ plan, operations, inclusion: inclusion(first.hash, 20) }])
  })

  it('says where it is, to the store, its parent and observers', async () => {
    const batch = await awaiting({ confirmations: 2 })
    batch.see(19)
    await batch.stage.advance(3_000)
    await include(batch)
    const at = START + 3_000
    expect(batch.writes()).toEqual([
      { type: 'batch.included', batchId: 'batch-1', inclusion: inclusion(first.hash, 20), at },
    ])
    expect(batch.stage.heardBy('opsBatcher')).toEqual([
      { type: 'batch.inclusionChanged', batchId: 'batch-1', isIncluded: true },
    ])
    expect(batch.stage.emitted).toEqual([
      {
        type: 'batch.included',
        batchId: 'batch-1',
        txHash: first.hash,
        blockNumber: 20,
        blocksWaited: 2,
        duration: 3_000,
        at,
      },
    ])
  })

  it.each([1, 2, 5])('waits for %i blocks on top of it', async (confirmations) => {
    const batch = await confirming(confirmations)
    for (let number = 21; number < 20 + confirmations; number += 1) batch.see(number)
    expect(batch.state()).toEqual({ Submitted: 'Confirming' })
    batch.see(20 + confirmations)
    expect(batch.state()).toEqual({ Submitted: { Reading: 'Running' } })
  })

  it('ends with what became of each operation, and frees its nonce', async () => {
    const batch = await awaiting()
    await include(batch)
    batch.stage.forget()
    await batch.stage.advance(500)
    await batch.outcome.resolve(settled)
    expect(batch.state()).toBe('Finalized')
    const finalized = {
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
    expect(batch.writes()).toEqual([{ type: 'batch.settled', batch: finalized }])
    expect(batch.stage.heardBy('wallet')).toEqual([{ type: 'nonce.settled', nonce: 7 }])
    expect(batch.stage.emitted).toMatchObject([
      { type: 'operation.settled', id: 'op-1', status: landed },
      { type: 'operation.settled', id: 'op-2', status: reverted },
      { type: 'batch.finalized', batch: finalized, at: START + 500 },
    ])
    expect(batch.batch.getSnapshot().output).toEqual({
      ...{ batch: finalized, inclusion: inclusion(first.hash, 20), operations, measured: [] },
    })
  })

  it('gives back an operation on which the outcome has no verdict', async () => {
    const batch = await awaiting()
    await include(batch)
    await batch.outcome.resolve({ ...settled, statuses: { 'op-1': landed } })
    expect(batch.batch.getSnapshot().output?.batch.statuses).toEqual({ 'op-1': landed, 'op-2': noVerdict })
  })
})

describe('a batch that looks for itself', () => {
  it('is not failed by receipts that are not there, however often', async () => {
    const batch = await awaiting({ resubmitTimeout: 1e9 })
    for (let number = 20; number < 60; number += 1) {
      batch.see(number, { transactions: [first.hash] })
      await batch.look.resolve(missing(number))
      expect(batch.state()).toEqual({ Submitted: 'AwaitingInclusion' })
    }
    expect(batch.writes()).toEqual([])
    expect(batch.stage.emitted).toEqual([])
  })

  it('looks again when a block shows it while it looks', async () => {
    const batch = await awaiting({ confirmations: 2 })
    await pass(batch, 20, 24)
    expect(batch.look.inputs).toHaveLength(1)
    batch.see(25)
    expect(batch.look.inputs).toHaveLength(1)
    batch.see(26, { transactions: [first.hash] })
    expect(batch.look.inputs).toHaveLength(2)
    expect(batch.look.waiting).toBe(1)
    await batch.look.resolve(found(first, 26))
    expect(batch.state()).toEqual({ Submitted: 'Confirming' })
    expect(batch.context().headNumber).toBe(26)
  })

  it('looks again after a pause when the chain does not answer', async () => {
    const batch = await awaiting()
    batch.see(20, { transactions: [first.hash] })
    await batch.look.reject('timeout')
    expect(batch.state()).toEqual({ Submitted: 'Pausing' })
    await batch.wait(999)
    expect(batch.look.inputs).toHaveLength(1)
    await batch.wait(1)
    await batch.look.resolve(found(first, 20))
    expect(batch.state()).toEqual({ Submitted: { Reading: 'Running' } })
  })
})

describe('trap 6: a batch whose chain reorganises', () => {
  it('looks again, and goes on confirming when its block is still there', async () => {
    const batch = await confirming(2)
    batch.reorg(21)
    expect(batch.state()).toEqual({ Submitted: 'Checking' })
    await batch.look.resolve(found(first, 20))
    expect(batch.state()).toEqual({ Submitted: 'Confirming' })
    expect(batch.writes()).toEqual([])
    expect(batch.stage.conversation).toEqual([])
    batch.see(22)
    expect(batch.state()).toEqual({ Submitted: { Reading: 'Running' } })
  })

  it('counts its confirmations anew when it is in another block', async () => {
    const batch = await confirming(2)
    batch.see(21)
    batch.reorg(21)
    await batch.look.resolve(found(first, 21, 'c'))
    expect(batch.state()).toEqual({ Submitted: 'Confirming' })
    expect(batch.writes()).toMatchObject([
      { type: 'batch.included', inclusion: null },
      { type: 'batch.included', inclusion: inclusion(first.hash, 21, 'c') },
    ])
    expect(batch.stage.emitted).toMatchObject([
      { type: 'batch.reorged', txHash: first.hash },
      { type: 'batch.included', blockNumber: 21 },
    ])
    batch.see(22)
    expect(batch.state()).toEqual({ Submitted: 'Confirming' })
    batch.see(23)
    expect(batch.state()).toEqual({ Submitted: { Reading: 'Running' } })
  })

  it('waits for inclusion again when it is in no block', async () => {
    const batch = await confirming(2)
    batch.reorg(20)
    await batch.look.resolve(missing(20))
    expect(batch.state()).toEqual({ Submitted: 'AwaitingInclusion' })
    expect(batch.context().inclusion).toBeNull()
    expect(batch.writes()).toEqual([
      { type: 'batch.included', batchId: 'batch-1', inclusion: null, at: START },
    ])
    expect(batch.stage.heardBy('opsBatcher')).toEqual([
      { type: 'batch.inclusionChanged', batchId: 'batch-1', isIncluded: false },
    ])
    expect(batch.stage.emitted).toEqual([
      { type: 'batch.reorged', batchId: 'batch-1', txHash: first.hash, at: START },
    ])
    await include(batch, 22)
    expect(batch.state()).toEqual({ Submitted: 'Confirming' })
  })

  it('does not trust what was read of it before a reorganisation', async () => {
    const batch = await awaiting()
    await include(batch)
    batch.reorg(20)
    expect(batch.state()).toEqual({ Submitted: 'Checking' })
    expect(batch.outcome.waiting).toBe(0)
    await batch.look.resolve(missing(20))
    expect(batch.state()).toEqual({ Submitted: 'AwaitingInclusion' })
  })

  it('does not end on a block that is gone although its outcome could not be read at first', async () => {
    const batch = await awaiting()
    await include(batch)
    await batch.outcome.reject('timeout')
    batch.reorg(20)
    expect(batch.state()).toEqual({ Submitted: 'Checking' })
  })

  it('does not mind a reorganisation before it was in any block', async () => {
    const batch = await awaiting()
    batch.reorg(20)
    expect(batch.state()).toEqual({ Submitted: 'AwaitingInclusion' })
    expect(batch.look.inputs).toEqual([])
  })
})

describe('a batch whose outcome is read', () => {
  it('tries again after a pause when the outcome cannot be read', async () => {
    const batch = await awaiting()
    await include(batch)
    await batch.outcome.reject('timeout')
    expect(batch.state()).toEqual({ Submitted: { Reading: 'Pausing' } })
    await batch.wait(999)
    expect(batch.state()).toEqual({ Submitted: { Reading: 'Pausing' } })
    await batch.wait(1)
    expect(batch.outcome.inputs).toHaveLength(2)
    await batch.outcome.resolve(settled)
    expect(batch.state()).toBe('Finalized')
  })

  it('looks for itself again, after a pause, when its block turns out to be gone', async () => {
    const batch = await awaiting()
    await include(batch)
    batch.stage.forget()
    await batch.outcome.resolve({ type: 'orphaned' })
    expect(batch.state()).toEqual({ Submitted: 'Pausing' })
    await batch.wait(999)
    expect(batch.look.inputs).toHaveLength(1)
    await batch.wait(1)
    expect(batch.state()).toEqual({ Submitted: 'Checking' })
    await batch.look.resolve(missing(21))
    expect(batch.stage.emitted).toMatchObject([{ type: 'batch.reorged' }])
    expect(batch.state()).toEqual({ Submitted: 'AwaitingInclusion' })
  })
})
