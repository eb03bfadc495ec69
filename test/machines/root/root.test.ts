import { describe, expect, it } from 'vitest'
import { UnavailableError } from '../../../src/domain/errors.ts'
import { ACTORS, type ActorName } from '../../../src/machines/protocol.ts'
import { GATHER_MS } from '../../../src/machines/requestTracker/setup.ts'
import { emptyStart } from '../../../src/machines/root/context.ts'
import { busy, committed, inFlight, remembered, running, setting } from '../support/gateway.ts'
import { block, gatewayConfig } from '../support/samples.ts'

describe('gateway starting', () => {
  it('checks the chain, recovers from the store, and then starts the actors', async () => {
    const { prepare, recover, state, spawned } = setting()
    expect(state()).toBe('Starting')
    await prepare.resolve()
    expect(state()).toBe('Recovering')
    expect(spawned.filter((id) => id in ACTORS)).toEqual(['intake', 'seat'])
    await recover.resolve(emptyStart)
    expect(state()).toBe('Running')
  })

  it('starts each actor after the actors that receive its first messages', async () => {
    const { spawned } = await running()
    const expected = ['requestTracker', 'opsBatcher', 'wallet', 'nonceTracker', 'chainMonitor', 'ticker']
    expect(spawned.filter((id) => expected.includes(id))).toEqual(expected)
  })

  it.each(['prepare', 'recover'] as const)('fails with the error of %s', async (step) => {
    const { prepare, recover, root, failure, state } = setting()
    if (step === 'recover') await prepare.resolve()
    await { prepare, recover }[step].reject('wrong chain')
    expect(state()).toBe('Failed')
    expect(root.getSnapshot().status).toBe('done')
    expect(failure()).toEqual(new Error('wrong chain'))
  })

  it('passes the recovered data to the actors, and keeps no copy', async () => {
    const { root, batch, read: snapshot } = await running(remembered)
    const read = (name: ActorName) => snapshot(name).context
    expect([...read('opsBatcher').queue].map(({ id }) => id)).toEqual(['op-2', 'op-3'])
    expect(read('opsBatcher').slots).toMatchObject([{ batchId: 'batch-1', operations: [inFlight] }])
    expect(batch.look.inputs).toMatchObject([{ nonce: 7, hashes: { length: 2 } }])
    expect(read('wallet').nonces.tracked).toMatchObject([{ nonce: 7, hashes: { length: 2 } }])
    expect(read('nonceTracker').lanes.lanes.get('a').members).toHaveLength(2)
    expect(read('nonceTracker').nextSequence).toBe(4)
    expect(root.getSnapshot().context.recovered).toEqual(emptyStart)
  })
})

describe('gateway starting without an answer of chain or store', () => {
  const outage = (message = 'no answer') => new UnavailableError('chain_unavailable', message)

  it('tries again after pauses that become longer, and reports each try once', async () => {
    const { prepare, recover, state, value, advance, emitted } = setting()
    for (const pause of [1_000, 2_000, 4_000, 8_000, 10_000, 10_000]) {
      await prepare.reject(outage('no answer from secret.example'))
      expect(value()).toEqual({ Starting: 'Pausing' })
      const message = 'UnavailableError: no answer from ….example'
      expect(emitted.at(-1)).toMatchObject({ type: 'start.delayed', message, pause })
      await advance(pause - 1)
      expect(value()).toEqual({ Starting: 'Pausing' })
      await advance(1)
      expect(value()).toEqual({ Starting: 'Preparing' })
    }
    expect(emitted).toHaveLength(6)
    await prepare.resolve()
    await recover.resolve(emptyStart)
    expect(state()).toBe('Running')
  })

  it('checks chain and store again when the stored work could not be loaded', async () => {
    const { prepare, recover, state, value, advance, root } = setting()
    await prepare.resolve()
    await recover.reject(outage())
    expect(value()).toEqual({ Starting: 'Pausing' })
    expect(root.getSnapshot().context.delays).toEqual({ count: 1, message: 'UnavailableError: no answer' })
    await advance(1_000)
    await prepare.resolve()
    await recover.resolve(emptyStart)
    expect(state()).toBe('Running')
    expect(root.getSnapshot().context.delays).toEqual({ count: 0, message: null })
  })

  it.each(['Preparing', 'Pausing'])('stops in %s', async (inner) => {
    const { prepare, settle, state, value, drain } = setting()
    if (inner === 'Pausing') await prepare.reject(outage())
    expect(value()).toEqual({ Starting: inner })
    drain()
    await settle.resolve([])
    expect(state()).toBe('Stopped')
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
    expect(written).toEqual(['pruned', 'batch.included', 'batch.finalityChanged', 'batch.settled'])
  })

  it('still follows the chain in Flushing', async () => {
    const { drain, endBatch, state, spawned, value } = await busy()
    drain()
    await endBatch()
    expect(state()).toBe('Flushing')
    expect(value()).toMatchObject({ Active: { ChainMonitor: 'Alive', Ticker: 'Alive' } })
    for (const id of ['chainMonitor', 'ticker']) expect(spawned.filter((name) => name === id)).toHaveLength(1)
  })

  it('does not wait for a batch beyond the deadline, because the store holds the batch', async () => {
    const { drain, commit, advance, state } = await busy()
    drain()
    await advance(gatewayConfig.drainTimeout - 1)
    expect(state()).toBe('Draining')
    await advance(1)
    expect(state()).toBe('Flushing')
    await commit.resolve(committed)
    expect(state()).toBe('Stopped')
  })

  it('flushes the writes of a batch that is settled after the drain deadline', async () => {
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

  it('is not disturbed by messages to the stopped opsBatcher', async () => {
    const { root, drain, commit, reading, endBatch, advance, see, state, failure } = await busy()
    drain()
    await endBatch()
    expect(root.system.get(ACTORS.opsBatcher)).toBeUndefined()
    await advance(1_000)
    see(6)
    await reading.resolve({ chainNonce: 8, balance: '1000', blockNumber: 6, at: 0 })
    root.system.get(ACTORS.wallet).send({ type: 'chain.reorged', depth: 1, orphanedFrom: 7, head: block(7) })
    // No opsBatcher is left to fill a gap.
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
