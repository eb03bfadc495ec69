import { describe, expect, it } from 'vitest'
import {
  awaiting,
  awaitingInclusion,
  type Batch,
  confirmed,
  confirming,
  first,
  found,
  missing,
  raised,
  signed,
  submitted,
} from '../support/batch.ts'
import { accepted, underpriced } from '../support/broadcasts.ts'
import { attempt } from '../support/samples.ts'
import { START } from '../support/stage.ts'

const TIMEOUT = 10_000
const twiceRaised = attempt(7, { maxFeePerGas: 17, maxPriorityFeePerGas: 3 })

const resubmitted = { type: 'batch.resubmitted', batchId: 'batch-1', reason: 'Timeout' }

/** Lets a block and the resubmission timeout pass. */
async function overdue(batch: Batch, number = 20) {
  batch.see(number)
  await batch.wait(TIMEOUT)
}

/** A batch in `Resubmitting`. */
async function resubmitting(confirmations = 0): Promise<Batch> {
  const batch = await awaiting({ confirmations })
  await overdue(batch)
  return batch
}

/** A batch in `AwaitingInclusion` after a node has accepted a replacement. */
async function replaced(confirmations = 0): Promise<Batch> {
  const batch = await resubmitting(confirmations)
  batch.sign(raised)
  await batch.broadcast.resolve(accepted)
  batch.stage.clear()
  return batch
}

