/** The gateway as supervisor: repeated crashes, and a stop around a crash. */
import { describe, expect, it } from 'vitest'
import { StartupError, UnavailableError } from '../../../src/domain/errors.ts'
import { GATHER_MS } from '../../../src/machines/requestTracker/setup.ts'
import { emptyStart } from '../../../src/machines/root/context.ts'
import { MOST_FRUITLESS } from '../../../src/machines/root/crashes.ts'
import { BEAT_MS } from '../../../src/machines/root/ticker.ts'
import { defectSwitch, restart, throwDefect } from '../support/defects.ts'
import { busy, committed, type Defects, remembered, running, type System } from '../support/gateway.ts'
import { gatewayConfig } from '../support/samples.ts'

describe('an actor that crashes repeatedly', () => {
  const crash = (system: System) => system.say('wallet', { type: 'signature.requested' })

  it('makes each pause longer, and after a calm time the pause is one second again', async () => {
    const system = await running(emptyStart, { wallet: { actions: { enqueueRequest: throwDefect } } })
    for (const pause of [1_000, 2_000, 4_000]) {
      crash(system)
      await system.settle.resolve([])
      await system.advance(pause - 1)
      expect(system.value()).toEqual({ Restarting: 'Pausing' })
      await system.advance(1)
      await system.recover.resolve(emptyStart)
    }
    await system.advance(120_000)
    crash(system)
    await restart(system, 1_000, emptyStart)
    expect(system.state()).toBe('Running')
  })

  it('fails the gateway with the last error when no batch is settled between the crashes', async () => {
    const system = await running(emptyStart, { wallet: { actions: { enqueueRequest: throwDefect } } })
    for (let crashes = 1; crashes < MOST_FRUITLESS; crashes += 1) {
      crash(system)
      await restart(system, 30_000, emptyStart)
    }
    expect(system.state()).toBe('Running')
    crash(system)
    expect(system.root.getSnapshot().status).toBe('active')
    await system.settle.resolve([])
    expect(system.state()).toBe('Failed')
    expect(system.root.getSnapshot().status).toBe('done')
    expect(system.failure()).toEqual(new Error('a defect'))
  })

  it('does not fail the gateway as long as batches are settled', async () => {
    const system = await running(remembered, { wallet: { actions: { applyReading: throwDefect } } })
    for (let crashes = 1; crashes < 2 * MOST_FRUITLESS; crashes += 1) {
      await system.endBatch()
      await system.reading.resolve({ chainNonce: 8, balance: '1000', blockNumber: 6, at: 0 })
      await restart(system, 30_000)
    }
    expect(system.state()).toBe('Running')
  })

  it('counts a failed recovery as a crash', async () => {
    const system = await running(emptyStart, { wallet: { actions: { enqueueRequest: throwDefect } } })
    crash(system)
    await system.settle.resolve([])
    await system.advance(1_000)
    await system.recover.reject('disk on fire')
    expect(system.value()).toEqual({ Restarting: 'Settling' })
    expect(system.emitted.at(-1)).toMatchObject({ actor: 'recover', message: 'Error: disk on fire' })
    await restart(system, 2_000, emptyStart)
    expect(system.state()).toBe('Running')
  })
})

describe('a recovery after a crash', () => {
  const crashed = async () => {
    const system = await running(emptyStart, { wallet: { actions: { enqueueRequest: throwDefect } } })
    system.say('wallet', { type: 'signature.requested' })
    await system.settle.resolve([])
    await system.advance(1_000)
    return system
  }

  it('without an answer of the chain is repeated and not counted as a crash', async () => {
    const system = await crashed()
    for (let tries = 0; tries < 2 * MOST_FRUITLESS; tries += 1) {
      await system.recover.reject(new UnavailableError('chain_unavailable', 'no answer'))
      await system.advance(10_000)
      await system.prepare.resolve()
    }
    expect(system.state()).toBe('Recovering')
    expect(system.emitted.filter(({ type }) => type === 'actor.crashed')).toHaveLength(1)
    await system.recover.resolve(emptyStart)
    expect(system.state()).toBe('Running')
  })

  it('with a store that cannot be used fails the gateway at once', async () => {
    const system = await crashed()
    await system.recover.reject(new StartupError('the store is closed'))
    expect(system.state()).toBe('Failed')
    expect(system.failure()).toEqual(new StartupError('the store is closed'))
  })
})

