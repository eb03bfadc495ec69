import { describe, expect, it } from 'vitest'
import {
  awaiting,
  awaitingInclusion,
  confirmed,
  first,
  found,
  missing,
  pass,
  planned,
  raised,
  signed,
  submitted,
} from '../support/batch.ts'
import { accepted, nonceTooLow, underpriced } from '../support/broadcasts.ts'
import { START } from '../support/stage.ts'

const submission = { type: 'batch.submitted', batchId: 'batch-1', txHash: first.hash }

describe('a batch that is broadcast', () => {
  it('announces the submission when a node has accepted the attempt', async () => {
    const { stage, sign, broadcast, state, context, writes } = await planned()
    await stage.advance(50)
    sign(first)
    await stage.advance(20)
    expect(writes()).toEqual([])
    await broadcast.resolve(accepted)
    expect(state()).toEqual(awaitingInclusion)
    expect(writes()).toEqual([{ ...submission, at: START + 70 }])
    expect(stage.emitted).toEqual([
      {
        ...submission,
        operations: ['op-1', 'op-2'],
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
    expect(state()).toEqual(submitted('BackingOff', 'Watching'))
    expect(writes()).toMatchObject([
      { type: 'attempt.refused', refusal: { class: 'transport', words: 'timeout' } },
    ])
    stage.clear()
    expect(context().submittedAt).toBeNull()
    await wait(999)
    expect(broadcast.inputs).toHaveLength(1)
    await wait(1)
    expect(broadcast.inputs.map(({ attempt }) => attempt.raw)).toEqual([first.raw, first.raw])
    await broadcast.resolve(accepted)
    expect(writes()).toEqual([{ ...submission, at: START + 1_000 }])
    expect(context().submittedAt).toBe(START + 1_000)
    expect(stage.receivedBy('wallet')).toEqual([])
  })

  it('broadcasts the same bytes with longer pauses while no node answers, and never replaces them', async () => {
    const { stage, broadcast, becomeNext, see, wait } = await signed({ cancelTimeout: 1e9 })
    becomeNext()
    for (const seconds of [1, 2, 4, 8, 16, 30, 30, 30]) {
      await broadcast.reject('timeout')
      see(20)
      await wait(1_000 * seconds - 1)
      expect(broadcast.waiting).toBe(0)
      await wait(1)
    }
    expect(broadcast.inputs).toHaveLength(9)
    expect(broadcast.inputs.every(({ attempt: { hash } }) => hash === first.hash)).toBe(true)
    expect(stage.receivedBy('wallet')).toEqual([])
  })

  it('finds the inclusion, even if the node never answered', async () => {
    const { broadcast, see, look, state } = await signed({ confirmations: 3 })
    await broadcast.reject('timeout')
    see(20, { transactions: [first.hash] })
    expect(state()).toEqual(submitted('BackingOff', 'Checking'))
    await look.resolve(found(first, 20))
    expect(state()).toEqual(confirmed)
  })

  it('checks at once when a block shows the batch during the broadcast', async () => {
    const { broadcast, see, look, state } = await signed({ confirmations: 3 })
    see(20, { transactions: [first.hash] })
    expect(state()).toEqual(submitted('Broadcasting', 'Checking'))
    await broadcast.resolve(accepted)
    expect(state()).toEqual(submitted('Resting', 'Checking'))
    await look.resolve(missing(20))
    expect(state()).toEqual(awaitingInclusion)
  })

  it('checks the inclusion when the node reports a consumed nonce', async () => {
    const { broadcast, look, state, writes } = await signed({ confirmations: 3 })
    await broadcast.resolve(nonceTooLow)
    expect(state()).toEqual(submitted('Resting', 'Checking'))
    expect(look.inputs).toEqual([{ hashes: [first.hash], nonce: 7, settledBlock: -3 }])
    await look.resolve(found(first, 20))
    expect(state()).toEqual(confirmed)
    expect(writes()).toMatchObject([{ type: 'batch.included' }])
  })

  it('neither fails nor rebroadcasts when its nonce is consumed and the check finds no receipt', async () => {
    const { broadcast, look, state, wait } = await signed()
    await broadcast.resolve(nonceTooLow)
    await look.resolve(missing(20))
    await wait(9_000)
    expect(state()).toEqual(awaitingInclusion)
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
    expect(stage.emittedOf('batch.resubmitted')).toEqual([
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
    expect(context().attempts.map(({ hash }) => hash)).toEqual([first.hash, raised.hash])
    expect(writes()).toMatchObject([{ type: 'attempt.refused', refusal: { class: 'underpriced' } }])
  })

  it('pauses before a rebroadcast when the wallet refuses a replacement', async () => {
    const { stage, broadcast, tell, state, wait } = await signed()
    for (const seconds of [1, 2]) {
      await broadcast.resolve(underpriced)
      tell({ type: 'signature.refused' })
      expect(state()).toEqual(submitted('BackingOff', 'Watching'))
      expect(broadcast.waiting).toBe(0)
      await wait(1_000 * seconds)
      expect(broadcast.inputs.at(-1)).toMatchObject({ attempt: { hash: first.hash } })
    }
    expect(stage.emittedOf('batch.resubmitted')).toEqual([])
  })

  it('rebroadcasts after a pause when no replacement is left', async () => {
    const { stage, broadcast, state, wait, writes } = await signed({ maxResubmissions: 0 })
    await broadcast.resolve(underpriced)
    expect(state()).toEqual(submitted('BackingOff', 'Watching'))
    expect(stage.receivedBy('wallet')).toEqual([])
    await wait(1_000)
    await broadcast.resolve(accepted)
    expect(writes()).toMatchObject([{ type: 'attempt.refused' }, submission])
  })

  it('counts a replacement that the wallet refused, so the fee ceiling leads to a cancel', async () => {
    const batch = await signed({ maxResubmissions: 1 })
    batch.becomeNext()
    await batch.broadcast.resolve(underpriced)
    batch.tell({ type: 'signature.refused' })
    await batch.wait(1_000)
    await batch.broadcast.resolve(underpriced)
    expect(batch.state()).toEqual(submitted('BackingOff', 'Watching'))
    await batch.wait(9_000)
    expect(batch.stage.receivedBy('wallet').at(-1)).toMatchObject({ request: { purpose: 'cancel' } })
  })
})

describe('a batch that waits for a block', () => {
  it('does nothing at a block without the batch and at ticks before the timeout', async () => {
    const { stage, see, wait, state, look, broadcast } = await awaiting()
    see(20)
    await wait(9_999)
    expect(state()).toEqual(awaitingInclusion)
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
    expect(state()).toEqual(submitted('Resting', 'Checking'))
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
    expect(batch.state()).toEqual(awaitingInclusion)
    await pass(batch, 25, 28)
    expect(batch.look.inputs).toHaveLength(1)
    await pass(batch, 29, 29)
    expect(batch.look.inputs).toHaveLength(2)
  })
})
