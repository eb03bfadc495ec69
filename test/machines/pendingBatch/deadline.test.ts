/** The deadline of an operation in a batch: it ends a batch without an attempt, and no other batch. */
import { describe, expect, it } from 'vitest'
import { awaitingInclusion, first, pending, report, signed } from '../support/batch.ts'
import { accepted } from '../support/broadcasts.ts'
import { batching } from '../support/samples.ts'

const { operationDeadline } = batching
const evicted = { type: 'Evicted', reason: 'Timeout', nextNonce: null }
const failure = 'an operation passed its deadline before the signature'

describe('a batch whose simulation keeps failing', () => {
  it('is repeated until the deadline, and then returns its operations', async () => {
    const batch = pending()
    await batch.simulation.reject('timeout')
    await batch.wait(operationDeadline)
    expect(batch.state()).toEqual({ Simulating: 'Running' })
    await batch.simulation.reject('timeout')
    await batch.wait(1)
    expect(batch.state()).toBe('Failed')
    expect(batch.writes()).toMatchObject([
      {
        type: 'batch.settled',
        batch: { failure, txHash: null, statuses: { 'op-1': evicted, 'op-2': evicted } },
      },
    ])
  })
})

describe('a batch that waits for a signature', () => {
  async function waiting() {
    const batch = pending()
    await batch.simulation.resolve(report())
    batch.stage.clear()
    return batch
  }

  it('withdraws the request after the deadline, and fails when the wallet refuses', async () => {
    const batch = await waiting()
    await batch.wait(operationDeadline)
    expect(batch.messages()).toEqual([])
    await batch.wait(1)
    expect(batch.stage.receivedBy('wallet')).toEqual([{ type: 'signature.withdrawn', batchId: 'batch-1' }])
    expect(batch.state()).toBe('ReadyToSubmit')
    batch.tell({ type: 'signature.refused' })
    expect(batch.state()).toBe('Failed')
    expect(batch.writes()).toMatchObject([{ type: 'batch.settled', batch: { failure } }])
  })

  it('goes on if the wallet has signed before the withdrawal', async () => {
    const batch = await waiting()
    await batch.wait(operationDeadline + 1)
    batch.sign(first)
    expect(batch.state()).toEqual({ Submitted: { Delivery: 'Broadcasting', Evidence: 'Watching' } })
  })
})

it('a batch with an attempt has no deadline: a block may include it at any time', async () => {
  const batch = await signed()
  await batch.broadcast.resolve(accepted)
  await batch.wait(10 * operationDeadline)
  expect(batch.state()).toEqual(awaitingInclusion)
})
