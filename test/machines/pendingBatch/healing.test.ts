/** A healing batch has no operations and fills a gap in the nonces of the wallet. */
import { describe, expect, it } from 'vitest'
import { foreign, found, healing, missing, pending } from '../support/batch.ts'
import { accepted } from '../support/broadcasts.ts'
import { attempt, batchRecord, inclusion } from '../support/samples.ts'
import { START } from '../support/stage.ts'

const filler = attempt(7, { purpose: 'cancel' })
const higherFiller = attempt(7, { purpose: 'cancel', maxFeePerGas: 13 })

/** A healing batch in `AwaitingInclusion`. A node has accepted the attempt, and the nonce is next. */
async function sent() {
  const batch = healing()
  batch.sign(filler)
  await batch.broadcast.resolve(accepted)
  batch.becomeNext()
  return batch
}

describe('a batch that fills a gap', () => {
  it('requests a cancel at the missing nonce, without a simulation', () => {
    const { state, stage, simulation, messages } = healing()
    expect(state()).toBe('ReadyToSubmit')
    expect(simulation.inputs).toEqual([])
    expect(messages()).toEqual(['wallet: signature.requested'])
    expect(stage.receivedBy('wallet')).toEqual([
      {
        type: 'signature.requested',
        request: { purpose: 'cancel', batchId: 'batch-1', gasLimit: 21_000 },
        nonce: 7,
        highest: null,
        pricing: 'market',
      },
    ])
  })

  it('requests a replacement like other batches', async () => {
    const batch = await sent()
    batch.see(20)
    await batch.wait(10_000)
    expect(batch.stage.receivedBy('wallet').at(-1)).toMatchObject({
      request: { purpose: 'cancel' },
      nonce: 7,
      highest: { maxFeePerGas: 10, maxPriorityFeePerGas: 1 },
    })
    batch.sign(higherFiller)
    expect(batch.broadcast.inputs.at(-1)).toEqual({ attempt: higherFiller })
  })

  it('is finalized, not failed, when the gap is filled', async () => {
    const batch = await sent()
    batch.see(20, { transactions: [filler.hash] })
    await batch.look.resolve(found(filler, 20))
    expect(batch.outcome.inputs).toEqual([
      { plan: null, operations: [], inclusion: inclusion(filler.hash, 20) },
    ])
    await batch.outcome.resolve({ type: 'settled', statuses: {}, gasUsed: 21_000 })
    expect(batch.state()).toBe('Finalized')
    expect(batch.stage.receivedBy('wallet').at(-1)).toEqual({ type: 'nonce.settled', nonce: 7 })
    expect(batch.writes().at(-1)).toMatchObject({
      type: 'batch.settled',
      batch: { failure: null, statuses: {}, txHash: filler.hash },
    })
    expect(batch.stage.emittedOf('batch.finalized')).toHaveLength(1)
  })

  it('fails when the nonce is consumed before the first signature', () => {
    const batch = healing()
    batch.stage.clear()
    batch.tell({ type: 'signature.refused' })
    expect(batch.state()).toBe('Failed')
    expect(batch.writes()).toMatchObject([
      { type: 'batch.settled', batch: { failure: 'its nonce is not free any more', txHash: null } },
    ])
    expect(batch.stage.receivedBy('wallet')).toEqual([])
  })

  it('fails without an alarm when another transaction has the nonce: the reading of the gap was old', async () => {
    const batch = await sent()
    batch.see(20)
    batch.see(21, { transactions: [filler.hash] })
    await batch.look.resolve(missing(21, foreign))
    expect(batch.state()).toBe('Failed')
    expect(batch.stage.emittedOf('batch.displaced')).toEqual([])
    expect(batch.stage.receivedBy('wallet').at(-1)).toEqual({ type: 'nonce.settled', nonce: 7 })
  })

  it('fills the gap after a restart', async () => {
    const record = batchRecord({ plans: [], operations: [] })
    const batch = pending({}, { type: 'resumed', record, attempts: [filler] }, [])
    await batch.look.resolve(missing(20))
    await batch.broadcast.resolve(accepted)
    batch.becomeNext()
    batch.see(21)
    await batch.wait(10_000)
    expect(batch.stage.receivedBy('wallet').at(-1)).toMatchObject({
      request: { purpose: 'cancel' },
      nonce: 7,
    })
    expect(batch.context().createdAt).toBe(START - 5_000)
  })
})
