import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createActor, type EventObject, fromCallback, SimulatedClock } from 'xstate'
import type { StartingPoint } from '../../src/domain/recovery.ts'
import type { StoreWrite } from '../../src/domain/writes.ts'
import { chainMonitorMachine, type WatchEvent } from '../../src/machines/chainMonitor.ts'
import { gatewayMachine } from '../../src/machines/gateway.ts'
import { nonceTrackerMachine } from '../../src/machines/nonceTracker.ts'
import { opsBatcherMachine } from '../../src/machines/opsBatcher.ts'
import { pendingBatchMachine } from '../../src/machines/pendingBatch.ts'
import { ACTORS, type ActorName } from '../../src/machines/protocol.ts'
import { type CommitReport, requestTrackerMachine } from '../../src/machines/requestTracker.ts'
import { tickerMachine } from '../../src/machines/ticker.ts'
import { walletMachine } from '../../src/machines/wallet.ts'
import type { ReadInput, WalletReading } from '../../src/machines/walletSetup.ts'
import { batchEffects } from './support/batchEffects.ts'
import { Deferred } from './support/deferred.ts'
import {
  address,
  attempt,
  batchRecord,
  block,
  gas,
  gatewayConfig,
  inclusion,
  inLane,
  op,
} from './support/samples.ts'

type Machines = Parameters<typeof gatewayMachine.provide>[0]['actors']

/** The whole system with the effects that a start and a stop need; `others` replaces further machines. */
function setting(others: Machines = {}) {
  const clock = new SimulatedClock()
  const world = { settle: () => setImmediate() }
  const prepare = new Deferred<void>(world)
  const recover = new Deferred<StartingPoint>(world)
  const commit = new Deferred<CommitReport, { readonly writes: readonly StoreWrite[] }>(world)
  const reading = new Deferred<WalletReading, ReadInput>(world)
  const { machine: pendingBatch, look, outcome } = batchEffects(world)
  const born: string[] = []
  let watcher: (event: WatchEvent) => void = () => {}
  const machine = gatewayMachine.provide({
    actors: {
      prepare: prepare.logic,
      recover: recover.logic,
      requestTracker: requestTrackerMachine.provide({ actors: { commit: commit.logic } }),
      wallet: walletMachine.provide({ actors: { readWallet: reading.logic } }),
      opsBatcher: opsBatcherMachine.provide({ actors: { pendingBatch } }),
      chainMonitor: chainMonitorMachine.provide({
        actors: {
          watchBlocks: fromCallback<WatchEvent>(({ sendBack }) => {
            watcher = sendBack
          }),
        },
      }),
      ...others,
    },
  })
  const root = createActor(machine, {
    clock,
    input: {
      config: gatewayConfig,
      walletAddress: address('a'),
      gas,
      newId: () => 'batch-9',
      now: () => clock.now(),
    },
    inspect: (inspection) => {
      if (inspection.type === '@xstate.actor' && 'id' in inspection.actorRef)
        born.push(String(inspection.actorRef.id))
    },
  })
  root.start()
  const state = () => root.getSnapshot().value
  const failure = () => root.getSnapshot().context.failure
  const advance = (ms: number) => {
    clock.increment(ms)
    return setImmediate()
  }
  const see = (number: number) => watcher({ type: 'block.seen', head: block(number) })
  /** The batch in flight is found in a block, and landed. */
  const endBatch = async () => {
    see(5)
    await look.resolve({ inclusion: inclusion(attempt(7).hash, 5), consumedBy: null, blockNumber: 5 })
    await outcome.resolve({ type: 'settled', statuses: {}, gasUsed: 1 })
  }
  return { root, born, prepare, recover, commit, reading, look, state, failure, advance, see, endBatch }
}

const nothing: StartingPoint = { queued: [], batches: [], settled: [], nextSequence: 1 }

const riding = inLane(1, 'a', 3)
const remembered: StartingPoint = {
  queued: [inLane(2, 'a', 4), op(3)],
  batches: [
    { record: batchRecord(), operations: [riding], attempts: [attempt(7), attempt(7, { maxFeePerGas: 12 })] },
  ],
  settled: [
    { batchId: 'batch-0', inclusion: inclusion(attempt(6).hash, 4), operations: [inLane(0, 'a', 2)] },
  ],
  nextSequence: 4,
}

/** A gateway that runs. */
async function running(recovered: StartingPoint = nothing, others: Machines = {}) {
  const all = setting(others)
  await all.prepare.resolve()
  await all.recover.resolve(recovered)
  return all
}

const committed: CommitReport = { writes: 1, duration: 1, at: 0 }

/** A gateway that runs with a batch in flight, and a write that is not on disk. */
async function busy() {
  const all = await running(remembered)
  all.root.system.get(ACTORS.requestTracker).send({
    type: 'record.requested',
    writes: [{ type: 'pruned', before: 0 }],
    reply: null,
    onFailure: 'retry',
  })
  return all
}

describe('gateway starting', () => {
  it('checks the chain and the store, loads what they remember, and only then brings the actors to life', async () => {
    const { prepare, recover, state, born } = setting()
    expect(state()).toBe('Starting')
    await prepare.resolve()
    expect(state()).toBe('Recovering')
    expect(born.filter((id) => id in ACTORS)).toEqual([])
    await recover.resolve(nothing)
    expect(state()).toEqual({ Active: 'Running' })
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
    const { root, look } = await running(remembered)
    const read = (name: keyof typeof ACTORS) => root.system.get(name).getSnapshot().context
    expect([...read('opsBatcher').queue].map(({ id }) => id)).toEqual(['op-2', 'op-3'])
    expect(read('opsBatcher').slots).toMatchObject([{ batchId: 'batch-1', operations: [riding] }])
    expect(read('opsBatcher').settled).toEqual(remembered.settled)
    expect(look.inputs).toMatchObject([{ nonce: 7, hashes: { length: 2 } }])
    expect(read('wallet').nonces.tracked).toMatchObject([{ nonce: 7, hashes: { length: 2 } }])
    expect(read('nonceTracker').lanes.lanes.get('a').members).toHaveLength(2)
    expect(read('nonceTracker').nextSequence).toBe(4)
    expect(root.getSnapshot().context.recovered).toEqual(nothing)
  })
})

