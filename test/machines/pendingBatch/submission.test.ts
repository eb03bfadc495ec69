import { describe, expect, it } from 'vitest'
import { awaiting, first, found, missing, pass, planned, raised, signed } from '../support/batch.ts'
import { accepted, nonceTooLow, underpriced } from '../support/broadcasts.ts'
import { START } from '../support/stage.ts'

const submitted = { type: 'batch.submitted', batchId: 'batch-1', txHash: first.hash }

describe('a batch that is broadcast', () => {
  it('announces the submission when a node has accepted the attempt', async () => {
    const { stage, sign, broadcast, state, context, writes } = await planned()
    await stage.advance(50)
    sign(first)
    await stage.advance(20)
    expect(writes()).toEqual([])
    await broadcast.resolve(accepted)
    expect(state()).toEqual({ Submitted: 'AwaitingInclusion' })
    expect(writes()).toEqual([{ ...submitted, at: START + 70 }])
    expect(stage.emitted).toEqual([
      {
        ...submitted,
        nonce: 7,
        purpose: 'batch',
        maxFeePerGas: first.maxFeePerGas,
        maxPriorityFeePerGas: first.maxPriorityFeePerGas,
        duration: 70,
        at: START + 70,
      },
    ])
    expect(context().submittedAt).toBe(START + 70)
  })

  it('rebroadcasts after a pause when no node answered', async () => {
    const { stage, broadcast, state, context, wait, writes } = await signed()
    await broadcast.reject('timeout')
    expect(state()).toEqual({ Submitted: 'AwaitingInclusion' })
    expect(writes()).toEqual([])
    expect(context().submittedAt).toBeNull()
    await wait(999)
    expect(broadcast.inputs).toHaveLength(1)
    await wait(1)
    expect(broadcast.inputs).toEqual([{ attempt: first }, { attempt: first }])
    await broadcast.resolve(accepted)
    expect(writes()).toEqual([{ ...submitted, at: START + 1_000 }])
    expect(context().submittedAt).toBe(START + 1_000)
    expect(stage.receivedBy('wallet')).toEqual([])
  })

  it('rebroadcasts without limit while no node answers and no block comes, without a replacement', async () => {
    const { stage, broadcast, becomeNext, wait } = await signed()
    becomeNext()
    for (let round = 1; round <= 60; round += 1) {
      await broadcast.reject('timeout')
      await wait(1_000)
    }
    expect(broadcast.inputs).toHaveLength(61)
    expect(broadcast.inputs.every(({ attempt }) => attempt === first)).toBe(true)
    expect(stage.receivedBy('wallet')).toEqual([])
  })

  it('requests a replacement after a block without the batch, even if no node answered', async () => {
    const { broadcast, becomeNext, see, wait, state } = await signed()
    becomeNext()
    await broadcast.reject('timeout')
    see(20)
    await wait(10_000)
    expect(state()).toBe('Resubmitting')
  })

  it('finds the inclusion, even if the node never answered', async () => {
    const { broadcast, see, look, state } = await signed({ confirmations: 3 })
    await broadcast.reject('timeout')
    see(20, { transactions: [first.hash] })
    expect(state()).toEqual({ Submitted: 'Checking' })
    await look.resolve(found(first, 20))
    expect(state()).toEqual({ Submitted: 'Confirming' })
  })

  it('checks after the broadcast when a block has shown the batch during the broadcast', async () => {
    const { broadcast, see, look, state } = await signed({ confirmations: 3 })
    see(20, { transactions: [first.hash] })
    expect(state()).toEqual({ Submitted: 'Broadcasting' })
    see(21)
    await broadcast.resolve(accepted)
    expect(state()).toEqual({ Submitted: 'Checking' })
    await look.resolve(missing(21))
    expect(state()).toEqual({ Submitted: 'AwaitingInclusion' })
  })

  it('checks the inclusion when the node reports a consumed nonce', async () => {
    const { broadcast, look, state, writes } = await signed({ confirmations: 3 })
    await broadcast.resolve(nonceTooLow)
    expect(state()).toEqual({ Submitted: 'Checking' })
    expect(look.inputs).toEqual([{ hashes: [first.hash], nonce: 7, confirmations: 3 }])
    await look.resolve(found(first, 20))
    expect(state()).toEqual({ Submitted: 'Confirming' })
    expect(writes()).toMatchObject([{ type: 'batch.included' }])
  })

  it('neither fails nor rebroadcasts when its nonce is consumed and the check finds no receipt', async () => {
    const { broadcast, look, state, wait } = await signed()
    await broadcast.resolve(nonceTooLow)
    await look.resolve(missing(20))
    await wait(9_000)
    expect(state()).toEqual({ Submitted: 'AwaitingInclusion' })
    expect(broadcast.inputs).toHaveLength(1)
  })
})

