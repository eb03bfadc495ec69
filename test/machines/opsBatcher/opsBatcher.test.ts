/** When the opsBatcher sends, and why it does not. */
import { describe, expect, it } from 'vitest'
import { ready, setting } from '../support/batcher.ts'
import { block, chainState, GWEI, inLane, op } from '../support/samples.ts'
import { START } from '../support/stage.ts'

const expensive = chainState({ baseFee: 100 * GWEI })

describe('opsBatcher collecting', () => {
  it('is idle while nothing is ready, however long', async () => {
    const { stage, state } = ready()
    await stage.advance(60_000)
    expect(state()).toBe('Idle')
  })

  it('opens its window with the first operation, and sends what came until it closes', async () => {
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

  it('closes the window early when a batch is full', () => {
    const { batcher, state, batches } = ready()
    batcher.send({ type: 'operations.ready', operations: [op(1), op(2), op(3)] })
    expect(state()).toBe('Collecting')
    batcher.send({ type: 'operations.ready', operations: [op(4)] })
    expect(batches()).toEqual([['op-1', 'op-2', 'op-3', 'op-4']])
    expect(state()).toBe('Idle')
  })

  it('sends full batches one after another, and opens a window for the rest', async () => {
    const { stage, batcher, state, batches } = ready()
    const operations = [1, 2, 3, 4, 5].map((sequence) => op(sequence))
    batcher.send({ type: 'operations.ready', operations })
    expect(batches()).toEqual([['op-1', 'op-2', 'op-3', 'op-4']])
    expect(state()).toBe('Collecting')
    await stage.advance(100)
    expect(batches().at(-1)).toEqual(['op-5'])
  })

  it('leaves out what was withdrawn, and is idle when nothing else is there', async () => {
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
    // Having nothing to send is no reason to wait.
    expect(stage.emitted.map(({ type }) => type)).not.toContain('batcher.throttled')
  })
})

describe('opsBatcher throttled', () => {
  it('says that the chain is not followed, and sends when it is', async () => {
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

  it('takes neither the chain nor the wallet for granted', async () => {
    const { batcher, send, throttled, tick } = setting()
    batcher.send({ type: 'block.observed', head: block(1), chain: chainState() })
    await send(op(1))
    expect(throttled()).toBe('ChainStalled')
    batcher.send({ type: 'chain.followed' })
    tick()
    expect(throttled()).toBe('WalletUnavailable')
  })

  it('sends nothing from when the chain has stalled until it is followed again', async () => {
    const { stage, batcher, throttled, batches } = ready()
    batcher.send({ type: 'chain.stalled' })
    batcher.send({ type: 'operations.ready', operations: [op(1)] })
    await stage.advance(100)
    expect(throttled()).toBe('ChainStalled')
    batcher.send({ type: 'chain.followed' })
    expect(batches()).toHaveLength(1)
  })

  it('sends nothing while the wallet cannot', async () => {
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

  it('waits for the base fee no longer than an operation may wait', async () => {
    const { stage, batcher, tick, batches } = ready(expensive)
    batcher.send({ type: 'operations.ready', operations: [op(1)] })
    await stage.advance(29_999)
    tick()
    expect(batches()).toEqual([])
    await stage.advance(1)
    tick()
    expect(batches()).toHaveLength(1)
  })

  it('starts no more batches than it may, and goes on when one is in a block or has ended', async () => {
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

  it('waits for the batch in which the account rides', async () => {
    const { send, end, throttled, batches } = ready()
    await send(inLane(1, 'a', 3))
    await send(inLane(2, 'a', 4))
    expect(throttled()).toBe('LanesBusy')
    await send(inLane(3, 'b', 1))
    expect(batches()).toEqual([['op-1'], ['op-3']])
    await end(0)
    expect(batches().at(-1)).toEqual(['op-2'])
  })

  it('shows the reason of now when it has changed', async () => {
    const { batcher, send, tick, throttled } = ready()
    await send(op(1))
    await send(op(2))
    await send(op(3))
    expect(throttled()).toBe('NoPermit')
    batcher.send({ type: 'wallet.unavailable' })
    tick()
    expect(throttled()).toBe('WalletUnavailable')
  })

  it('goes on telling its batches the time', async () => {
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

  it('is idle again when what was waiting is withdrawn', async () => {
    const { batcher, send, state } = ready()
    batcher.send({ type: 'wallet.unavailable' })
    await send(op(1))
    expect(state()).toBe('Throttled')
    batcher.send({ type: 'operations.withdrawn', operations: [op(1)] })
    expect(state()).toBe('Idle')
  })
})

describe('opsBatcher draining', () => {
  it('ends at once when no batch is in flight, and leaves what is ready on disk', () => {
    const { batcher, batches } = ready()
    batcher.send({ type: 'operations.ready', operations: [op(1)] })
    batcher.send({ type: 'drain' })
    expect(batcher.getSnapshot().status).toBe('done')
    expect(batches()).toEqual([])
  })

  it('waits for the last batch, and starts no other', async () => {
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

  it('counts a batch that only waits for confirmations', async () => {
    const { batcher, send, place, state } = ready()
    await send(op(1))
    place('batch-1', true)
    batcher.send({ type: 'drain' })
    expect(state()).toBe('Draining')
  })

  it('drains from wherever it is', async () => {
    const { stage, batcher } = setting()
    batcher.send({ type: 'operations.ready', operations: [op(1)] })
    await stage.advance(100)
    batcher.send({ type: 'drain' })
    expect(batcher.getSnapshot().value).toBe('Drained')
  })
})
