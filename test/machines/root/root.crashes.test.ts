/** The gateway as the supervisor of its actors: what happens when one of them throws. */
import { describe, expect, it } from 'vitest'
import type { EventObject } from 'xstate'
import type { OpsBatcherContext } from '../../../src/machines/opsBatcher/context.ts'
import { ACTORS, type ActorName, ROOT } from '../../../src/machines/protocol.ts'
import { GATHER_MS } from '../../../src/machines/requestTracker/setup.ts'
import { MOST_FRUITLESS } from '../../../src/machines/root/crashes.ts'
import { nothing } from '../../../src/machines/root/root.ts'
import { BEAT_MS } from '../../../src/machines/root/ticker.ts'
import { busy, committed, type Defects, remembered, running, type System } from '../support/gateway.ts'
import { block, gatewayConfig, op } from '../support/samples.ts'

const die = () => {
  throw new Error('a defect')
}

/** Throws as long as it is switched on. */
function fuse() {
  const self = {
    isLit: true,
    burn: () => {
      if (self.isLit) die()
    },
  }
  return self
}

type Provoke = (system: System) => unknown
const say =
  (name: ActorName, event: EventObject): Provoke =>
  (system) =>
    system.say(name, event)

/** How each actor that holds state is made to die of its own action. */
const DEATHS: readonly (readonly [actor: string, Defects, Provoke])[] = [
  [
    'requestTracker',
    { requestTracker: { actions: { enqueueRequest: die } } },
    say('requestTracker', { type: 'record.requested' }),
  ],
  [
    'opsBatcher',
    { opsBatcher: { actions: { removeWithdrawn: die } } },
    say('opsBatcher', { type: 'operations.withdrawn' }),
  ],
  [
    'wallet',
    { wallet: { actions: { enqueueRequest: die } } },
    say('wallet', { type: 'signature.requested' }),
  ],
  [
    'nonceTracker',
    { nonceTracker: { actions: { decideAdmission: die } } },
    say('nonceTracker', { type: 'operation.submitted' }),
  ],
]

/** The pause and the reading that lead to the next life. */
async function restart(system: System, pause = 1_000, recovered = remembered): Promise<void> {
  await system.settle.resolve()
  await system.advance(pause)
  await system.recover.resolve(recovered)
}

