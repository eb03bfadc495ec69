/** A batch without operations: it only fills a nonce that nobody stands for. */
import { describe, expect, it } from 'vitest'
import { found, healing, missing, pending, stranger } from '../support/batch.ts'
import { attempt, batchRecord, inclusion } from '../support/samples.ts'
import { START } from '../support/stage.ts'

const filler = attempt(7, { purpose: 'cancel' })
const dearer = attempt(7, { purpose: 'cancel', maxFeePerGas: 13 })

/** In `AwaitingInclusion`, its transaction accepted by a node, its nonce the next. */
async function sent() {
  const batch = healing()
  batch.sign(filler)
  await batch.broadcast.resolve('accepted')
  batch.takeTurn()
  return batch
}

describe('a batch that fills a nonce', () => {
  it('has nothing to simulate, and asks for a transaction at that nonce', () => {
    const { state, stage, simulation } = healing()
    expect(state()).toBe('ReadyToSubmit')
    expect(simulation.inputs).toEqual([])
    expect(stage.conversation).toEqual(['wallet: signature.requested'])
    expect(stage.heardBy('wallet')).toEqual([
      {
        type: 'signature.requested',
        request: { purpose: 'cancel', batchId: 'batch-1' },
        nonce: 7,
        highest: null,
      },
    ])
  })

  it('is bid for like any other', async () => {
    const batch = await sent()
    batch.see(20)
    await batch.wait(10_000)
    expect(batch.stage.heardBy('wallet').at(-1)).toMatchObject({
      request: { purpose: 'cancel' },
      nonce: 7,
      highest: { maxFeePerGas: 10, maxPriorityFeePerGas: 1 },
    })
    batch.sign(dearer)
    expect(batch.broadcast.inputs.at(-1)).toEqual({ attempt: dearer })
  })

  it('is finalized, not cancelled, when it has filled the nonce', async () => {
    const batch = await sent()
    batch.see(20, { transactions: [filler.hash] })
    await batch.look.resolve(found(filler, 20))
    expect(batch.outcome.inputs).toEqual([
      { plan: null, operations: [], inclusion: inclusion(filler.hash, 20) },
    ])
    await batch.outcome.resolve({ type: 'settled', statuses: {}, gasUsed: 21_000 })
    expect(batch.state()).toBe('Finalized')
    expect(batch.stage.heardBy('wallet').at(-1)).toEqual({ type: 'nonce.settled', nonce: 7 })
    expect(batch.writes().at(-1)).toMatchObject({
      type: 'batch.settled',
      batch: { failure: null, statuses: {}, txHash: filler.hash },
    })
    expect(batch.stage.emittedOf('batch.finalized')).toHaveLength(1)
  })

  it('ends when its nonce is taken before anything was signed', () => {
    const batch = healing()
    batch.stage.forget()
    batch.tell({ type: 'signature.refused' })
    expect(batch.state()).toBe('Failed')
    expect(batch.writes()).toMatchObject([
      { type: 'batch.settled', batch: { failure: 'its nonce is not free any more', txHash: null } },
    ])
    expect(batch.stage.heardBy('wallet')).toEqual([])
  })

  it('ends when somebody else has filled it', async () => {
    const batch = await sent()
    batch.see(20)
    batch.see(21, { transactions: [filler.hash] })
    await batch.look.resolve(missing(21, stranger))
    expect(batch.state()).toBe('Failed')
    expect(batch.stage.heardBy('wallet').at(-1)).toEqual({ type: 'nonce.settled', nonce: 7 })
  })

  it('still only fills its nonce after a restart', async () => {
    const record = batchRecord({ plan: null, operations: [] })
    const batch = pending({}, { type: 'resumed', record, attempts: [filler] }, [])
    await batch.look.resolve(missing(20))
    await batch.broadcast.resolve('accepted')
    batch.takeTurn()
    batch.see(21)
    await batch.wait(10_000)
    expect(batch.stage.heardBy('wallet').at(-1)).toMatchObject({ request: { purpose: 'cancel' }, nonce: 7 })
    expect(batch.context().createdAt).toBe(START - 5_000)
  })
})
