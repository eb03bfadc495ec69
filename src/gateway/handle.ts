/** The handle of a running gateway: submissions, reads of the store, and views of the actors. */
import { type Actor, type SnapshotFrom, waitFor } from 'xstate'
import { UnavailableError } from '../domain/errors.ts'
import type { OpsBatcherHandle } from '../domain/handle.ts'
import type { DurationMs } from '../domain/primitives.ts'
import type { gatewayMachine } from '../machines/root/root.ts'
import { runwayOf, SPENDING_PERIOD } from '../policy/runway.ts'
import { closeAll } from './closing.ts'
import { openViews } from './contractViews.ts'
import type { World } from './effects.ts'
import type { EventHub } from './events.ts'
import { LevelWaits } from './levelWaits.ts'
import { PersistentFailures } from './persistentFailures.ts'
import type { ReadFailures } from './readFailures.ts'
import type { Submissions } from './submissions.ts'
import {
  nameRootState,
  partsOfLeader,
  type ReadSnapshot,
  storeHealth,
  viewBatcher,
  viewChain,
  viewCrashes,
  viewSeat,
  viewWallet,
} from './views.ts'

/** The root actor of the system. */
export type Root = Actor<typeof gatewayMachine>

/** True while operations are admitted. */
export function isRunning(snapshot: SnapshotFrom<typeof gatewayMachine>): boolean {
  return snapshot.matches({ Active: { Service: 'Running' } })
}

/**
 * True while operations are admitted into a shared store, whoever leads: the process knows its chain and registry, and is not about to
 * stop.
 */
export function takesOperations(snapshot: SnapshotFrom<typeof gatewayMachine>): boolean {
  return ['Standby', 'Recovering', 'Restarting'].some((state) => snapshot.matches(state as 'Standby'))
}

/** Time for the last answers and the last write, in addition to the deadlines of the statechart. */
const STOP_MARGIN: DurationMs = 5_000
/** Closing writes the last pages to the file. */
const STORE_CLOSE_TIMEOUT: DurationMs = 10_000

/** Resolves when operations are admitted, or the root stops before that. @throws the error that made the start fail */
async function start(root: Root, isShared: boolean): Promise<void> {
  const { context } = await waitFor(
    root,
    (snapshot) =>
      isRunning(snapshot) || (isShared && takesOperations(snapshot)) || snapshot.status !== 'active',
  )
  if (context.failure !== null) throw context.failure
}

/** Resolves when the root has stopped. @throws the error of the start, or of the last crash when restarts were hopeless */
async function end(root: Root): Promise<void> {
  const { context } = await waitFor(root, (snapshot) => snapshot.status !== 'active')
  if (context.failure !== null) throw context.failure
}

interface HandleParts {
  readonly root: Root
  readonly read: ReadSnapshot
  readonly submissions: Submissions
  readonly world: World
  readonly hub: EventHub
  readonly readFailures: Pick<ReadFailures, 'message'>
}

export function createHandle({
  root,
  read,
  submissions,
  world,
  hub,
  readFailures,
}: HandleParts): OpsBatcherHandle {
  const { store, endpoints, signer, config, now } = world
  const [started, ended] = [start(root, world.shared !== null), end(root)]
  // An error that nobody awaits must not end the process.
  started.catch(() => {})
  const failures = new PersistentFailures(hub)
  const waits = new LevelWaits(store, hub)
  return {
    submit: (operation, id, client) => submissions.submit(operation, id, client),
    trySubmit: (operation, id, client) => submissions.trySubmit(operation, id, client),
    status: (id) => answered(store.status(id)),
    async operation(id) {
      const record = await answered(store.operation(id))
      if (record === null) return null
      const { batchId, ...rest } = record
      if (batchId === null) return { ...rest, batch: null, attempts: [] }
      const [batch, attempts] = await answered(Promise.all([store.batch(batchId), store.attempts(batchId)]))
      return { ...rest, batch, attempts }
    },
    reaches: (id, until, limit, { endsWithVerdict = false, signal } = {}) =>
      waits.wait({ id, until, limit, endsWithVerdict }, signal),
    batches: (limit, before) => answered(store.batches(limit, before)),
    async batch(id) {
      const [batch, attempts] = await answered(Promise.all([store.batch(id), store.attempts(id)]))
      return batch === null ? null : { batch, attempts }
    },
    readView: openViews({
      pin: (isAvoided) => endpoints.pin(isAvoided),
      longest: config.preflightTimeout,
      registry: world.version.current,
      now,
    }),
    chain: () => viewChain(read, endpoints, world.version.current),
    wallet: () => viewWallet(read, signer.address),
    async runway() {
      const spent = await answered(store.spentSince(now() - SPENDING_PERIOD))
      return runwayOf(viewWallet(read, signer.address).balance, spent)
    },
    async health() {
      const failure = await store.ping().then(
        () => null,
        (error: unknown) => String(error),
      )
      const snapshot = root.getSnapshot()
      const state = nameRootState(snapshot)
      const parts = {
        ...partsOfLeader(read, state, snapshot.context.delays.message),
        store: storeHealth(read, failure ?? readFailures.message),
      }
      return {
        state,
        ok:
          (state === 'Running' || state === 'Standby') &&
          Object.values(parts).every(({ ok }) => ok) &&
          failures.all.length === 0,
        ...parts,
        seat: viewSeat(read),
        failures: failures.all,
        batcher: viewBatcher(read),
        intake: { pending: submissions.pending, capacity: submissions.capacity },
        supervision: viewCrashes(snapshot.context.crashes),
      }
    },
    on: (listener) => hub.on(listener),
    isAdmitting: () => submissions.isOpen,
    started,
    ended,
    stop() {
      root.send({ type: 'drain' })
      waits.close()
      return closeAll([
        {
          part: 'the actors',
          // The chart waits for batches, and then for writes.
          deadline: 2 * config.drainTimeout + STOP_MARGIN,
          close: () => ended.catch(() => {}),
        },
        { part: 'the database', deadline: STORE_CLOSE_TIMEOUT, close: () => store.close() },
      ])
    },
  }
}

/** A store that does not answer is an outage. It must not look like a missing record. */
async function answered<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading
  } catch (cause) {
    throw new UnavailableError('store_unavailable', 'The store did not answer. Please try again.', { cause })
  }
}