describe('a batch without inclusion in time', () => {
  it('requests a replacement at the nonce of the batch, with the highest fees so far', async () => {
    const { stage, state } = await resubmitting()
    expect(state()).toBe('Resubmitting')
    expect(stage.receivedBy('wallet')).toMatchObject([
      {
        type: 'signature.requested',
        request: { purpose: 'batch', batchId: 'batch-1', data: '0xdada', gasLimit: 500_000 },
        nonce: 7,
        highest: { maxFeePerGas: 10, maxPriorityFeePerGas: 1 },
      },
    ])
  })

  it('waits without a new block, because higher fees do not help', async () => {
    const batch = await awaiting()
    await batch.wait(10 * TIMEOUT)
    expect(batch.state()).toEqual(awaitingInclusion)
    batch.see(20)
    await batch.wait(0)
    expect(batch.state()).toBe('Resubmitting')
  })

  it('requests a replacement a full timeout after the nonce is next', async () => {
    const batch = await signed()
    await batch.broadcast.resolve(accepted)
    await overdue(batch)
    expect(batch.state()).toEqual(awaitingInclusion)
    batch.becomeNext()
    await batch.wait(TIMEOUT - 1)
    batch.becomeNext()
    expect(batch.state()).toEqual(awaitingInclusion)
    await batch.wait(1)
    expect(batch.state()).toBe('Resubmitting')
  })

  it('starts the timeout again when the nonce is next after a reorg', async () => {
    const batch = await awaiting()
    batch.see(20)
    batch.reorg(20)
    await batch.wait(10 * TIMEOUT)
    expect(batch.state()).toEqual(awaitingInclusion)
    batch.becomeNext()
    await batch.wait(TIMEOUT)
    expect(batch.state()).toBe('Resubmitting')
  })

  it('counts the timeout from the first broadcast of the newest attempt', async () => {
    const batch = await awaiting()
    batch.see(20)
    await batch.wait(TIMEOUT - 1)
    expect(batch.state()).toEqual(awaitingInclusion)
    await batch.wait(1)
    expect(batch.state()).toBe('Resubmitting')
  })

  it('broadcasts the replacement, and checks for all hashes', async () => {
    const { stage, sign, broadcast, see, look, context, writes } = await resubmitting()
    stage.clear()
    sign(raised)
    expect(broadcast.inputs).toEqual([{ attempt: first }, { attempt: raised }])
    const at = START + TIMEOUT
    expect(stage.emitted).toEqual([
      { ...resubmitted, replaced: true, purpose: 'batch', txHash: raised.hash, at },
    ])
    await broadcast.resolve(accepted)
    expect(writes()).toMatchObject([{ type: 'batch.submitted', txHash: raised.hash }])
    expect(context()).toMatchObject({ attempts: [first, raised], submittedAt: START })
    see(21, { transactions: [raised.hash] })
    expect(look.inputs).toEqual([{ hashes: [first.hash, raised.hash], nonce: 7, settledBlock: 21 }])
  })

  it('requests fees above the highest value of each fee of all attempts', async () => {
    const batch = await resubmitting()
    batch.sign(attempt(7, { maxFeePerGas: 13, maxPriorityFeePerGas: 9 }))
    await batch.broadcast.resolve(underpriced)
    batch.sign(attempt(7, { maxFeePerGas: 17, maxPriorityFeePerGas: 5 }))
    expect(batch.stage.receivedBy('wallet').at(-1)).toMatchObject({
      highest: { maxFeePerGas: 13, maxPriorityFeePerGas: 9 },
    })
    await batch.broadcast.resolve(accepted)
    expect(batch.context().attempts).toHaveLength(3)
  })

  it('rebroadcasts the attempt when the wallet refuses a replacement', async () => {
    const { stage, tell, broadcast, state, context } = await resubmitting()
    stage.clear()
    tell({ type: 'signature.refused' })
    expect(broadcast.inputs).toEqual([{ attempt: first }, { attempt: first }])
    expect(stage.emitted).toEqual([
      { ...resubmitted, replaced: false, purpose: 'batch', txHash: first.hash, at: START + TIMEOUT },
    ])
    await broadcast.resolve(accepted)
    expect(state()).toEqual(awaitingInclusion)
    expect(context().attempts).toEqual([first])
  })

  it('announces a single resubmission when the signature arrives after a check', async () => {
    const batch = await resubmitting()
    for (let number = 21; number <= 24; number += 1) batch.see(number)
    expect(batch.state()).toEqual(submitted('Resting', 'Checking'))
    await batch.look.resolve(missing(24))
    batch.sign(raised)
    expect(batch.state()).toEqual(submitted('Broadcasting', 'Watching'))
    await batch.broadcast.resolve(accepted)
    expect(batch.broadcast.inputs).toEqual([{ attempt: first }, { attempt: raised }])
    expect(batch.stage.emittedOf('batch.resubmitted')).toHaveLength(1)
  })

  it('broadcasts an attempt signed during a rebroadcast', async () => {
    const batch = await resubmitting()
    batch.tell({ type: 'signature.refused' })
    batch.sign(raised)
    expect(batch.state()).toEqual(submitted('Broadcasting', 'Watching'))
    await batch.broadcast.resolve(accepted)
    expect(batch.broadcast.inputs.at(-1)).toEqual({ attempt: raised })
  })

  it('requests a replacement again after a timeout without an answer, and checks and rebroadcasts until then', async () => {
    const batch = await resubmitting()
    for (let number = 21; number <= 24; number += 1) batch.see(number)
    await batch.look.resolve(missing(24))
    expect(batch.state()).toEqual(awaitingInclusion)
    batch.see(25)
    expect(batch.state()).toEqual(submitted('Broadcasting', 'Watching'))
    await batch.broadcast.resolve(accepted)
    await batch.wait(TIMEOUT)
    expect(batch.state()).toBe('Resubmitting')
    expect(batch.stage.receivedBy('wallet')).toHaveLength(2)
  })

  it('announces each resubmission with its own reason', async () => {
    const batch = await signed({ maxResubmissions: 2 })
    batch.becomeNext()
    await batch.broadcast.resolve(underpriced)
    batch.sign(raised)
    await batch.broadcast.resolve(accepted)
    await overdue(batch, 20)
    batch.sign(twiceRaised)
    await batch.broadcast.resolve(underpriced)
    await batch.wait(1_000)
    await batch.broadcast.resolve(accepted)
    await overdue(batch, 21)
    batch.tell({ type: 'signature.refused' })
    expect(batch.stage.emittedOf('batch.resubmitted')).toMatchObject([
      { reason: 'Underpriced', replaced: true },
      { reason: 'Timeout', replaced: true },
      { reason: 'Timeout', replaced: false },
    ])
  })
})

