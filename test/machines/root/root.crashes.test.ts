/** The gateway as supervisor: an actor throws, and the gateway restarts from the store. */
import { describe, expect, it } from 'vitest'
import type { EventObject } from 'xstate'
import type { OpsBatcherContext } from '../../../src/machines/opsBatcher/context.ts'
import { ACTORS, type ActorName, ROOT } from '../../../src/machines/protocol.ts'
import { emptyStart } from '../../../src/machines/root/context.ts'
import { MOST_FRUITLESS } from '../../../src/machines/root/crashes.ts'
import { BEAT_MS } from '../../../src/machines/root/ticker.ts'
import { defectSwitch, restart, throwDefect } from '../support/defects.ts'
import { busy, type Defects, remembered, running, type System } from '../support/gateway.ts'
import { batching, block, op } from '../support/samples.ts'

type Provoke = (system: System) => unknown
const say =
  (name: ActorName, event: EventObject): Provoke =>
  (system) =>
    system.say(name, event)

/** For each actor with state: a defect in an action, and the event that runs the action. */
const CRASHES: readonly (readonly [actor: string, Defects, Provoke])[] = [
  [
    'requestTracker',
    { requestTracker: { actions: { enqueueRequest: throwDefect } } },
    say('requestTracker', { type: 'record.requested' }),
  ],
  [
    'opsBatcher',
    { opsBatcher: { actions: { removeWithdrawn: throwDefect } } },
    say('opsBatcher', { type: 'operations.withdrawn' }),
  ],
  [
    'wallet',
    { wallet: { actions: { enqueueRequest: throwDefect } } },
    say('wallet', { type: 'signature.requested' }),
  ],
  [
    'nonceTracker',
    { nonceTracker: { actions: { decideAdmission: throwDefect } } },
    say('nonceTracker', { type: 'operation.submitted' }),
  ],
]