describe('a gateway that stops around a crash', () => {
  const crash = (system: System) => system.say('wallet', { type: 'signature.requested' })
  const defects: Defects = { wallet: { actions: { enqueueRequest: throwDefect } } }

  it('waits during a restart for the running commit, and starts nothing', async () => {
    const system = await busy(defects)
    crash(system)
    system.drain()
    expect(system.state()).toBe('Ending')
    await system.settle.resolve([])
    expect(system.state()).toBe('Stopped')
    expect(system.root.getSnapshot().status).toBe('done')
    expect(system.failure()).toBeNull()
    expect(system.recover.inputs).toHaveLength(1)
  })

  it('does not wait for a commit beyond the deadline', async () => {
    const system = await busy(defects)
    crash(system)
    system.drain()
    await system.advance(gatewayConfig.drainTimeout - 1)
    expect(system.state()).toBe('Ending')
    await system.advance(1)
    expect(system.state()).toBe('Stopped')
  })

  it('stops during the pause and during the recovery', async () => {
    const pausing = await running(remembered, defects)
    crash(pausing)
    await pausing.settle.resolve([])
    pausing.drain()
    await pausing.settle.resolve([])
    expect(pausing.state()).toBe('Stopped')
    await pausing.advance(60_000)
    expect(pausing.recover.inputs).toHaveLength(1)

    const reading = await running(remembered, defects)
    crash(reading)
    await reading.settle.resolve([])
    await reading.advance(1_000)
    reading.drain()
    expect(reading.recover.waiting).toBe(0)
    await reading.settle.reject('the store is gone')
    expect(reading.state()).toBe('Stopped')
    expect(reading.failure()).toBeNull()
  })

  it.each(['Draining', 'Flushing'])(
    'stops after a crash in %s, because unfinished work is on disk',
    async (state) => {
      const system = await busy(defects)
      system.drain()
      if (state === 'Flushing') await system.advance(gatewayConfig.drainTimeout)
      expect(system.state()).toBe(state)
      crash(system)
      expect(system.state()).toBe('Ending')
      expect(system.emitted).toContainEqual(
        expect.objectContaining({ type: 'actor.crashed', actor: 'wallet' }),
      )
      await system.settle.resolve([])
      expect(system.state()).toBe('Stopped')
      expect(system.failure()).toBeNull()
    },
  )

  it('still waits for batches in a drain when the ticker crashes', async () => {
    const tick = defectSwitch()
    const system = await busy({ ticker: { actions: { tick: tick.throwIfOn } } })
    system.drain()
    await system.advance(BEAT_MS)
    expect(system.value()).toEqual({
      Active: { Service: 'Draining', ChainMonitor: 'Alive', Ticker: 'Pausing' },
    })
    await system.endBatch()
    await system.commit.resolve(committed)
    await system.advance(GATHER_MS)
    await system.commit.resolve(committed)
    expect(system.state()).toBe('Stopped')
  })

  it('stops without a failure when the ticker keeps crashing in a drain', async () => {
    const system = await busy({ ticker: { actions: { tick: throwDefect } } })
    const crashes = () => system.emitted.filter(({ type }) => type === 'actor.crashed').length
    const isTickerAlive = () => JSON.stringify(system.value()).includes('"Ticker":"Alive"')
    while (crashes() < MOST_FRUITLESS - 1 || !isTickerAlive()) await system.advance(BEAT_MS)
    system.drain()
    await system.advance(BEAT_MS)
    expect(system.state()).toBe('Ending')
    await system.settle.resolve([])
    expect(system.state()).toBe('Stopped')
    expect(system.failure()).toBeNull()
  })

  it('drains and flushes after a restart as usual', async () => {
    const system = await busy(defects)
    crash(system)
    await restart(system)
    system.drain()
    expect(system.state()).toBe('Draining')
    await system.endBatch()
    expect(system.state()).toBe('Flushing')
    await system.commit.resolve(committed)
    await system.advance(GATHER_MS)
    await system.commit.resolve(committed)
    expect(system.state()).toBe('Stopped')
  })
})
