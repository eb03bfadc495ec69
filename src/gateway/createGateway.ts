/**
 * The composition root: gives the machines their effects, starts the actor system, and is the handle by which everybody
 * else uses it.
 */
import { randomUUID } from 'node:crypto'
import { type Actor, createActor, type SnapshotFrom, waitFor } from 'xstate'
import { createPreflight } from '../actors/preflight/preflight.ts'
import { localSigner } from '../actors/signing/signer.ts'
import { createSimulators } from '../actors/simulation/simulator.ts'
import { Commits } from '../actors/writeRecords.ts'
import { secretsOf } from '../config/secrets.ts'
import type { GatewayConfig } from '../domain/config.ts'
import { UnavailableError } from '../domain/errors.ts'
import type { OpsBatcherHandle } from '../domain/handle.ts'
import type { Now } from '../domain/primitives.ts'
import { predecessors } from '../machines/nonceTracker/lanes.ts'
import { ACTORS, ROOT } from '../machines/protocol.ts'
import type { gatewayMachine } from '../machines/root/root.ts'
import { gasEstimates } from '../registry/worldId/kinds.ts'
import { registryDomain } from '../registry/worldId/typedData.ts'
import { connectEndpoints, type Endpoints } from '../rpc/endpoints.ts'
import type { RequestStore } from '../store/port.ts'
import { openThreadedStore } from '../store/sqlite/storeThread.ts'
import { provideEffects, type World } from './effects.ts'
import { EventHub, harmless, type Watch } from './events.ts'
import { closed, Intake } from './intake.ts'
import { createRedactor } from './log.ts'
import { type GatewayLogger, logEvents } from './logging.ts'
import {
  chainHealth,
  nameRootState,
  type ReadSnapshot,
  storeHealth,
  viewBatcher,
  viewChain,
  viewCrashes,
  viewWallet,
  walletHealth,
} from './views.ts'

export interface GatewayOptions {
  readonly logger: GatewayLogger
  /** Default: the system's clock. */
  readonly now?: Now
  /** Sees every step of every actor, as xstate's `inspect` does. */
  readonly inspect?: Watch
}

type Root = Actor<typeof gatewayMachine>

/**
 * Starts a gateway and resolves when it takes operations. What was queued or in flight when it last stopped goes on.
 *
 * @throws StartupError when the chain or what should be on it is not there
 * @throws StoreIdentityError when the database belongs to another chain or registry
 * @example
 * const gateway = await createGateway(config, { logger })
 * const { id } = await gateway.submit(operation)
 * await gateway.stop()
 */
export async function createGateway(
  config: GatewayConfig,
  { logger, now = Date.now, inspect }: GatewayOptions,
): Promise<OpsBatcherHandle> {
  const hub = new EventHub()
  logEvents(logger, hub)
  const endpoints = await connectEndpoints({ ...config.chain, ...config.transactions }, hub.publish, now)
  let store: RequestStore | null = null
  try {
    store = await openThreadedStore(config.databasePath)
    return await startGateway({ config, endpoints, store, hub, logger, now, inspect })
  } catch (error) {
    await store?.close()
    endpoints.close()
    throw error
  }
}

/** What a gateway is made of. */
export interface GatewayParts {
  readonly config: GatewayConfig
  readonly endpoints: Endpoints
  readonly store: RequestStore
  readonly hub: EventHub
  readonly logger: GatewayLogger
  readonly now: Now
  readonly inspect: Watch | undefined
}

/**
 * Starts a gateway on a chain and a store that are open, and resolves when it takes operations. It closes both when it has
 * stopped.
 * @throws StartupError when what should be on the chain is not there
 * @throws StoreIdentityError when the database belongs to another chain or registry
 */