describe('an actor that holds state and dies', () => {
  it.each(DEATHS)('takes the others with it, and all begin again: %s', async (actor, defects, provoke) => {
    const system = await running(remembered, defects)
    const former = Object.values(ACTORS).map((name) => system.root.system.get(name))
    provoke(system)
    expect(system.value()).toEqual({ Restarting: 'Settling' })
    expect(former.map((ref) => ref.getSnapshot().status)).not.toContain('active')
    expect(Object.keys(system.root.system.getAll())).toEqual([ROOT])
    expect(system.root.getSnapshot().children).toMatchObject({ settle: {} })
    await system.settle.resolve()
    expect(system.value()).toEqual({ Restarting: 'Pausing' })
    await system.advance(999)
    expect(system.recover.waiting).toBe(0)
    await system.advance(1)
    expect(system.state()).toBe('Recovering')
    await system.recover.resolve(remembered)
    expect(system.state()).toBe('Running')
    expect([...system.read('opsBatcher').context.queue].map(({ id }) => id)).toEqual(['op-2', 'op-3'])
    expect(system.read('opsBatcher').context.slots).toMatchObject([{ batchId: 'batch-1' }])
    expect(system.read('wallet').context.nonces.tracked).toMatchObject([{ nonce: 7 }])
    expect(system.emitted.filter(({ type }) => type === 'actor.crashed')).toMatchObject([{ actor }])
  })

  it('is told of with its name and what it has died of, and counted', async () => {
    const system = await running(nothing, {
      wallet: {
        actions: {
          enqueueRequest: () => {
            throw new TypeError('a secret\nof two lines')
          },
        },
      },
    })
    system.say('wallet', { type: 'signature.requested' })
    await restart(system, 1_000, nothing)
    system.say('wallet', { type: 'signature.requested' })
    expect(system.emitted.filter(({ type }) => type === 'actor.crashed')).toEqual([
      {
        type: 'actor.crashed',
        actor: 'wallet',
        message: 'TypeError: a … of two lines',
        stack: expect.stringMatching(/^TypeError: a …\nof two lines\n {4}at /),
        restarts: 1,
        at: 0,
      },
      expect.objectContaining({ restarts: 2, at: 1_000 }),
    ])
    expect(system.root.getSnapshot().context.crashes.counts).toEqual({ wallet: 2 })
  })

  it('is a batch too: it dies as the opsBatcher', async () => {
    const notePause = fuse()
    const system = await running(remembered, {
      pendingBatch: { actions: { notePause: notePause.burn } },
    })
    await system.batch.look.reject('no answer')
    expect(system.value()).toEqual({ Restarting: 'Settling' })
    expect(system.emitted).toContainEqual(
      expect.objectContaining({ type: 'actor.crashed', actor: 'opsBatcher' }),
    )
    notePause.isLit = false
    await restart(system)
    await system.endBatch()
    expect(system.read('opsBatcher').context.slots).toEqual([])
  })

  it('may die at its birth, and so may two at once', async () => {
    const [batcher, tracker] = [fuse(), fuse()]
    const system = await running(remembered, {
      opsBatcher: { actions: { resumeBatches: batcher.burn } },
      nonceTracker: { actions: { resumeQueued: tracker.burn } },
    })
    expect(system.value()).toEqual({ Restarting: 'Settling' })
    expect(system.root.getSnapshot().context.crashes.counts).toEqual({ opsBatcher: 1, nonceTracker: 1 })
    batcher.isLit = false
    tracker.isLit = false
    await restart(system, 2_000)
    expect(system.state()).toBe('Running')
  })

  it('may die while it spawns a batch: the slot is free for the next life', async () => {
    const defect = fuse()
    const hasReady = ({ context }: { context: OpsBatcherContext }) => {
      if (context.batchNumber > 0) defect.burn()
      return context.queue.size > 0
    }
    const queued = { ...nothing, queued: [op(1)] }
    const system = await running(queued, { opsBatcher: { guards: { hasReady } } })
    const send = async () => {
      await system.reading.resolve({ chainNonce: 8, balance: '1000', blockNumber: 6, at: 0 })
      system.see(1)
      await system.advance(gatewayConfig.batching.batchWindow)
    }
    await send()
    expect(system.value()).toEqual({ Restarting: 'Settling' })
    expect(system.born).toContain('slot-0')
    defect.isLit = false
    await restart(system, 1_000, queued)
    await send()
    expect(system.read('opsBatcher').children).toHaveProperty('slot-0')
    expect(system.state()).toBe('Running')
  })
})

describe('what was under way when an actor died', () => {
  it('is waited for when it is a commit: nothing is read back before it has ended', async () => {
    const system = await busy({ wallet: { actions: { enqueueRequest: die } } })
    system.say('wallet', { type: 'signature.requested' })
    await system.advance(600_000)
    expect(system.value()).toEqual({ Restarting: 'Settling' })
    expect(system.recover.inputs).toHaveLength(1)
    await system.settle.resolve()
    await system.advance(1_000)
    expect(system.recover.inputs).toHaveLength(2)
  })

  it('is not heard of again: batches of an opsBatcher that died do not go on without it', async () => {
    const system = await running(remembered, { opsBatcher: { actions: { removeWithdrawn: die } } })
    const orphan = system.read('opsBatcher').children['slot-0']
    const [question] = system.batch.look.inputs
    system.say('opsBatcher', { type: 'operations.withdrawn' })
    expect(orphan?.getSnapshot().status).toBe('stopped')
    expect(system.batch.look.waiting).toBe(0)
    await restart(system)
    expect(system.batch.look.waiting).toBe(1)
    expect(system.batch.look.inputs).toEqual([question, question])
    expect(system.commit.inputs).toEqual([])
  })

  it('is not heard of again: what the others had asked for', async () => {
    const system = await busy({ nonceTracker: { actions: { decideAdmission: die } } })
    expect(system.reading.waiting).toBe(1)
    expect(system.commit.waiting).toBe(1)
    system.say('nonceTracker', { type: 'operation.submitted' })
    expect(system.reading.waiting).toBe(0)
    expect(system.commit.waiting).toBe(0)
    expect(system.watchers.size).toBe(0)
    await restart(system)
    expect(system.read('requestTracker').context).toMatchObject({ waiting: [], writing: [] })
  })

  it('does not keep the queue of a former life', async () => {
    const system = await running(remembered, { wallet: { actions: { enqueueRequest: die } } })
    system.say('wallet', { type: 'signature.requested' })
    await restart(system, 1_000, nothing)
    expect(system.read('opsBatcher').context).toMatchObject({ queue: { size: 0 }, slots: [] })
    expect(system.root.getSnapshot().context.recovered).toEqual(nothing)
  })
})