describe('an actor with state that crashes', () => {
  it.each(CRASHES)(
    'stops all actors, and all restart from the store: %s',
    async (actor, defects, provoke) => {
      const system = await running(remembered, defects)
      const former = Object.values(ACTORS)
        .filter((name) => name !== 'intake' && name !== 'seat')
        .map((name) => system.root.system.get(name))
      provoke(system)
      expect(system.value()).toEqual({ Restarting: 'Settling' })
      expect(former.map((ref) => ref.getSnapshot().status)).not.toContain('active')
      expect(Object.keys(system.root.system.getAll()).sort()).toEqual([ROOT, 'intake', 'seat'])
      expect(system.settle.waiting).toBe(1)
      await system.settle.resolve([])
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
    },
  )

  it('is reported with its name and its error, and counted', async () => {
    const system = await running(emptyStart, {
      wallet: {
        actions: {
          enqueueRequest: () => {
            throw new TypeError('a secret\nof two lines')
          },
        },
      },
    })
    system.say('wallet', { type: 'signature.requested' })
    await restart(system, 1_000, emptyStart)
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

  it('counts as the opsBatcher if a batch crashes', async () => {
    const noteFailing = defectSwitch()
    const system = await running(remembered, {
      pendingBatch: { actions: { noteFailing: noteFailing.throwIfOn } },
    })
    await system.batch.look.reject('no answer')
    expect(system.value()).toEqual({ Restarting: 'Settling' })
    expect(system.emitted).toContainEqual(
      expect.objectContaining({ type: 'actor.crashed', actor: 'opsBatcher' }),
    )
    noteFailing.isOn = false
    await restart(system)
    await system.endBatch()
    expect(system.read('opsBatcher').context.slots).toEqual([])
  })

  it('may crash on start, even together with a second actor', async () => {
    const [batcher, tracker] = [defectSwitch(), defectSwitch()]
    const system = await running(remembered, {
      opsBatcher: { actions: { resumeBatches: batcher.throwIfOn } },
      nonceTracker: { actions: { resumeQueued: tracker.throwIfOn } },
    })
    expect(system.value()).toEqual({ Restarting: 'Settling' })
    expect(system.root.getSnapshot().context.crashes.counts).toEqual({ opsBatcher: 1, nonceTracker: 1 })
    batcher.isOn = false
    tracker.isOn = false
    await restart(system, 2_000)
    expect(system.state()).toBe('Running')
  })

  it('may crash while spawning a batch, and the slot is free after the restart', async () => {
    const defect = defectSwitch()
    const hasReady = ({ context }: { context: OpsBatcherContext }) => {
      if (context.batchNumber > 0) defect.throwIfOn()
      return context.queue.size > 0
    }
    const queued = { ...emptyStart, queued: [op(1)] }
    const system = await running(queued, { opsBatcher: { guards: { hasReady } } })
    const send = async () => {
      await system.reading.resolve({ chainNonce: 8, balance: '1000', blockNumber: 6, at: 0 })
      system.see(1)
      await system.advance(batching.batchWindow)
    }
    await send()
    expect(system.value()).toEqual({ Restarting: 'Settling' })
    expect(system.spawned).toContain('slot-0')
    defect.isOn = false
    await restart(system, 1_000, queued)
    await send()
    expect(system.read('opsBatcher').children).toHaveProperty('slot-0')
    expect(system.state()).toBe('Running')
  })
})

describe('work in progress when an actor crashes', () => {
  it('delays the restart if a commit is running: the store is read only after the commit', async () => {
    const system = await busy({ wallet: { actions: { enqueueRequest: throwDefect } } })
    system.say('wallet', { type: 'signature.requested' })
    await system.advance(600_000)
    expect(system.value()).toEqual({ Restarting: 'Settling' })
    expect(system.recover.inputs).toHaveLength(1)
    await system.settle.resolve([])
    await system.advance(1_000)
    expect(system.recover.inputs).toHaveLength(2)
  })

  it('ends for the batches of a crashed opsBatcher', async () => {
    const system = await running(remembered, { opsBatcher: { actions: { removeWithdrawn: throwDefect } } })
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

  it('ends for the effects of all other actors', async () => {
    const system = await busy({ nonceTracker: { actions: { decideAdmission: throwDefect } } })
    expect(system.reading.waiting).toBe(1)
    expect(system.commit.waiting).toBe(1)
    system.say('nonceTracker', { type: 'operation.submitted' })
    expect(system.reading.waiting).toBe(0)
    expect(system.commit.waiting).toBe(0)
    expect(system.watchers.size).toBe(0)
    await restart(system)
    expect(system.read('requestTracker').context).toMatchObject({ waiting: [], writing: [] })
  })

  it('leaves nothing in the queue except operations from the store', async () => {
    const system = await running(remembered, { wallet: { actions: { enqueueRequest: throwDefect } } })
    system.say('wallet', { type: 'signature.requested' })
    await restart(system, 1_000, emptyStart)
    expect(system.read('opsBatcher').context).toMatchObject({ queue: { size: 0 }, slots: [] })
    expect(system.root.getSnapshot().context.recovered).toEqual(emptyStart)
  })
})

describe('an actor without state that crashes', () => {
  it('restarts alone: the chainMonitor, and the batcher does not send until then', async () => {
    const defect = defectSwitch()
    defect.isOn = false
    const isNewBlock = () => {
      defect.throwIfOn()
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
    defect.isOn = true
    const [watcher] = system.watchers
    system.see(2)
    expect(system.value()).toEqual({
      Active: { Service: 'Running', ChainMonitor: 'Pausing', Ticker: 'Alive' },
    })
    expect(system.read('opsBatcher').context.isChainFollowed).toBe(false)
    expect(system.watchers.size).toBe(0)
    defect.isOn = false
    await system.advance(1_000)
    expect(system.value()).toMatchObject({ Active: { ChainMonitor: 'Alive' } })
    expect([...system.watchers]).not.toContain(watcher)
    // The new watcher continues at the last seen block. So a reorg during the pause is noticed.
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

  it('restarts alone: the ticker', async () => {
    const tick = defectSwitch()
    const system = await running(remembered, { ticker: { actions: { tick: tick.throwIfOn } } })
    await system.advance(BEAT_MS)
    expect(system.value()).toEqual({
      Active: { Service: 'Running', ChainMonitor: 'Alive', Ticker: 'Pausing' },
    })
    const { spawned } = system
    const before = spawned.length
    await system.advance(1_000)
    expect(spawned.slice(before)).toEqual(['ticker'])
    expect(system.value()).toMatchObject({ Active: { Ticker: 'Alive' } })
    await system.advance(BEAT_MS)
    await system.advance(1_999)
    expect(system.value()).toMatchObject({ Active: { Ticker: 'Pausing' } })
    await system.advance(1)
    expect(system.value()).toMatchObject({ Active: { Ticker: 'Alive' } })
    expect(system.root.getSnapshot().context.crashes.counts).toEqual({ ticker: 2 })
  })

  it('fails the gateway after too many crashes in a row', async () => {
    const system = await running(emptyStart, { ticker: { actions: { tick: throwDefect } } })
    const crashes = () => system.emitted.filter(({ type }) => type === 'actor.crashed').length
    while (crashes() < MOST_FRUITLESS) {
      expect(system.state()).toBe('Running')
      await system.advance(BEAT_MS)
    }
    expect(system.value()).toEqual({ Restarting: 'Settling' })
    await system.settle.resolve([])
    expect(system.state()).toBe('Failed')
    expect(system.failure()).toEqual(new Error('a defect'))
  })
})
