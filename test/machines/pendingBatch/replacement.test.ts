import { describe, expect, it } from 'vitest'
import { awaiting, type Batch, confirming, first, found, missing, raised, signed } from '../support/batch.ts'
import { attempt } from '../support/samples.ts'
import { START } from '../support/stage.ts'

const TIMEOUT = 10_000
const twiceRaised = attempt(7, { maxFeePerGas: 17, maxPriorityFeePerGas: 3 })

const resubmitted = { type: 'batch.resubmitted', batchId: 'batch-1', reason: 'Timeout' }

/** Not included in time: a block has passed, and the timeout. */
async function overdue(batch: Batch, number = 20) {
  batch.see(number)
  await batch.wait(TIMEOUT)
}

/** In `Resubmitting`. */
async function resubmitting(confirmations = 0): Promise<Batch> {
  const batch = await awaiting({ confirmations })
  await overdue(batch)
  return batch
}

/** In `AwaitingInclusion`, with a replacement that a node has taken. */
async function replaced(confirmations = 0): Promise<Batch> {
  const batch = await resubmitting(confirmations)
  batch.sign(raised)
  await batch.broadcast.resolve('accepted')
  batch.stage.forget()
  return batch
}

describe('a batch that is not included in time', () => {
  it('asks for a replacement with the same nonce, and tells what to outbid', async () => {
    const { stage, state } = await resubmitting()
    expect(state()).toBe('Resubmitting')
    expect(stage.heardBy('wallet')).toMatchObject([
      {
        type: 'replacement.requested',
        request: { batchId: 'batch-1', data: '0xdada', gasLimit: 500_000 },
        nonce: 7,
        highest: { maxFeePerGas: 10, maxPriorityFeePerGas: 1 },
      },
    ])
  })

  it('is patient while no block comes: it is not the fee that keeps it waiting', async () => {
    const batch = await awaiting()
    await batch.wait(10 * TIMEOUT)
    expect(batch.state()).toEqual({ Submitted: 'AwaitingInclusion' })
    batch.see(20)
    await batch.wait(0)
    expect(batch.state()).toBe('Resubmitting')
  })

  it('is patient until the timeout, counted from the last broadcast', async () => {
    const batch = await awaiting()
    batch.see(20)
    await batch.wait(TIMEOUT - 1)
    expect(batch.state()).toEqual({ Submitted: 'AwaitingInclusion' })
    await batch.wait(1)
    expect(batch.state()).toBe('Resubmitting')
  })

  it('broadcasts the replacement, and watches every hash from then on', async () => {
    const { stage, sign, broadcast, see, look, context, writes } = await resubmitting()
    stage.forget()
    sign(raised)
    expect(broadcast.inputs).toEqual([{ attempt: first }, { attempt: raised }])
    const at = START + TIMEOUT
    expect(stage.emitted).toEqual([{ ...resubmitted, replaced: true, txHash: raised.hash, at }])
    await broadcast.resolve('accepted')
    expect(writes()).toMatchObject([{ type: 'batch.submitted', txHash: raised.hash }])
    expect(context()).toMatchObject({ resubmissions: 1, submittedAt: START })
    see(21, { transactions: [raised.hash] })
    expect(look.inputs).toEqual([{ hashes: [first.hash, raised.hash], nonce: 7, confirmations: 0 }])
  })

  it('outbids the highest of every field that was ever tried', async () => {
    const batch = await resubmitting()
    batch.sign(attempt(7, { maxFeePerGas: 13, maxPriorityFeePerGas: 9 }))
    await batch.broadcast.resolve('underpriced')
    batch.sign(attempt(7, { maxFeePerGas: 17, maxPriorityFeePerGas: 5 }))
    expect(batch.stage.heardBy('wallet').at(-1)).toMatchObject({
      highest: { maxFeePerGas: 13, maxPriorityFeePerGas: 9 },
    })
    await batch.broadcast.resolve('accepted')
    expect(batch.context().attempts).toHaveLength(3)
  })

  it('sends the same bytes again when no higher fee is allowed, and goes on watching', async () => {
    const { stage, tell, broadcast, state, context } = await resubmitting()
    stage.forget()
    tell({ type: 'replacement.refused' })
    expect(broadcast.inputs).toEqual([{ attempt: first }, { attempt: first }])
    expect(stage.emitted).toEqual([
      { ...resubmitted, replaced: false, txHash: first.hash, at: START + TIMEOUT },
    ])
    await broadcast.resolve('accepted')
    expect(state()).toEqual({ Submitted: 'AwaitingInclusion' })
    expect(context().resubmissions).toBe(0)
  })

  it('says why it was sent again: each time what it was this time', async () => {
    const batch = await signed({ maxResubmissions: 2 })
    await batch.broadcast.resolve('underpriced')
    batch.sign(raised)
    await batch.broadcast.resolve('accepted')
    await overdue(batch, 20)
    batch.sign(twiceRaised)
    await batch.broadcast.resolve('underpriced')
    await batch.wait(1_000)
    await batch.broadcast.resolve('accepted')
    await overdue(batch, 21)
    expect(batch.stage.emittedOf('batch.resubmitted')).toMatchObject([
      { reason: 'Underpriced', replaced: true },
      { reason: 'Timeout', replaced: true },
      { reason: 'Timeout', replaced: false },
    ])
  })

  it('says that it ran out of time although it was underpriced before', async () => {
    const batch = await signed({ maxResubmissions: 1 })
    await batch.broadcast.resolve('underpriced')
    batch.sign(raised)
    await batch.broadcast.resolve('accepted')
    await overdue(batch, 20)
    expect(batch.stage.emittedOf('batch.resubmitted')).toMatchObject([
      { reason: 'Underpriced', replaced: true },
      { reason: 'Timeout', replaced: false },
    ])
  })

  it('sends the same bytes again, for ever, when it was replaced as often as it may be', async () => {
    const batch = await replaced()
    await overdue(batch, 21)
    batch.sign(twiceRaised)
    await batch.broadcast.resolve('accepted')
    batch.stage.forget()
    for (let round = 1; round <= 20; round += 1) {
      await overdue(batch, 21 + round)
      expect(batch.broadcast.inputs.at(-1)).toEqual({ attempt: twiceRaised })
      expect(batch.state()).toEqual({ Submitted: 'Broadcasting' })
      await batch.broadcast.resolve('accepted')
    }
    expect(batch.stage.heardBy('wallet')).toEqual([])
    expect(batch.stage.emittedOf('batch.resubmitted')).toHaveLength(20)
    expect(batch.stage.emittedOf('batch.resubmitted')[0]).toMatchObject({
      replaced: false,
      reason: 'Timeout',
    })
    expect(batch.context().resubmissions).toBe(2)
  })
})

