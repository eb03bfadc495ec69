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
        type: 'signature.requested',
        request: { purpose: 'batch', batchId: 'batch-1', data: '0xdada', gasLimit: 500_000 },
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

  it('is patient while it waits behind others, and bids a timeout after its turn has come', async () => {
    const batch = await signed()
    await batch.broadcast.resolve('accepted')
    await overdue(batch)
    expect(batch.state()).toEqual({ Submitted: 'AwaitingInclusion' })
    batch.takeTurn()
    await batch.wait(TIMEOUT - 1)
    batch.takeTurn()
    expect(batch.state()).toEqual({ Submitted: 'AwaitingInclusion' })
    await batch.wait(1)
    expect(batch.state()).toBe('Resubmitting')
  })

  it('has its turn anew after a reorganisation: others may be before it again', async () => {
    const batch = await awaiting()
    batch.see(20)
    batch.reorg(20)
    await batch.wait(10 * TIMEOUT)
    expect(batch.state()).toEqual({ Submitted: 'AwaitingInclusion' })
    batch.takeTurn()
    await batch.wait(TIMEOUT)
    expect(batch.state()).toBe('Resubmitting')
  })

  it('is patient until the timeout, counted from the first broadcast of its newest transaction', async () => {
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
    expect(stage.emitted).toEqual([
      { ...resubmitted, replaced: true, purpose: 'batch', txHash: raised.hash, at },
    ])
    await broadcast.resolve('accepted')
    expect(writes()).toMatchObject([{ type: 'batch.submitted', txHash: raised.hash }])
    expect(context()).toMatchObject({ attempts: [first, raised], submittedAt: START })
    see(21, { transactions: [raised.hash] })
    expect(look.inputs).toEqual([{ hashes: [first.hash, raised.hash], nonce: 7, confirmations: 0 }])
  })

  it('trap 4: outbids the highest of every field that was ever tried', async () => {
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
    tell({ type: 'signature.refused' })
    expect(broadcast.inputs).toEqual([{ attempt: first }, { attempt: first }])
    expect(stage.emitted).toEqual([
      { ...resubmitted, replaced: false, purpose: 'batch', txHash: first.hash, at: START + TIMEOUT },
    ])
    await broadcast.resolve('accepted')
    expect(state()).toEqual({ Submitted: 'AwaitingInclusion' })
    expect(context().attempts).toEqual([first])
  })

  it('has one request answered, and says it once, although it had looked for itself meanwhile', async () => {
    const batch = await resubmitting()
    for (let number = 21; number <= 24; number += 1) batch.see(number)
    expect(batch.state()).toEqual({ Submitted: 'Checking' })
    await batch.look.resolve(missing(24))
    batch.sign(raised)
    expect(batch.state()).toEqual({ Submitted: 'Broadcasting' })
    await batch.broadcast.resolve('accepted')
    expect(batch.broadcast.inputs).toEqual([{ attempt: first }, { attempt: raised }])
    expect(batch.stage.emittedOf('batch.resubmitted')).toHaveLength(1)
  })

  it('sends the newest of its transactions that were signed while another was on its way', async () => {
    const batch = await resubmitting()
    batch.tell({ type: 'signature.refused' })
    batch.sign(raised)
    expect(batch.state()).toEqual({ Submitted: 'Broadcasting' })
    await batch.broadcast.resolve('accepted')
    expect(batch.broadcast.inputs.at(-1)).toEqual({ attempt: raised })
  })

  it('asks again, a timeout later, when the wallet does not answer, and is watched and sent meanwhile', async () => {
    const batch = await resubmitting()
    for (let number = 21; number <= 24; number += 1) batch.see(number)
    await batch.look.resolve(missing(24))
    expect(batch.state()).toEqual({ Submitted: 'AwaitingInclusion' })
    batch.see(25)
    expect(batch.state()).toEqual({ Submitted: 'Broadcasting' })
    await batch.broadcast.resolve('accepted')
    await batch.wait(TIMEOUT)
    expect(batch.state()).toBe('Resubmitting')
    expect(batch.stage.heardBy('wallet')).toHaveLength(2)
  })

  it('says why it was sent again: each time what it was this time', async () => {
    const batch = await signed({ maxResubmissions: 2 })
    batch.takeTurn()
    await batch.broadcast.resolve('underpriced')
    batch.sign(raised)
    await batch.broadcast.resolve('accepted')
    await overdue(batch, 20)
    batch.sign(twiceRaised)
    await batch.broadcast.resolve('underpriced')
    await batch.wait(1_000)
    await batch.broadcast.resolve('accepted')
    await overdue(batch, 21)
    batch.tell({ type: 'signature.refused' })
    expect(batch.stage.emittedOf('batch.resubmitted')).toMatchObject([
      { reason: 'Underpriced', replaced: true },
      { reason: 'Timeout', replaced: true },
      { reason: 'Timeout', replaced: false },
    ])
  })
})

describe('trap 5: a batch at the fee cap', () => {
  it('goes on sending the same bytes, for ever, and evicts nobody', async () => {
    const batch = await awaiting({ maxResubmissions: 0, cancelTimeout: 1 })
    for (let number = 20; number < 60; number += 1) {
      batch.see(number)
      if (batch.look.waiting > 0) await batch.look.resolve(missing(number))
      if (batch.broadcast.waiting > 0) await batch.broadcast.resolve('accepted')
      await batch.wait(TIMEOUT)
      batch.tell({ type: 'signature.refused' })
      await batch.broadcast.resolve('accepted')
    }
    const { inputs } = batch.broadcast
    expect(inputs.every(({ attempt: sent }) => sent === first)).toBe(true)
    expect(batch.stage.emittedOf('batch.resubmitted')).toHaveLength(40)
    expect(batch.writes()).toEqual([])
    expect(batch.state()).toEqual({ Submitted: 'AwaitingInclusion' })
  })
})

describe('trap 1: a batch of which an older transaction is mined', () => {
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
    const { sign, reorg, look, broadcast, state, see } = await confirming(2)
    sign(raised)
    expect(state()).toEqual({ Submitted: 'Confirming' })
    reorg(20)
    expect(look.inputs.at(-1)?.hashes).toEqual([first.hash, raised.hash])
    await look.resolve(missing(20))
    expect(broadcast.inputs.at(-1)).toEqual({ attempt: raised })
    await broadcast.resolve('accepted')
    see(21, { transactions: [raised.hash] })
    await look.resolve(found(raised, 21))
    expect(state()).toEqual({ Submitted: 'Confirming' })
  })

  it('is not disturbed by a refusal that comes too late', async () => {
    const { see, tell, state, broadcast } = await resubmitting()
    see(21, { transactions: [first.hash] })
    tell({ type: 'signature.refused' })
    expect(state()).toEqual({ Submitted: 'Checking' })
    expect(broadcast.inputs).toHaveLength(1)
  })
})
