/** A cancelled batch: a self-transfer consumes the batch's nonce. */
import { describe, expect, it } from 'vitest'
import {
  awaiting,
  awaitingInclusion,
  type Batch,
  cancel,
  confirmed,
  finalized,
  first,
  found,
  missing,
  operations,
  plan,
  raised,
  signed,
  submitted,
} from '../support/batch.ts'
import { accepted, underpriced } from '../support/broadcasts.ts'
import { attempt, inclusion } from '../support/samples.ts'
import { START } from '../support/stage.ts'

const TIMEOUT = 10_000
const higherCancel = attempt(7, { purpose: 'cancel', maxFeePerGas: 22, maxPriorityFeePerGas: 4 })
const timedOut = { type: 'Evicted', reason: 'Timeout', nextNonce: null }

const requested = (batch: Batch) => batch.stage.receivedBy('wallet').map(({ request }) => request)

/** Lets a block and the resubmission timeout pass. */
async function overdue(batch: Batch, number: number) {
  batch.see(number)
  await batch.wait(TIMEOUT)
}

/** A batch in `AwaitingInclusion`, with a cancel in the pool. */
async function cancelling(confirmations = 0): Promise<Batch> {
  const batch = await awaiting({ maxResubmissions: 0, confirmations })
  await overdue(batch, 20)
  batch.sign(cancel)
  await batch.broadcast.resolve(accepted)
  batch.stage.clear()
  return batch
}

/** A batch in `Reading`, with the given attempt included in block 21. */
async function included(attempted: typeof first): Promise<Batch> {
  const batch = await cancelling()
  batch.see(21, { transactions: [attempted.hash] })
  await batch.look.resolve(found(attempted, 21))
  return batch
}

describe('a batch that is not included', () => {
  it('requests a cancel after the allowed number of replacements', async () => {
    const batch = await awaiting({ maxResubmissions: 1 })
    await overdue(batch, 20)
    batch.sign(raised)
    await batch.broadcast.resolve(accepted)
    await overdue(batch, 21)
    expect(requested(batch)).toMatchObject([{ purpose: 'batch' }, { purpose: 'cancel', batchId: 'batch-1' }])
    expect(batch.stage.receivedBy('wallet').at(-1)).toMatchObject({
      nonce: 7,
      highest: { maxFeePerGas: 13, maxPriorityFeePerGas: 2 },
    })
  })

  it('requests a cancel when the batch was includable for the cancel timeout', async () => {
    const batch = await awaiting({ maxResubmissions: 99, cancelTimeout: 15_000 })
    await overdue(batch, 20)
    batch.sign(raised)
    await batch.broadcast.resolve(accepted)
    await overdue(batch, 21)
    expect(requested(batch)).toMatchObject([{ purpose: 'batch' }, { purpose: 'cancel' }])
  })

  it('goes on with cancels after a reorg has reset the cancel timeout', async () => {
    const batch = await awaiting({ maxResubmissions: 99, cancelTimeout: 15_000 })
    await overdue(batch, 20)
    batch.sign(raised)
    await batch.broadcast.resolve(accepted)
    await overdue(batch, 21)
    batch.sign(cancel)
    await batch.broadcast.resolve(accepted)
    batch.reorg(21)
    batch.becomeNext()
    await overdue(batch, 22)
    expect(requested(batch).at(-1)).toMatchObject({ purpose: 'cancel', batchId: 'batch-1' })
    expect(requested(batch)).toHaveLength(3)
  })

  it('does not count the time before its nonce is next towards the cancel timeout', async () => {
    const batch = await signed({ cancelTimeout: 15_000 })
    await batch.broadcast.resolve(accepted)
    await batch.wait(1e6)
    batch.becomeNext()
    await overdue(batch, 20)
    expect(requested(batch)).toMatchObject([{ purpose: 'batch' }])
  })

  it('announces the replacement by a cancel, and broadcasts the cancel', async () => {
    const batch = await awaiting({ maxResubmissions: 0 })
    await overdue(batch, 20)
    batch.sign(cancel)
    expect(batch.broadcast.inputs.at(-1)).toEqual({ attempt: cancel })
    await batch.broadcast.resolve(accepted)
    expect(batch.stage.emitted).toMatchObject([
      { type: 'batch.resubmitted', reason: 'Timeout', replaced: true, purpose: 'cancel' },
      { type: 'batch.submitted', purpose: 'cancel', operations: [], txHash: cancel.hash, duration: null },
    ])
    expect(batch.writes()).toMatchObject([{ type: 'batch.submitted', txHash: cancel.hash }])
  })

  it('replaces an overdue cancel with a second cancel', async () => {
    const batch = await cancelling()
    await overdue(batch, 21)
    expect(requested(batch)).toMatchObject([{ purpose: 'cancel' }])
    batch.sign(higherCancel)
    expect(batch.broadcast.inputs.at(-1)).toEqual({ attempt: higherCancel })
  })

  it('rebroadcasts an underpriced cancel after a pause, until a replacement is due', async () => {
    const batch = await awaiting({ maxResubmissions: 0 })
    await overdue(batch, 20)
    batch.sign(cancel)
    await batch.broadcast.resolve(underpriced)
    expect(batch.state()).toEqual(submitted('BackingOff', 'Watching'))
    await batch.wait(1_000)
    expect(batch.broadcast.inputs.at(-1)).toMatchObject({ attempt: { hash: cancel.hash } })
    await batch.broadcast.resolve(underpriced)
    await overdue(batch, 21)
    expect(batch.state()).toBe('Resubmitting')
  })

  it('checks for the earlier attempts and for the cancel', async () => {
    const batch = await cancelling()
    batch.see(21, { transactions: [cancel.hash] })
    expect(batch.look.inputs.at(-1)?.hashes).toEqual([first.hash, cancel.hash])
  })
})

