import { describe, expect, it } from 'vitest'
import { ACTORS, type ActorName } from '../../../src/machines/protocol.ts'
import { GATHER_MS } from '../../../src/machines/requestTracker/setup.ts'
import { nothing } from '../../../src/machines/root/root.ts'
import { busy, committed, remembered, riding, running, setting } from '../support/gateway.ts'
import { gatewayConfig } from '../support/samples.ts'

describe('gateway starting', () => {
  it('checks the chain and the store, loads what they remember, and only then brings the actors to life', async () => {
    const { prepare, recover, state, born } = setting()
    expect(state()).toBe('Starting')
    await prepare.resolve()
    expect(state()).toBe('Recovering')
    expect(born.filter((id) => id in ACTORS)).toEqual([])
    await recover.resolve(nothing)
    expect(state()).toBe('Running')
  })

  it('brings them to life in an order in which each finds the one that it speaks to', async () => {
    const { born } = await running()
    const expected = ['requestTracker', 'opsBatcher', 'wallet', 'nonceTracker', 'chainMonitor', 'ticker']
    expect(born.filter((id) => expected.includes(id))).toEqual(expected)
  })

  it.each(['prepare', 'recover'] as const)('fails with what %s failed with', async (step) => {
    const { prepare, recover, root, failure, state } = setting()
    if (step === 'recover') await prepare.resolve()
    await { prepare, recover }[step].reject('wrong chain')
    expect(state()).toBe('Failed')
    expect(root.getSnapshot().status).toBe('done')
    expect(failure()).toEqual(new Error('wrong chain'))
  })

  it('hands on what was remembered, and keeps no copy of it', async () => {
    const { root, batch, read: snapshot } = await running(remembered)
    const read = (name: ActorName) => snapshot(name).context
    expect([...read('opsBatcher').queue].map(({ id }) => id)).toEqual(['op-2', 'op-3'])
    expect(read('opsBatcher').slots).toMatchObject([{ batchId: 'batch-1', operations: [riding] }])
    expect(batch.look.inputs).toMatchObject([{ nonce: 7, hashes: { length: 2 } }])
    expect(read('wallet').nonces.tracked).toMatchObject([{ nonce: 7, hashes: { length: 2 } }])
    expect(read('nonceTracker').lanes.lanes.get('a').members).toHaveLength(2)
    expect(read('nonceTracker').nextSequence).toBe(4)
    expect(root.getSnapshot().context.recovered).toEqual(nothing)
  })
})

describe('gateway stopping', () => {
  it('stops at once when nothing is in flight', async () => {
    const { root, drain, state } = await running()
    drain()
    expect(state()).toBe('Stopped')
    expect(root.getSnapshot().status).toBe('done')
  })

  it('waits for the last batch, and then for the last write', async () => {
    const { drain, commit, endBatch, advance, state } = await busy()
    drain()
    expect(state()).toBe('Draining')
    await endBatch()
    expect(state()).toBe('Flushing')
    await commit.resolve(committed)
    await advance(GATHER_MS)
    expect(state()).toBe('Flushing')
    await commit.resolve(committed)
    expect(state()).toBe('Stopped')
    const written = commit.inputs.flatMap(({ writes }) => writes.map(({ type }) => type))
    expect(written).toEqual(['pruned', 'batch.included', 'batch.settled'])
  })

  it('goes on following the chain while it flushes', async () => {
    const { drain, endBatch, state, born, value } = await busy()
    drain()
    await endBatch()
    expect(state()).toBe('Flushing')
    expect(value()).toMatchObject({ Active: { ChainMonitor: 'Alive', Ticker: 'Alive' } })
    for (const id of ['chainMonitor', 'ticker']) expect(born.filter((name) => name === id)).toHaveLength(1)
  })

  it('does not wait for a batch beyond the deadline: what is known of it is on disk', async () => {
    const { drain, commit, advance, state } = await busy()
    drain()
    await advance(gatewayConfig.drainTimeout - 1)
    expect(state()).toBe('Draining')
    await advance(1)
    expect(state()).toBe('Flushing')
    await commit.resolve(committed)
    expect(state()).toBe('Stopped')
  })

  it('flushes what a batch writes that ends when it was not waited for any more', async () => {
    const { drain, commit, advance, endBatch, state } = await busy()
    drain()
    await advance(gatewayConfig.drainTimeout)
    await endBatch()
    expect(state()).toBe('Flushing')
    await commit.resolve(committed)
    expect(state()).toBe('Flushing')
    await commit.resolve(committed)
    expect(state()).toBe('Stopped')
  })

  it('does not wait for a store beyond the deadline', async () => {
    const { drain, endBatch, advance, state } = await busy()
    drain()
    await endBatch()
    await advance(gatewayConfig.drainTimeout - 1)
    expect(state()).toBe('Flushing')
    await advance(1)
    expect(state()).toBe('Stopped')
  })

  it('is not disturbed by what actors still say to the batcher when that has ended', async () => {
    const { root, drain, commit, reading, endBatch, advance, see, state, failure } = await busy()
    drain()
    await endBatch()
    expect(root.system.get(ACTORS.opsBatcher)).toBeUndefined()
    await advance(1_000)
    see(6)
    await reading.resolve({ chainNonce: 8, balance: '1000', blockNumber: 6, at: 0 })
    // Nobody is left to fill a gap.
    for (const blockNumber of [7, 8]) {
      see(blockNumber)
      await reading.resolve({ chainNonce: 7, balance: '1000', blockNumber, at: 0 })
    }
    expect(root.system.get(ACTORS.wallet).getSnapshot().value).toBe('Healing')
    await commit.resolve(committed)
    await commit.resolve(committed)
    expect(failure()).toBeNull()
    expect(state()).toBe('Stopped')
  })
})
