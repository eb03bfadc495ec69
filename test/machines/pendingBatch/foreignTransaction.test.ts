/** A foreign transaction consumes the nonce of a batch. */
import { describe, expect, it } from 'vitest'
import {
  awaiting,
  awaitingInclusion,
  type Batch,
  confirmed,
  confirming,
  first,
  foreign,
  found,
  missing,
  noVerdict,
} from '../support/batch.ts'
import { START } from '../support/stage.ts'

/** A check without an included attempt. `consumedBy` is the foreign transaction at the nonce. */
async function checkAt(batch: Batch, number: number, consumedBy: 'unknown' | typeof foreign | null) {
  batch.see(number, { transactions: [first.hash] })
  await batch.look.resolve(missing(number, consumedBy))
}

describe('a batch with a nonce consumed by a foreign transaction', () => {
  it('fails when the foreign transaction is known', async () => {
    const batch = await awaiting()
    await checkAt(batch, 20, foreign)
    expect(batch.state()).toBe('Failed')
  })

  it('fails after two checks at different heads when the foreign transaction is unknown', async () => {
    const batch = await awaiting()
    await checkAt(batch, 20, 'unknown')
    expect(batch.state()).toEqual(awaitingInclusion)
    await checkAt(batch, 20, 'unknown')
    expect(batch.state()).toEqual(awaitingInclusion)
    await checkAt(batch, 21, null)
    await checkAt(batch, 22, 'unknown')
    expect(batch.state()).toEqual(awaitingInclusion)
    await checkAt(batch, 23, 'unknown')
    expect(batch.state()).toBe('Failed')
    expect(batch.stage.emittedOf('batch.displaced')).toMatchObject([{ nonce: 7, txHash: null }])
  })

  it('does not fail when a later check finds the receipt', async () => {
    const batch = await awaiting({ confirmations: 2 })
    await checkAt(batch, 20, 'unknown')
    batch.see(21, { transactions: [first.hash] })
    await batch.look.resolve(found(first, 21))
    expect(batch.state()).toEqual(confirmed)
    expect(batch.context().displacedAt).toBeNull()
  })

  it('announces the displacement, settles the nonce, and evicts the operations', async () => {
    const batch = await awaiting()
    await checkAt(batch, 20, foreign)
    const failure = 'its nonce was consumed by a foreign transaction'
    expect(batch.stage.receivedBy('wallet')).toEqual([{ type: 'nonce.settled', nonce: 7 }])
    expect(batch.stage.emitted).toMatchObject([
      { type: 'batch.displaced', batchId: 'batch-1', nonce: 7, txHash: foreign, at: START },
      { type: 'operation.settled', id: 'op-1', status: noVerdict },
      { type: 'operation.settled', id: 'op-2', status: noVerdict },
      { type: 'batch.failed', batch: { failure, txHash: null } },
    ])
    expect(batch.writes()).toMatchObject([{ type: 'batch.settled', batch: { failure } }])
    expect(batch.batch.getSnapshot().output).toMatchObject({
      inclusion: null,
      operations: batch.context().operations,
    })
  })

  it('has no inclusion when a foreign transaction consumes the nonce after a reorg', async () => {
    const batch = await confirming(2)
    batch.reorg(20)
    await batch.look.resolve(missing(22, foreign))
    expect(batch.state()).toBe('Failed')
    expect(batch.stage.emittedOf('batch.reorged')).toHaveLength(1)
    expect(batch.writes()).toMatchObject([
      { type: 'batch.included', inclusion: null },
      { type: 'batch.settled', batch: { txHash: null, blockNumber: null } },
    ])
    expect(batch.batch.getSnapshot().output).toMatchObject({ inclusion: null })
  })
})
