/** The composition root: fills the effect slots of the machines and starts the actor system. */
import { randomUUID } from 'node:crypto'
import { createActor, waitFor } from 'xstate'
import { Callers } from '../actors/answerCallers.ts'
import { createPreflight } from '../actors/preflight/preflight.ts'
import { localSigner } from '../actors/signing/signer.ts'
import { createSimulators } from '../actors/simulation/simulator.ts'
import { Commits } from '../actors/writeRecords.ts'
import { secretsOf } from '../config/secrets.ts'
import type { GatewayConfig } from '../domain/config.ts'
import type { OpsBatcherHandle } from '../domain/handle.ts'
import type { Now } from '../domain/primitives.ts'
import { predecessors } from '../machines/nonceTracker/lanes.ts'
import { limitRefusal } from '../machines/nonceTracker/limits.ts'
import { ACTORS, ROOT } from '../machines/protocol.ts'
import { gasEstimates } from '../registry/worldId/kinds.ts'
import { registryDomain } from '../registry/worldId/typedData.ts'
import { connectEndpoints, type Endpoints } from '../rpc/endpoints.ts'
import type { RequestStore } from '../store/port.ts'
import { openThreadedStore } from '../store/sqlite/storeThread.ts'
import { provideEffects, type World } from './effects.ts'
import { EventHub, harmless, type Watch } from './events.ts'
import { createHandle, isRunning, type Root } from './handle.ts'
import { createRedactor } from './log.ts'
import { type GatewayLogger, logEvents } from './logging.ts'
import { closed, Submissions } from './submissions.ts'
import type { ReadSnapshot } from './views.ts'

export interface GatewayOptions {
  readonly logger: GatewayLogger
  /** Default: the system's clock. */
  readonly now?: Now
  /** Receives every inspection event of the actor system, as XState's option `inspect` does. */
  readonly inspect?: Watch
}

/**
 * Starts a gateway. Resolves when operations are admitted. Work that was queued or in flight at the last stop goes on.
 *
 * @throws StartupError when no endpoint answers, or a contract is missing on the chain
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

/** The parts of a gateway. */
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
 * Starts a gateway with open endpoints and an open store. Resolves when operations are admitted. The gateway closes both when
 * it has stopped.
 * @throws StartupError when a contract is missing on the chain
 * @throws StoreIdentityError when the database belongs to another chain or registry
 */
export async function startGateway(parts: GatewayParts): Promise<OpsBatcherHandle> {
  const { config, endpoints, store, hub, logger, now, inspect } = parts
  const { chain } = config
  const signer = localSigner(config.walletPrivateKey)
  const commits = new Commits(store, now)
  const simulatorAt = createSimulators(chain.multicallAddress)
  const { publish } = hub
  const world: World = { config, endpoints, simulatorAt, store, commits, signer, publish, now }
  const callers = new Callers()
  const domain = () => registryDomain(endpoints.chainId, chain.registryAddress)
  const submissions = new Submissions({
    capacity: config.intakeCapacity,
    domain: domain(),
    preflight: createPreflight({
      pin: (isAvoided) => endpoints.pin(isAvoided),
      simulatorAt,
      store,
      registry: chain.registryAddress,
      domain,
      predecessors: (leaf, nonce) => {
        const lanes = read('nonceTracker')?.context.lanes
        // Without the earlier operations of its lane, a valid operation would be refused.
        if (lanes === undefined) throw closed()
        return predecessors(lanes, leaf, nonce).map(({ id }) => id)
      },
    }),
    limitRefusal: (lane) => {
      const context = read('nonceTracker')?.context
      return context === undefined ? null : limitRefusal(context.lanes, lane, context.limits)
    },
    callers,
    send: (event) => root.system.get(ACTORS.intake).send(event),
    isOpen: () => isRunning(root.getSnapshot()),
    publish: hub.publish,
    now,
  })
  const root: Root = createActor(provideEffects(world, callers), {
    systemId: ROOT,
    input: {
      config,
      walletAddress: signer.address,
      gas: gasEstimates,
      newId: randomUUID,
      now,
      redact: createRedactor(secretsOf({ ...config, ...chain, rpcUrl: chain.rpcUrls })),
    },
    inspect: hub.follow(inspect),
  })
  const read: ReadSnapshot = (actor) => root.system.get(actor)?.getSnapshot()
  root.start()
  await running(root)
  const gateway = createHandle({ root, read, submissions, world, hub })
  const logFailure = harmless((err: unknown) =>
    logger.error({ err }, 'gateway failed: start the process again'),
  )
  gateway.ended.catch(logFailure).finally(() => endpoints.close())
  return gateway
}

/** Resolves when operations are admitted. @throws the error that made the start fail */
async function running(root: Root): Promise<void> {
  const { context } = await waitFor(root, (snapshot) => snapshot.matches('Failed') || isRunning(snapshot))
  if (context.failure !== null) throw context.failure
}