describe('an actor without state that dies', () => {
  it('is started again alone: the chainMonitor, and the batcher does not send meanwhile', async () => {
    const defect = fuse()
    defect.isLit = false
    const isNewBlock = () => {
      defect.burn()
      return true
    }
    const system = await running(remembered, { chainMonitor: { guards: { isNewBlock } } })
    const others = () =>
      Object.values(ACTORS)
        .filter((name) => name !== 'chainMonitor')
        .map((name) => system.root.system.get(name))
    const before = others()
    system.see(1)
    expect(system.read('opsBatcher').context.isChainFollowed).toBe(true)
    defect.isLit = true
    const [watcher] = system.watchers
    system.see(2)
    expect(system.value()).toEqual({
      Active: { Service: 'Running', ChainMonitor: 'Pausing', Ticker: 'Alive' },
    })
    expect(system.read('opsBatcher').context.isChainFollowed).toBe(false)
    expect(system.watchers.size).toBe(0)
    defect.isLit = false
    await system.advance(1_000)
    expect(system.value()).toMatchObject({ Active: { ChainMonitor: 'Alive' } })
    expect([...system.watchers]).not.toContain(watcher)
    // From where the former one was: a reorg meanwhile is seen.
    expect(system.watched).toEqual([remembered.head, block(1)])
    system.see(3)
    expect(system.read('opsBatcher').context).toMatchObject({
      isChainFollowed: true,
      chain: { blockNumber: 3 },
    })
    expect(others()).toEqual(before)
    expect(system.emitted).toContainEqual(
      expect.objectContaining({ type: 'actor.crashed', actor: 'chainMonitor' }),
    )
  })

  it('is started again alone: the ticker', async () => {
    const tick = fuse()
    const system = await running(remembered, { ticker: { actions: { tick: tick.burn } } })
    await system.advance(BEAT_MS)
    expect(system.value()).toEqual({
      Active: { Service: 'Running', ChainMonitor: 'Alive', Ticker: 'Pausing' },
    })
    const { born } = system
    const births = born.length
    await system.advance(1_000)
    expect(born.slice(births)).toEqual(['ticker'])
    expect(system.value()).toMatchObject({ Active: { Ticker: 'Alive' } })
    await system.advance(BEAT_MS)
    await system.advance(1_999)
    expect(system.value()).toMatchObject({ Active: { Ticker: 'Pausing' } })
    await system.advance(1)
    expect(system.value()).toMatchObject({ Active: { Ticker: 'Alive' } })
    expect(system.root.getSnapshot().context.crashes.counts).toEqual({ ticker: 2 })
  })

  it('ends the gateway when it does nothing but die', async () => {
    const system = await running(nothing, { ticker: { actions: { tick: die } } })
    const crashes = () => system.emitted.filter(({ type }) => type === 'actor.crashed').length
    while (crashes() < MOST_FRUITLESS) {
      expect(system.state()).toBe('Running')
      await system.advance(BEAT_MS)
    }
    expect(system.value()).toEqual({ Restarting: 'Settling' })
    await system.settle.resolve()
    expect(system.state()).toBe('Failed')
    expect(system.failure()).toEqual(new Error('a defect'))
  })
})

describe('dying again and again', () => {
  const kill = (system: System) => system.say('wallet', { type: 'signature.requested' })

  it('pauses longer each time, and again a second after a calm time', async () => {
    const system = await running(nothing, { wallet: { actions: { enqueueRequest: die } } })
    for (const pause of [1_000, 2_000, 4_000]) {
      kill(system)
      await system.settle.resolve()
      await system.advance(pause - 1)
      expect(system.value()).toEqual({ Restarting: 'Pausing' })
      await system.advance(1)
      await system.recover.resolve(nothing)
    }
    await system.advance(120_000)
    kill(system)
    await restart(system, 1_000, nothing)
    expect(system.state()).toBe('Running')
  })

  it('ends it with what the last has died of, when no batch came to its end in between', async () => {
    const system = await running(nothing, { wallet: { actions: { enqueueRequest: die } } })
    for (let crashes = 1; crashes < MOST_FRUITLESS; crashes += 1) {
      kill(system)
      await restart(system, 30_000, nothing)
    }
    expect(system.state()).toBe('Running')
    kill(system)
    expect(system.root.getSnapshot().status).toBe('active')
    await system.settle.resolve()
    expect(system.state()).toBe('Failed')
    expect(system.root.getSnapshot().status).toBe('done')
    expect(system.failure()).toEqual(new Error('a defect'))
  })

  it('does not end it as long as batches come to their ends', async () => {
    const system = await running(remembered, { wallet: { actions: { applyReading: die } } })
    for (let crashes = 1; crashes < 2 * MOST_FRUITLESS; crashes += 1) {
      await system.endBatch()
      await system.reading.resolve({ chainNonce: 8, balance: '1000', blockNumber: 6, at: 0 })
      await restart(system, 30_000)
    }
    expect(system.state()).toBe('Running')
  })

  it('counts a recovery that fails, which ends a first start', async () => {
    const system = await running(nothing, { wallet: { actions: { enqueueRequest: die } } })
    kill(system)
    await system.settle.resolve()
    await system.advance(1_000)
    await system.recover.reject('disk on fire')
    expect(system.value()).toEqual({ Restarting: 'Settling' })
    expect(system.emitted.at(-1)).toMatchObject({ actor: 'recover', message: 'Error: disk on fire' })
    await restart(system, 2_000, nothing)
    expect(system.state()).toBe('Running')
  })
})

