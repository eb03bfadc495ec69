/** The whole actor system. The test answers the effects of a start, a stop and a restart. */
import { setImmediate } from 'node:timers/promises'
import { createActor, type EventObject, fromCallback, SimulatedClock } from 'xstate'
import type { OperationId } from '../../../src/domain/operation.ts'
import type { StartingPoint } from '../../../src/domain/recovery.ts'
import type { SeatReport } from '../../../src/domain/seat.ts'
import type { StoreWrite } from '../../../src/domain/writes.ts'
import { nameRootState } from '../../../src/gateway/views.ts'
import { chainMonitorMachine } from '../../../src/machines/chainMonitor/chainMonitor.ts'
import type { WatchEvent, WatchInput } from '../../../src/machines/chainMonitor/context.ts'
import { intakeMachine } from '../../../src/machines/intake/intake.ts'
import { nonceTrackerMachine } from '../../../src/machines/nonceTracker/nonceTracker.ts'
import { opsBatcherMachine } from '../../../src/machines/opsBatcher/opsBatcher.ts'
import type { pendingBatchMachine } from '../../../src/machines/pendingBatch/pendingBatch.ts'
import { type ActorName, ROOT } from '../../../src/machines/protocol.ts'
import { requestTrackerMachine } from '../../../src/machines/requestTracker/requestTracker.ts'
import type { CommitReport } from '../../../src/machines/requestTracker/setup.ts'
import { emptyStart } from '../../../src/machines/root/context.ts'
import { gatewayMachine } from '../../../src/machines/root/root.ts'
import { tickerMachine } from '../../../src/machines/root/ticker.ts'
import { seatMachine } from '../../../src/machines/seat/seat.ts'
import type { ReadInput, WalletReading } from '../../../src/machines/wallet/context.ts'
import { walletMachine } from '../../../src/machines/wallet/wallet.ts'
import { batchEffects } from './batchEffects.ts'
import { Deferred } from './deferred.ts'
import { address, attempt, batchRecord, block, gas, gatewayConfig, inclusion, inLane, op } from './samples.ts'
import { isActor } from './stage.ts'

type Broken<M extends { provide: (implementations: never) => unknown }> = Pick<
  Parameters<M['provide']>[0],
  'actions' | 'guards'
>

/** Defects by actor: actions and guards that replace the real implementations. */
export interface Defects {
  readonly chainMonitor?: Broken<typeof chainMonitorMachine>
  readonly intake?: Broken<typeof intakeMachine>
  readonly nonceTracker?: Broken<typeof nonceTrackerMachine>
  readonly opsBatcher?: Broken<typeof opsBatcherMachine>
  readonly pendingBatch?: Broken<typeof pendingBatchMachine>
  readonly seat?: Broken<typeof seatMachine>
  readonly requestTracker?: Broken<typeof requestTrackerMachine>
  readonly ticker?: Broken<typeof tickerMachine>
  readonly wallet?: Broken<typeof walletMachine>
}

interface Emitted extends EventObject {
  readonly [detail: string]: unknown
}

