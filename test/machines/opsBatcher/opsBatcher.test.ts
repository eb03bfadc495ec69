/** When the opsBatcher sends a batch, and why a batch waits. */
import { describe, expect, it } from 'vitest'
import { ready, setting } from '../support/batcher.ts'
import { block, chainState, GWEI, inLane, op } from '../support/samples.ts'
import { START } from '../support/stage.ts'

const expensive = chainState({ baseFee: 100 * GWEI })

describe('opsBatcher collecting', () => {
  it('stays idle while no operation is ready', async () => {
    const { stage, state } = ready()
    await stage.advance(60_000)
    expect(state()).toBe('Idle')
  })

  it('opens the batch window with the first operation, and sends all ready operations when the window closes', async () => {
    const { stage, batcher, state, batches } = ready()
    await stage.advance(77)
    batcher.send({ type: 'operations.ready', operations: [op(1)] })
    expect(state()).toBe('Collecting')
    await stage.advance(60)
    batcher.send({ type: 'operations.ready', operations: [op(2)] })
    await stage.advance(39)
    expect(batches()).toEqual([])
    await stage.advance(1)
    expect(batches()).toEqual([['op-1', 'op-2']])
    expect(state()).toBe('Idle')
  })

  it('closes the batch window early when a batch is full', () => {
    const { batcher, state, batches } = ready()
    batcher.send({ type: 'operations.ready', operations: [op(1), op(2), op(3)] })
    expect(state()).toBe('Collecting')
    batcher.send({ type: 'operations.ready', operations: [op(4)] })
    expect(batches()).toEqual([['op-1', 'op-2', 'op-3', 'op-4']])
    expect(state()).toBe('Idle')
  })

  it('sends full batches in sequence, and opens a batch window for the rest', async () => {
    const { stage, batcher, state, batches } = ready()
    const operations = [1, 2, 3, 4, 5].map((sequence) => op(sequence))
    batcher.send({ type: 'operations.ready', operations })
    expect(batches()).toEqual([['op-1', 'op-2', 'op-3', 'op-4']])
    expect(state()).toBe('Collecting')
    await stage.advance(100)
    expect(batches().at(-1)).toEqual(['op-5'])
  })

  it('does not send withdrawn operations, and is idle when the queue is empty', async () => {
    const { stage, batcher, state, batches } = ready()
    batcher.send({ type: 'operations.ready', operations: [op(1), op(2)] })
    batcher.send({ type: 'operations.withdrawn', operations: [op(1)] })
    await stage.advance(100)
    expect(batches()).toEqual([['op-2']])
    batcher.send({ type: 'operations.ready', operations: [op(3)] })
    batcher.send({ type: 'operations.withdrawn', operations: [op(3)] })
    expect(state()).toBe('Idle')
    await stage.advance(100)
    expect(batches()).toHaveLength(1)
    // An empty queue is not a throttle reason.
    expect(stage.emitted.map(({ type }) => type)).not.toContain('batcher.throttled')
  })
})