describe('stopping and dying', () => {
  const kill = (system: System) => system.say('wallet', { type: 'signature.requested' })
  const defects: Defects = { wallet: { actions: { enqueueRequest: die } } }

  it('a stop while it restarts ends when the commit under way has, and starts nothing', async () => {
    const system = await busy(defects)
    kill(system)
    system.drain()
    expect(system.state()).toBe('Ending')
    await system.settle.resolve()
    expect(system.state()).toBe('Stopped')
    expect(system.root.getSnapshot().status).toBe('done')
    expect(system.failure()).toBeNull()
    expect(system.recover.inputs).toHaveLength(1)
  })

  it('a stop does not wait for a commit beyond the deadline', async () => {
    const system = await busy(defects)
    kill(system)
    system.drain()
    await system.advance(gatewayConfig.drainTimeout - 1)
    expect(system.state()).toBe('Ending')
    await system.advance(1)
    expect(system.state()).toBe('Stopped')
  })

  it('a stop in the pause, and one while the store is read, end it too', async () => {
    const pausing = await running(remembered, defects)
    kill(pausing)
    await pausing.settle.resolve()
    pausing.drain()
    await pausing.settle.resolve()
    expect(pausing.state()).toBe('Stopped')
    await pausing.advance(60_000)
    expect(pausing.recover.inputs).toHaveLength(1)

    const reading = await running(remembered, defects)
    kill(reading)
    await reading.settle.resolve()
    await reading.advance(1_000)
    reading.drain()
    expect(reading.recover.waiting).toBe(0)
    await reading.settle.reject('the store is gone')
    expect(reading.state()).toBe('Stopped')
    expect(reading.failure()).toBeNull()
  })

  it.each(['Draining', 'Flushing'])(
    'a crash in %s ends it: what is not finished is on disk',
    async (state) => {
      const system = await busy(defects)
      system.drain()
      if (state === 'Flushing') await system.advance(gatewayConfig.drainTimeout)
      expect(system.state()).toBe(state)
      kill(system)
      expect(system.state()).toBe('Ending')
      expect(system.emitted).toContainEqual(
        expect.objectContaining({ type: 'actor.crashed', actor: 'wallet' }),
      )
      await system.settle.resolve()
      expect(system.state()).toBe('Stopped')
      expect(system.failure()).toBeNull()
    },
  )

  it('a ticker that dies while it drains does not end the wait for batches', async () => {
    const tick = fuse()
    const system = await busy({ ticker: { actions: { tick: tick.burn } } })
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

  it('one that does nothing but die while it drains ends it, and that is a stop, not a failure', async () => {
    const system = await busy({ ticker: { actions: { tick: die } } })
    const crashes = () => system.emitted.filter(({ type }) => type === 'actor.crashed').length
    const isAlive = () => JSON.stringify(system.value()).includes('"Ticker":"Alive"')
    while (crashes() < MOST_FRUITLESS - 1 || !isAlive()) await system.advance(BEAT_MS)
    system.drain()
    await system.advance(BEAT_MS)
    expect(system.state()).toBe('Ending')
    await system.settle.resolve()
    expect(system.state()).toBe('Stopped')
    expect(system.failure()).toBeNull()
  })

  it('after a restart, a stop is as any other', async () => {
    const system = await busy(defects)
    kill(system)
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