describe('a batch at the fee cap', () => {
  it('rebroadcasts without limit, and evicts no operation', async () => {
    const batch = await awaiting({ maxResubmissions: 0, cancelTimeout: 1 })
    for (let number = 20; number < 60; number += 1) {
      batch.see(number)
      if (batch.look.waiting > 0) await batch.look.resolve(missing(number))
      if (batch.broadcast.waiting > 0) await batch.broadcast.resolve(accepted)
      await batch.wait(TIMEOUT)
      batch.tell({ type: 'signature.refused' })
      await batch.broadcast.resolve(accepted)
    }
    const { inputs } = batch.broadcast
    expect(inputs.every(({ attempt: sent }) => sent === first)).toBe(true)
    expect(batch.stage.emittedOf('batch.resubmitted')).toHaveLength(40)
    expect(batch.writes()).toEqual([])
    expect(batch.state()).toEqual(awaitingInclusion)
  })
})

describe('a batch whose older attempt is included', () => {
  it('finds the inclusion of any attempt', async () => {
    const { see, look, state, context } = await replaced(2)
    see(21, { transactions: [first.hash] })
    await look.resolve(found(first, 21))
    expect(state()).toEqual(confirmed)
    expect(context().inclusion).toMatchObject({ txHash: first.hash })
  })

  it('finds the inclusion while waiting for a replacement', async () => {
    const { see, look, state, context } = await resubmitting(2)
    see(21)
    expect(state()).toBe('Resubmitting')
    see(22, { transactions: [first.hash] })
    expect(context().headNumber).toBe(22)
    expect(state()).toEqual(submitted('Resting', 'Checking'))
    await look.resolve(found(first, 22))
    expect(state()).toEqual(confirmed)
  })

  it('checks every few blocks while waiting for a replacement', async () => {
    const { see, look, state, context } = await resubmitting(2)
    for (let number = 21; number < 24; number += 1) see(number)
    expect(state()).toBe('Resubmitting')
    see(24)
    expect(context().headNumber).toBe(24)
    expect(state()).toEqual(submitted('Resting', 'Checking'))
    await look.resolve(found(first, 23))
    expect(state()).toEqual(confirmed)
  })

  it('keeps a replacement signed after inclusion, without a broadcast', async () => {
    const { see, look, sign, state, context, broadcast } = await resubmitting(2)
    see(21, { transactions: [first.hash] })
    await look.resolve(found(first, 21))
    sign(raised)
    expect(state()).toEqual(confirmed)
    expect(context().attempts).toEqual([first, raised])
    expect(broadcast.inputs).toEqual([{ attempt: first }])
  })

  it('broadcasts a replacement signed after inclusion when the block is orphaned', async () => {
    const { sign, reorg, look, broadcast, state, see } = await confirming(2)
    sign(raised)
    expect(state()).toEqual(confirmed)
    reorg(20)
    expect(look.inputs.at(-1)?.hashes).toEqual([first.hash, raised.hash])
    await look.resolve(missing(20))
    expect(broadcast.inputs.at(-1)).toEqual({ attempt: raised })
    await broadcast.resolve(accepted)
    see(21, { transactions: [raised.hash] })
    await look.resolve(found(raised, 21))
    expect(state()).toEqual(confirmed)
  })

  it('ignores a refusal during a check', async () => {
    const { see, tell, state, broadcast } = await resubmitting()
    see(21, { transactions: [first.hash] })
    tell({ type: 'signature.refused' })
    expect(state()).toEqual(submitted('Resting', 'Checking'))
    expect(broadcast.inputs).toHaveLength(1)
  })
})