describe('a batch whose cancel is included', () => {
  it('waits for the confirmations of the cancel', async () => {
    const batch = await cancelling(2)
    batch.see(21, { transactions: [cancel.hash] })
    await batch.look.resolve(found(cancel, 21))
    expect(batch.state()).toEqual(confirmed)
    expect(batch.stage.receivedBy('opsBatcher')).toMatchObject([
      { type: 'batch.inclusionChanged', isIncluded: true },
    ])
  })

  it('fails, settles the nonce, and evicts all operations with the reason Timeout', async () => {
    const batch = await included(cancel)
    expect(batch.outcome.inputs).toEqual([{ plan: null, operations, inclusion: inclusion(cancel.hash, 21) }])
    batch.stage.clear()
    await batch.outcome.resolve({ type: 'settled', statuses: {}, gasUsed: 21_000 })
    expect(batch.state()).toBe('Failed')
    expect(batch.stage.receivedBy('wallet')).toEqual([{ type: 'nonce.settled', nonce: 7 }])
    const failure = 'it was not included in time, and its nonce was consumed by a cancel'
    const statuses = { 'op-1': timedOut, 'op-2': timedOut }
    expect(batch.writes()).toMatchObject([
      {
        type: 'batch.settled',
        batch: { failure, statuses, txHash: cancel.hash, blockNumber: 21, gasUsed: 21_000 },
      },
    ])
    expect(batch.stage.emitted).toMatchObject([
      { type: 'operation.settled', id: 'op-1', status: timedOut },
      { type: 'operation.settled', id: 'op-2', status: timedOut },
      { type: 'batch.failed', batch: { failure } },
    ])
    expect(batch.batch.getSnapshot().output).toMatchObject({ inclusion: inclusion(cancel.hash, 21) })
  })

  it('waits for inclusion again when the block of the cancel is orphaned', async () => {
    const batch = await included(cancel)
    await batch.outcome.resolve({ type: 'orphaned' })
    await batch.wait(1_000)
    await batch.look.resolve(missing(22))
    expect(batch.state()).toEqual(awaitingInclusion)
    batch.see(23, { transactions: [first.hash] })
    await batch.look.resolve(found(first, 23))
    expect(batch.outcome.inputs.at(-1)).toMatchObject({ plan, inclusion: { txHash: first.hash } })
  })
})

describe('a race between the transaction of a batch and the cancel', () => {
  it('is decided by the included attempt: here by the batch', async () => {
    const batch = await included(first)
    expect(batch.outcome.inputs).toEqual([{ plan, operations, inclusion: inclusion(first.hash, 21) }])
    const statuses = { 'op-1': finalized, 'op-2': finalized }
    await batch.outcome.resolve({ type: 'settled', statuses, gasUsed: 420_000 })
    expect(batch.state()).toBe('Finalized')
    expect(batch.writes().at(-1)).toMatchObject({
      type: 'batch.settled',
      batch: { failure: null, statuses, txHash: first.hash },
    })
  })

  it('broadcasts no cancel signed after the inclusion of the batch', async () => {
    const batch = await awaiting({ maxResubmissions: 0, confirmations: 2 })
    await overdue(batch, 20)
    batch.see(21, { transactions: [first.hash] })
    await batch.look.resolve(found(first, 21))
    batch.sign(cancel)
    expect(batch.state()).toEqual(confirmed)
    batch.see(23)
    expect(batch.outcome.inputs).toMatchObject([{ plan }])
    expect(batch.broadcast.inputs).toEqual([{ attempt: first }])
    expect(batch.context().submittedAt).toBe(START)
  })
})
