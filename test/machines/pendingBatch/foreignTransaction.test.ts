/** A batch whose nonce a transaction has consumed that is not its own. */
import { describe, expect, it } from 'vitest'
import {
  awaiting,
  type Batch,
  confirming,
  first,
  found,
  missing,
  noVerdict,
  stranger,
} from '../support/batch.ts'
import { START } from '../support/stage.ts'

/** A look that found none of its transactions, and tells who has the nonce. */
async function lookAt(batch: Batch, number: number, consumedBy: 'unknown' | typeof stranger | null) {
  batch.see(number, { transactions: [first.hash] })
  await batch.look.resolve(missing(number, consumedBy))
}

describe('trap 3: a batch whose nonce a stranger has consumed', () => {
  it('fails when it is known which transaction that was', async () => {
    const batch = await awaiting()
    await lookAt(batch, 20, stranger)
    expect(batch.state()).toBe('Failed')
  })

  it('fails only when two looks at different heads agree, where nobody can tell which it was', async () => {
    const batch = await awaiting()
    await lookAt(batch, 20, 'unknown')
    expect(batch.state()).toEqual({ Submitted: 'AwaitingInclusion' })
    await lookAt(batch, 20, 'unknown')
    expect(batch.state()).toEqual({ Submitted: 'AwaitingInclusion' })
    await lookAt(batch, 21, null)
    await lookAt(batch, 22, 'unknown')
    expect(batch.state()).toEqual({ Submitted: 'AwaitingInclusion' })
    await lookAt(batch, 23, 'unknown')
    expect(batch.state()).toBe('Failed')
    expect(batch.stage.emittedOf('batch.displaced')).toMatchObject([{ nonce: 7, txHash: null }])
  })

  it('is not failed when it is found after all', async () => {
    const batch = await awaiting({ confirmations: 2 })
    await lookAt(batch, 20, 'unknown')
    batch.see(21, { transactions: [first.hash] })
    await batch.look.resolve(found(first, 21))
    expect(batch.state()).toEqual({ Submitted: 'Confirming' })
    expect(batch.context().displacedAt).toBeNull()
  })

  it('says so loudly, frees the nonce, and gives its operations back', async () => {
    const batch = await awaiting()
    await lookAt(batch, 20, stranger)
    const failure = 'its nonce was consumed by a foreign transaction'
    expect(batch.stage.heardBy('wallet')).toEqual([{ type: 'nonce.settled', nonce: 7 }])
    expect(batch.stage.emitted).toMatchObject([
      { type: 'batch.displaced', batchId: 'batch-1', nonce: 7, txHash: stranger, at: START },
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

  it('stands on no block when a reorganisation has given its nonce to a stranger', async () => {
    const batch = await confirming(2)
    batch.reorg(20)
    await batch.look.resolve(missing(22, stranger))
    expect(batch.state()).toBe('Failed')
    expect(batch.stage.emittedOf('batch.reorged')).toHaveLength(1)
    expect(batch.writes()).toMatchObject([
      { type: 'batch.included', inclusion: null },
      { type: 'batch.settled', batch: { txHash: null, blockNumber: null } },
    ])
    expect(batch.batch.getSnapshot().output).toMatchObject({ inclusion: null })
  })
})