/** @param databaseUrl null: a store of this process alone, so that the seat is granted at once */
export function setting(defects: Defects = {}, databaseUrl: string | null = null) {
  const clock = new SimulatedClock()
  const world = { settle: () => setImmediate() }
  const prepare = new Deferred<void>(world)
  const recover = new Deferred<StartingPoint>(world)
  const take = new Deferred<SeatReport>(world)
  const renew = new Deferred<void>(world)
  const settle = new Deferred<readonly OperationId[], { readonly ids: readonly OperationId[] }>(world)
  const commit = new Deferred<CommitReport, { readonly writes: readonly StoreWrite[] }>(world)
  const reading = new Deferred<WalletReading, ReadInput>(world)
  const batch = batchEffects(world)
  const spawned: string[] = []
  const emitted: Emitted[] = []
  const watchers = new Set<(event: WatchEvent) => void>()
  /** For each watcher, the block from which the watcher continues. */
  const watched: WatchInput['head'][] = []
  const machine = gatewayMachine.provide({
    actors: {
      prepareStart: prepare.logic,
      recover: recover.logic,
      seat: seatMachine.provide({
        actors: { takeSeat: take.logic, renewSeat: renew.logic },
        ...defects.seat,
      }),
      intake: intakeMachine.provide({ actors: { findStored: settle.logic }, ...defects.intake }),
      requestTracker: requestTrackerMachine.provide({
        actors: { writeRecords: commit.logic },
        ...defects.requestTracker,
      }),
      wallet: walletMachine.provide({ actors: { readAccount: reading.logic }, ...defects.wallet }),
      nonceTracker: nonceTrackerMachine.provide({ ...defects.nonceTracker }),
      opsBatcher: opsBatcherMachine.provide({
        actors: { pendingBatch: batch.machine.provide({ ...defects.pendingBatch }) },
        ...defects.opsBatcher,
      }),
      chainMonitor: chainMonitorMachine.provide({
        actors: {
          watchBlocks: fromCallback<WatchEvent, WatchInput>(({ sendBack, input }) => {
            watchers.add(sendBack)
            watched.push(input.head)
            return () => watchers.delete(sendBack)
          }),
        },
        ...defects.chainMonitor,
      }),
      ticker: tickerMachine.provide({ ...defects.ticker }),
    },
  })
  let batches = 8
  const root = createActor(machine, {
    systemId: ROOT,
    clock,
    input: {
      config: { ...gatewayConfig, databaseUrl },
      walletAddress: address('a'),
      gas,
      newId: () => {
        batches += 1
        return `batch-${batches}`
      },
      now: () => clock.now(),
      redact: (text) => text.replaceAll('secret', '…'),
    },
    inspect: (inspection) => {
      if (inspection.type !== '@xstate.actor' || !isActor(inspection.actorRef)) return
      spawned.push(inspection.actorRef.id)
      inspection.actorRef.on('*', (event: Emitted) => emitted.push(event))
    },
  })
  root.start()
  const state = () => nameRootState(root.getSnapshot())
  const value = () => root.getSnapshot().value
  const failure = () => root.getSnapshot().context.failure
  const read = (name: ActorName) => root.system.get(name)?.getSnapshot()
  const say = (name: ActorName, event: EventObject) => root.system.get(name)?.send(event)
  const advance = (ms: number) => {
    clock.increment(ms)
    return setImmediate()
  }
  const see = (number: number) => {
    for (const watcher of watchers) watcher({ type: 'block.seen', head: block(number) })
  }
  /** The batch in flight is included in a block and settled. */
  const endBatch = async () => {
    see(5)
    await batch.look.resolve({
      inclusion: inclusion(attempt(7).hash, 5),
      consumedBy: null,
      blockNumber: 5,
    })
    await batch.outcome.resolve({ type: 'settled', statuses: {}, gasUsed: 1 })
  }
  const drain = () => root.send({ type: 'drain' })
  return {
    ...{
      root,
      spawned,
      emitted,
      watchers,
      watched,
      prepare,
      take,
      renew,
      recover,
      settle,
      commit,
      reading,
      batch,
    },
    ...{ state, value, failure, read, say, advance, see, endBatch, drain },
  }
}

export type System = ReturnType<typeof setting>

export const inFlight = inLane(1, 'a', 3)
export const remembered: StartingPoint = {
  queued: [inLane(2, 'a', 4), op(3)],
  batches: [
    {
      record: batchRecord(),
      operations: [inFlight],
      attempts: [attempt(7), attempt(7, { maxFeePerGas: 12 })],
    },
  ],
  climbing: [],
  settled: {
    batches: [
      { batchId: 'batch-0', inclusion: inclusion(attempt(6).hash, 4), operations: [inLane(0, 'a', 2)] },
    ],
    operations: [],
  },
  orphaned: [],
  head: block(5),
  nextSequence: 4,
  nextNonce: 8,
}

/** A gateway in `Running`. */
export async function running(recovered: StartingPoint = emptyStart, defects: Defects = {}): Promise<System> {
  const all = setting(defects)
  await all.prepare.resolve()
  await all.recover.resolve(recovered)
  return all
}

export const committed: CommitReport = { writes: 1, duration: 1, at: 0, ignored: [] }

/** A gateway in `Running` with a batch in flight and an uncommitted write. */
export async function busy(defects: Defects = {}): Promise<System> {
  const all = await running(remembered, defects)
  all.say('requestTracker', {
    type: 'record.requested',
    writes: [{ type: 'pruned', before: 0 }],
    reply: null,
    onFailure: 'retry',
  } as EventObject)
  return all
}