describe('gateway stopping', () => {
  it('stops at once when nothing is in flight', async () => {
    const { root, state } = await running()
    root.send({ type: 'drain' })
    expect(state()).toBe('Stopped')
    expect(root.getSnapshot().status).toBe('done')
  })

  it('waits for the last batch, and then for the last write', async () => {
    const { root, commit, endBatch, state } = await busy()
    root.send({ type: 'drain' })
    expect(state()).toEqual({ Active: 'Draining' })
    await endBatch()
    expect(state()).toEqual({ Active: 'Flushing' })
    await commit.resolve(committed)
    expect(state()).toEqual({ Active: 'Flushing' })
    await commit.resolve(committed)
    expect(state()).toBe('Stopped')
    const written = commit.inputs.flatMap(({ writes }) => writes.map(({ type }) => type))
    expect(written).toEqual(['pruned', 'batch.included', 'batch.settled'])
  })

  it('does not wait for a batch beyond the deadline: what is known of it is on disk', async () => {
    const { root, commit, advance, state } = await busy()
    root.send({ type: 'drain' })
    await advance(gatewayConfig.drainTimeout - 1)
    expect(state()).toEqual({ Active: 'Draining' })
    await advance(1)
    expect(state()).toEqual({ Active: 'Flushing' })
    await commit.resolve(committed)
    expect(state()).toBe('Stopped')
  })

  it('flushes what a batch writes that ends when it was not waited for any more', async () => {
    const { root, commit, advance, endBatch, state } = await busy()
    root.send({ type: 'drain' })
    await advance(gatewayConfig.drainTimeout)
    await endBatch()
    expect(state()).toEqual({ Active: 'Flushing' })
    await commit.resolve(committed)
    expect(state()).toEqual({ Active: 'Flushing' })
    await commit.resolve(committed)
    expect(state()).toBe('Stopped')
  })

  it('does not wait for a store beyond the deadline', async () => {
    const { root, endBatch, advance, state } = await busy()
    root.send({ type: 'drain' })
    await endBatch()
    await advance(gatewayConfig.drainTimeout - 1)
    expect(state()).toEqual({ Active: 'Flushing' })
    await advance(1)
    expect(state()).toBe('Stopped')
  })

  it('is not disturbed by what actors still say to the batcher when that has ended', async () => {
    const { root, commit, reading, endBatch, advance, see, state, failure } = await busy()
    root.send({ type: 'drain' })
    await endBatch()
    expect(root.system.get(ACTORS.opsBatcher)).toBeUndefined()
    await advance(1_000)
    see(6)
    await reading.resolve({ chainNonce: 8, balance: '1000', blockNumber: 6, at: 0 })
    await commit.resolve(committed)
    await commit.resolve(committed)
    expect(failure()).toBeNull()
    expect(state()).toBe('Stopped')
  })
})

const die = () => {
  throw new Error('a defect')
}

describe('gateway whose actor dies', () => {
  type Provoke = (gateway: ReturnType<typeof setting>) => void
  const say =
    (name: ActorName, event: EventObject): Provoke =>
    ({ root }) =>
      root.system.get(name)?.send(event)
  const beat: Provoke = ({ advance }) => advance(250)

  it.each<[string, Machines, Provoke]>([
    [
      'requestTracker',
      { requestTracker: requestTrackerMachine.provide({ actions: { enqueueWrite: die } }) },
      say('requestTracker', { type: 'record.requested' }),
    ],
    [
      'opsBatcher',
      { opsBatcher: opsBatcherMachine.provide({ actions: { addReady: die } }) },
      say('opsBatcher', { type: 'operations.ready' }),
    ],
    [
      'wallet',
      { wallet: walletMachine.provide({ actions: { enqueueRequest: die } }) },
      say('wallet', { type: 'signature.requested' }),
    ],
    [
      'nonceTracker',
      { nonceTracker: nonceTrackerMachine.provide({ actions: { decideAdmission: die } }) },
      say('nonceTracker', { type: 'operation.submitted' }),
    ],
    ['chainMonitor', { chainMonitor: chainMonitorMachine.provide({ actions: { noteFailure: die } }) }, beat],
    ['ticker', { ticker: tickerMachine.provide({ actions: { tick: die } }) }, beat],
  ])('fails with what the %s has died of', async (_, machines, provoke) => {
    const gateway = await running(nothing, machines)
    provoke(gateway)
    expect(gateway.state()).toBe('Failed')
    expect(gateway.failure()).toEqual(new Error('a defect'))
    expect(gateway.root.getSnapshot().status).toBe('done')
  })

  it('fails with what a batch has died of', async () => {
    const pendingBatch = pendingBatchMachine.provide({ actions: { notePause: die } })
    const { state, failure } = await running(remembered, {
      opsBatcher: opsBatcherMachine.provide({ actors: { pendingBatch } }),
    })
    expect(state()).toBe('Failed')
    expect(failure()).toEqual(new Error('a defect'))
  })
})
