/** The operation deadline of ready operations. */
import { describe, expect, it } from 'vitest'
import { ready } from '../support/batcher.ts'
import { batching, op } from '../support/samples.ts'

const { operationDeadline } = batching

describe('opsBatcher and the operation deadline', () => {
  it('removes expired operations from the queue and reports them, with what they waited for', async () => {
    const { batcher, stage, send, tick, context } = ready()
    batcher.send({ type: 'chain.stalled' })
    await send(op(1), op(2, { receivedAt: stage.now() + 500 }))
    await stage.advance(operationDeadline - 100)
    tick()
    expect(stage.received('nonceTracker', 'operations.expired')).toEqual([])
    await stage.advance(1)
    tick()
    const reason = { type: 'Unknown', message: expect.stringContaining('an answer of the chain') }
    expect(stage.receivedBy('nonceTracker')).toEqual([
      { type: 'operations.expired', operations: [op(1)], reason },
    ])
    expect([...context().queue].map(({ id }) => id)).toEqual(['op-2'])
  })

  it('reports a lack of balance while the wallet is unavailable', async () => {
    const { batcher, stage, send, tick } = ready()
    batcher.send({ type: 'wallet.unavailable' })
    await send(op(1))
    await stage.advance(operationDeadline)
    tick()
    expect(stage.receivedBy('nonceTracker')).toMatchObject([{ reason: { type: 'InsufficientBalance' } }])
  })

  it('never reports an operation in a batch', async () => {
    const { stage, send, tick } = ready()
    await send(op(1))
    await stage.advance(10 * operationDeadline)
    tick()
    expect(stage.receivedBy('nonceTracker')).toEqual([])
  })

  it('is checked while the batch window is open', async () => {
    const { batcher, stage, tick, state } = ready()
    batcher.send({
      type: 'operations.ready',
      operations: [op(1, { receivedAt: stage.now() - operationDeadline - 1 })],
    })
    expect(state()).toBe('Collecting')
    tick()
    expect(stage.receivedBy('nonceTracker')).toMatchObject([{ type: 'operations.expired' }])
    expect(state()).toBe('Idle')
  })
})

describe('opsBatcher and isolated operations', () => {
  const isolated = { batchLimit: 1 }

  it('sends one isolated operation at a time, and the others meanwhile', async () => {
    const { stage, send, tick, place, batches, throttled } = ready()
    await send(op(1, isolated), op(2, isolated), op(3), op(4))
    expect(batches()).toEqual([['op-1'], ['op-3', 'op-4']])
    place('batch-2', true)
    await stage.advance(batching.batchWindow)
    tick()
    expect(throttled()).toBe('LanesBusy')
    place('batch-1', true)
    expect(batches().at(-1)).toEqual(['op-2'])
  })
})