describe('an underpriced batch', () => {
  it('requests a replacement at the nonce at once, and broadcasts the replacement', async () => {
    const { stage, broadcast, sign, state, context, writes } = await signed()
    await broadcast.resolve(underpriced)
    expect(state()).toBe('Resubmitting')
    expect(stage.receivedBy('wallet')).toMatchObject([
      {
        type: 'signature.requested',
        request: { purpose: 'batch', batchId: 'batch-1', data: '0xdada', gasLimit: 500_000 },
        nonce: 7,
        highest: { maxFeePerGas: 10, maxPriorityFeePerGas: 1 },
      },
    ])
    sign(raised)
    expect(broadcast.inputs.at(-1)).toEqual({ attempt: raised })
    expect(stage.emitted).toEqual([
      {
        type: 'batch.resubmitted',
        batchId: 'batch-1',
        reason: 'Underpriced',
        replaced: true,
        purpose: 'batch',
        txHash: raised.hash,
        at: START,
      },
    ])
    expect(context().attempts).toEqual([first, raised])
    expect(writes()).toEqual([])
  })

  it('pauses before a rebroadcast when the wallet refuses a replacement', async () => {
    const { stage, broadcast, tell, state, wait } = await signed()
    for (let round = 1; round <= 3; round += 1) {
      await broadcast.resolve(underpriced)
      tell({ type: 'signature.refused' })
      expect(state()).toEqual({ Submitted: 'AwaitingInclusion' })
      expect(broadcast.inputs).toHaveLength(round)
      await wait(1_000)
      expect(broadcast.inputs.at(-1)).toEqual({ attempt: first })
    }
    expect(stage.emitted).toEqual([])
  })

  it('rebroadcasts after a pause when no replacement is left', async () => {
    const { stage, broadcast, state, wait, writes } = await signed({ maxResubmissions: 0 })
    await broadcast.resolve(underpriced)
    expect(state()).toEqual({ Submitted: 'AwaitingInclusion' })
    expect(writes()).toEqual([])
    expect(stage.receivedBy('wallet')).toEqual([])
    await wait(1_000)
    await broadcast.resolve(accepted)
    expect(writes()).toMatchObject([submitted])
  })

  it('counts replacements without the refused requests', async () => {
    const { broadcast, tell, sign, wait, state } = await signed({ maxResubmissions: 1 })
    await broadcast.resolve(underpriced)
    tell({ type: 'signature.refused' })
    await wait(1_000)
    await broadcast.resolve(underpriced)
    expect(state()).toBe('Resubmitting')
    sign(raised)
    await broadcast.resolve(underpriced)
    expect(state()).toEqual({ Submitted: 'AwaitingInclusion' })
  })
})

describe('a batch that waits for a block', () => {
  it('does nothing at a block without the batch and at ticks before the timeout', async () => {
    const { stage, see, wait, state, look, broadcast } = await awaiting()
    see(20)
    await wait(9_999)
    expect(state()).toEqual({ Submitted: 'AwaitingInclusion' })
    expect([look.inputs.length, broadcast.inputs.length, stage.messages.length]).toEqual([0, 1, 0])
  })

  it('rebroadcasts at every second block, without an event', async () => {
    const batch = await awaiting({ resubmitTimeout: 1e9 })
    await pass(batch, 20, 23)
    expect(batch.broadcast.inputs).toEqual([{ attempt: first }, { attempt: first }, { attempt: first }])
    expect(batch.stage.messages).toEqual([])
    expect(batch.stage.emitted).toEqual([])
  })

  it('does not rebroadcast an included attempt', async () => {
    const { see, state, broadcast } = await awaiting()
    see(20)
    see(21, { transactions: [first.hash] })
    expect(state()).toEqual({ Submitted: 'Checking' })
    expect(broadcast.inputs).toHaveLength(1)
  })

  it('counts the timeout from the first broadcast, not from a rebroadcast', async () => {
    const batch = await awaiting()
    await batch.wait(5_000)
    await pass(batch, 20, 21)
    await batch.wait(5_000)
    expect(batch.state()).toBe('Resubmitting')
  })

  it('checks at every fifth block, because a block may have been missed', async () => {
    const batch = await awaiting()
    await pass(batch, 20, 23)
    expect(batch.look.inputs).toEqual([])
    await pass(batch, 24, 24)
    expect(batch.look.inputs).toHaveLength(1)
    await batch.look.resolve(missing(24))
    expect(batch.state()).toEqual({ Submitted: 'AwaitingInclusion' })
    await pass(batch, 25, 28)
    expect(batch.look.inputs).toHaveLength(1)
    await pass(batch, 29, 29)
    expect(batch.look.inputs).toHaveLength(2)
  })
})