describe('a batch of which an older transaction is mined', () => {
  it('is found whichever of its hashes it is', async () => {
    const { see, look, state, context } = await replaced(2)
    see(21, { transactions: [first.hash] })
    await look.resolve(found(first, 21))
    expect(state()).toEqual({ Submitted: 'Confirming' })
    expect(context().inclusion).toMatchObject({ txHash: first.hash })
  })

  it('is found while it waits for a replacement', async () => {
    const { see, look, state, context } = await resubmitting(2)
    see(21)
    expect(state()).toBe('Resubmitting')
    see(22, { transactions: [first.hash] })
    expect(context().headNumber).toBe(22)
    expect(state()).toEqual({ Submitted: 'Checking' })
    await look.resolve(found(first, 22))
    expect(state()).toEqual({ Submitted: 'Confirming' })
  })

  it('looks for itself now and then while it waits for a replacement', async () => {
    const { see, look, state, context } = await resubmitting(2)
    for (let number = 21; number < 24; number += 1) see(number)
    expect(state()).toBe('Resubmitting')
    see(24)
    expect(context().headNumber).toBe(24)
    expect(state()).toEqual({ Submitted: 'Checking' })
    await look.resolve(found(first, 23))
    expect(state()).toEqual({ Submitted: 'Confirming' })
  })

  it('keeps the replacement that was signed too late in sight, and does not send it', async () => {
    const { see, look, sign, state, context, broadcast } = await resubmitting(2)
    see(21, { transactions: [first.hash] })
    sign(raised)
    expect(state()).toEqual({ Submitted: 'Checking' })
    await look.resolve(found(first, 21))
    expect(state()).toEqual({ Submitted: 'Confirming' })
    expect(context().attempts).toEqual([first, raised])
    expect(broadcast.inputs).toEqual([{ attempt: first }])
  })

  it('watches a replacement that was signed too late when the block is orphaned', async () => {
    const { sign, reorg, look, state, see } = await confirming(2)
    sign(raised)
    expect(state()).toEqual({ Submitted: 'Confirming' })
    reorg(20)
    expect(look.inputs.at(-1)?.hashes).toEqual([first.hash, raised.hash])
    await look.resolve(missing(20))
    see(21, { transactions: [raised.hash] })
    await look.resolve(found(raised, 21))
    expect(state()).toEqual({ Submitted: 'Confirming' })
  })

  it('is not disturbed by a refusal that comes too late', async () => {
    const { see, tell, state, broadcast } = await resubmitting()
    see(21, { transactions: [first.hash] })
    tell({ type: 'replacement.refused' })
    expect(state()).toEqual({ Submitted: 'Checking' })
    expect(broadcast.inputs).toHaveLength(1)
  })
})