export async function startGateway(parts: GatewayParts): Promise<OpsBatcherHandle> {
  const { config, endpoints, store, hub, logger, now, inspect } = parts
  const { chain } = config
  const signer = localSigner(config.walletPrivateKey)
  const commits = new Commits(store, now)
  const simulatorAt = createSimulators(chain.multicallAddress)
  const world: World = { config, endpoints, simulatorAt, store, commits, signer, now }
  const intake = new Intake({
    capacity: config.intakeCapacity,
    domain: registryDomain(endpoints.chainId, chain.registryAddress),
    preflight: createPreflight({
      pin: () => endpoints.pin(),
      simulatorAt,
      store,
      registry: chain.registryAddress,
      predecessors: (leaf, nonce) => {
        const lanes = read('nonceTracker')?.context.lanes
        // Without those before it, an operation would be refused that is fine.
        if (lanes === undefined) throw closed()
        return predecessors(lanes, leaf, nonce).map(({ id }) => id)
      },
    }),
    ask: (event) => root.system.get(ACTORS.nonceTracker).send(event),
    isOpen: () => isRunning(root.getSnapshot()),
    publish: hub.publish,
    now,
  })
  /** Commits end first: then what is stored is certain, and so is what those who wait are told. */
  const settle = async () => {
    await commits.ended()
    if (intake.waiting.length === 0) return
    const stored = await store.envelopes(intake.waiting)
    intake.settle(new Set(stored.map(({ id }) => id)))
  }
  const root: Root = createActor(provideEffects(world, settle), {
    systemId: ROOT,
    input: {
      config,
      walletAddress: signer.address,
      gas: gasEstimates,
      newId: randomUUID,
      now,
      redact: createRedactor(secretsOf({ ...config, rpcUrl: chain.rpcUrls })),
    },
    inspect: hub.follow((answer) => intake.admitted(answer), inspect),
  })
  const read: ReadSnapshot = (actor) => root.system.get(actor)?.getSnapshot()
  root.start()
  await running(root)
  const gateway = handle({ root, read, intake, world, hub })
  const tellFailure = harmless((err: unknown) =>
    logger.error({ err }, 'the gateway has died: start it again'),
  )
  gateway.ended.catch(tellFailure).finally(() => {
    intake.close()
    endpoints.close()
  })
  return gateway
}

/** Whether operations are taken. */
function isRunning(snapshot: SnapshotFrom<typeof gatewayMachine>): boolean {
  return snapshot.matches({ Active: { Service: 'Running' } })
}

/** Resolves when operations are taken. @throws what the start failed with */
async function running(root: Root): Promise<void> {
  const { context } = await waitFor(root, (snapshot) => snapshot.matches('Failed') || isRunning(snapshot))
  if (context.failure !== null) throw context.failure
}

/** Resolves when the root has stopped. @throws what the last actor died of when starting again was of no use */
async function end(root: Root): Promise<void> {
  const { context } = await waitFor(root, (snapshot) => snapshot.status !== 'active')
  if (context.failure !== null) throw context.failure
}

interface HandleParts {
  readonly root: Root
  readonly read: ReadSnapshot
  readonly intake: Intake
  readonly world: World
  readonly hub: EventHub
}

function handle({ root, read, intake, world, hub }: HandleParts): OpsBatcherHandle {
  const { store, endpoints, signer, config } = world
  const ended = end(root)
  return {
    submit: (operation, id) => intake.submit(operation, id),
    trySubmit: (operation, id) => intake.trySubmit(operation, id),
    status: (id) => answered(store.status(id)),
    async operation(id) {
      const record = await answered(store.operation(id))
      if (record === null) return null
      const { batchId, ...rest } = record
      if (batchId === null) return { ...rest, batch: null, attempts: [] }
      const [batch, attempts] = await answered(Promise.all([store.batch(batchId), store.attempts(batchId)]))
      return { ...rest, batch, attempts }
    },
    batches: (limit, before) => answered(store.batches(limit, before)),
    async batch(id) {
      const [batch, attempts] = await answered(Promise.all([store.batch(id), store.attempts(id)]))
      return batch === null ? null : { batch, attempts }
    },
    chain: () => viewChain(read, endpoints, config.chain.registryAddress),
    wallet: () => viewWallet(read, signer.address),
    async health() {
      const failure = await store.ping().then(
        () => null,
        (error: unknown) => String(error),
      )
      const parts = {
        chain: chainHealth(read),
        store: storeHealth(read, failure),
        wallet: walletHealth(read),
      }
      const snapshot = root.getSnapshot()
      const state = nameRootState(snapshot)
      return {
        state,
        ok: state === 'Running' && Object.values(parts).every(({ ok }) => ok),
        ...parts,
        batcher: viewBatcher(read),
        intake: { pending: intake.pending, capacity: intake.capacity },
        supervision: viewCrashes(snapshot.context.crashes),
      }
    },
    on: (listener) => hub.on(listener),
    ended,
    async stop() {
      root.send({ type: 'drain' })
      await ended.catch(() => {})
      await store.close()
    },
  }
}

/** A store that does not answer is an outage, and never looks like something that is not there. */
async function answered<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading
  } catch (cause) {
    throw new UnavailableError('store_unavailable', 'The store did not answer. Please try again.', { cause })
  }
}