describe('opsBatcher throttled', () => {
  it('shows chain not followed as the reason, and sends when the chain is followed again', async () => {
    const { stage, batcher, state, throttled, batches } = setting()
    batcher.send({ type: 'wallet.available' })
    batcher.send({ type: 'operations.ready', operations: [op(1)] })
    await stage.advance(100)
    expect(state()).toBe('Throttled')
    expect(throttled()).toBe('ChainStalled')
    expect(stage.emitted).toEqual([{ type: 'batcher.throttled', reason: 'ChainStalled', at: START + 100 }])
    batcher.send({ type: 'chain.followed' })
    expect(throttled()).toBe('ChainStalled')
    batcher.send({ type: 'block.observed', head: block(1), chain: chainState() })
    expect(batches()).toEqual([['op-1']])
    expect(throttled()).toBeNull()
  })

  it('treats the chain and the wallet as unavailable at the start', async () => {
    const { batcher, send, throttled, tick } = setting()
    batcher.send({ type: 'block.observed', head: block(1), chain: chainState() })
    await send(op(1))
    expect(throttled()).toBe('ChainStalled')
    batcher.send({ type: 'chain.followed' })
    tick()
    expect(throttled()).toBe('WalletUnavailable')
  })

  it('sends nothing while the chain is stalled', async () => {
    const { stage, batcher, throttled, batches } = ready()
    batcher.send({ type: 'chain.stalled' })
    batcher.send({ type: 'operations.ready', operations: [op(1)] })
    await stage.advance(100)
    expect(throttled()).toBe('ChainStalled')
    batcher.send({ type: 'chain.followed' })
    expect(batches()).toHaveLength(1)
  })

  it('sends nothing while the wallet is unavailable', async () => {
    const { stage, batcher, throttled, batches } = ready()
    batcher.send({ type: 'wallet.unavailable' })
    batcher.send({ type: 'operations.ready', operations: [op(1)] })
    await stage.advance(100)
    expect(throttled()).toBe('WalletUnavailable')
    batcher.send({ type: 'wallet.available' })
    expect(batches()).toHaveLength(1)
  })

  it('waits for the base fee to fall', async () => {
    const { stage, batcher, throttled, batches } = ready(expensive)
    batcher.send({ type: 'operations.ready', operations: [op(1)] })
    await stage.advance(100)
    expect(throttled()).toBe('FeeAboveCeiling')
    batcher.send({ type: 'block.observed', head: block(2), chain: chainState() })
    expect(batches()).toHaveLength(1)
  })

  it('stops waiting for the base fee when an operation has waited for the maximum', async () => {
    const { stage, batcher, tick, batches } = ready(expensive)
    batcher.send({ type: 'operations.ready', operations: [op(1)] })
    await stage.advance(29_999)
    tick()
    expect(batches()).toEqual([])
    await stage.advance(1)
    tick()
    expect(batches()).toHaveLength(1)
  })

  it('sends at the maximum wait only the operations that have waited so long, and goes on waiting for the fee', async () => {
    const { stage, batcher, tick, throttled, batches } = ready(expensive)
    batcher.send({ type: 'operations.ready', operations: [op(1), op(2, { receivedAt: START + 500 })] })
    await stage.advance(30_000)
    tick()
    expect(batches()).toEqual([['op-1']])
    expect(throttled()).toBe('FeeAboveCeiling')
    await stage.advance(500)
    tick()
    expect(batches()).toEqual([['op-1'], ['op-2']])
    expect(throttled()).toBeNull()
  })

  it('starts no more batches than permitted, and continues when a batch is included or settled', async () => {
    const { stage, batcher, send, place, end, throttled, batches } = ready()
    await send(op(1))
    await send(op(2))
    await send(op(3))
    await send(op(4))
    expect(batches()).toHaveLength(2)
    expect(throttled()).toBe('NoPermit')
    place('batch-2', true)
    expect(batches()).toHaveLength(3)
    expect(batches()[2]).toEqual(['op-3', 'op-4'])
    await send(op(5))
    expect(throttled()).toBe('NoPermit')
    await end(0)
    expect(batches()).toHaveLength(4)
    batcher.send({ type: 'operations.ready', operations: [op(6)] })
    place('batch-2', false)
    await stage.advance(100)
    expect(throttled()).toBe('NoPermit')
  })

  it('waits for the batch in flight with an operation of the lane', async () => {
    const { send, end, throttled, batches } = ready()
    await send(inLane(1, 'a', 3))
    await send(inLane(2, 'a', 4))
    expect(throttled()).toBe('LanesBusy')
    await send(inLane(3, 'b', 1))
    expect(batches()).toEqual([['op-1'], ['op-3']])
    await end(0)
    expect(batches().at(-1)).toEqual(['op-2'])
  })

  it('shows the current reason when the reason changes', async () => {
    const { batcher, send, tick, throttled } = ready()
    await send(op(1))
    await send(op(2))
    await send(op(3))
    expect(throttled()).toBe('NoPermit')
    batcher.send({ type: 'wallet.unavailable' })
    tick()
    expect(throttled()).toBe('WalletUnavailable')
  })

  it('forwards ticks to its batches', async () => {
    const { stage, send, effects, tick, child, state } = ready()
    await send(op(1))
    await send(op(2))
    await send(op(3))
    await effects.simulation.reject('timeout')
    await stage.advance(1_000)
    tick()
    expect(state()).toBe('Throttled')
    expect(child(0)?.getSnapshot().value).toEqual({ Simulating: 'Running' })
  })

  it('is idle again when the waiting operation is withdrawn', async () => {
    const { batcher, send, state } = ready()
    batcher.send({ type: 'wallet.unavailable' })
    await send(op(1))
    expect(state()).toBe('Throttled')
    batcher.send({ type: 'operations.withdrawn', operations: [op(1)] })
    expect(state()).toBe('Idle')
  })
})

describe('opsBatcher draining', () => {
  it('is drained at once when no batch is in flight, and leaves ready operations on disk', () => {
    const { batcher, batches } = ready()
    batcher.send({ type: 'operations.ready', operations: [op(1)] })
    batcher.send({ type: 'drain' })
    expect(batcher.getSnapshot().status).toBe('done')
    expect(batches()).toEqual([])
  })

  it('waits for the last batch, and starts no new batch', async () => {
    const { stage, batcher, send, end, state, batches } = ready()
    await send(op(1))
    await send(op(2))
    batcher.send({ type: 'drain' })
    expect(state()).toBe('Draining')
    batcher.send({ type: 'operations.ready', operations: [op(3), op(4), op(5), op(6)] })
    await stage.advance(60_000)
    await end(0)
    expect(state()).toBe('Draining')
    await end(1)
    expect(state()).toBe('Drained')
    expect(batcher.getSnapshot().status).toBe('done')
    expect(batches()).toHaveLength(2)
  })

  it('waits for a batch with missing confirmations', async () => {
    const { batcher, send, place, state } = ready()
    await send(op(1))
    place('batch-1', true)
    batcher.send({ type: 'drain' })
    expect(state()).toBe('Draining')
  })

  it('drains from every state', async () => {
    const { stage, batcher } = setting()
    batcher.send({ type: 'operations.ready', operations: [op(1)] })
    await stage.advance(100)
    batcher.send({ type: 'drain' })
    expect(batcher.getSnapshot().value).toBe('Drained')
  })
})
