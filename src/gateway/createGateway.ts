/** The composition root: fills the effect slots of the machines and starts the actor system. */
import { randomUUID } from 'node:crypto'
import { createActor } from 'xstate'
import { Callers } from '../actors/answerCallers.ts'
import { createPreflight } from '../actors/preflight/preflight.ts'
import { RegistryVersion } from '../actors/registryVersion.ts'
import { openSigner } from '../actors/signing/openSigner.ts'
import type { Signer } from '../actors/signing/signer.ts'
import { createSimulators } from '../actors/simulation/simulator.ts'
import { Commits } from '../actors/writeRecords.ts'
import { secretsOf } from '../config/secrets.ts'
import type { GatewayConfig } from '../domain/config.ts'
import { StartupError } from '../domain/errors.ts'
import type { OpsBatcherHandle } from '../domain/handle.ts'
import type { Operation } from '../domain/operation.ts'
import type { Now } from '../domain/primitives.ts'
import { steadyNow } from '../domain/steadyClock.ts'
import { secp256k1 } from '../evm/secp256k1.ts'
import { predecessors } from '../machines/nonceTracker/lanes.ts'
import { limitRefusal, waitingIn } from '../machines/nonceTracker/limits.ts'
import { ACTORS, ROOT } from '../machines/protocol.ts'
import type { OrderingPolicy } from '../policy/orderingPolicy.ts'
import type { Registry } from '../registry/registry.ts'
import { type RegistryVersions, versionsOf } from '../registry/versions.ts'
import { type Endpoints, openEndpoints } from '../rpc/endpoints.ts'
import type { RequestStore } from '../store/port.ts'
import { rememberStatuses } from '../store/rememberedStatuses.ts'
import { watchClock } from './clockWatch.ts'
import { domainReader } from './domainReader.ts'
import { provideEffects, type World } from './effects.ts'
import { intakeEntrance, storeEntrance } from './entrances.ts'
import { EventHub, harmless, type Watch } from './events.ts'
import { createHandle, isRunning, type Root, takesOperations } from './handle.ts'
import { createRedactor } from './log.ts'
import { type GatewayLogger, logEvents } from './logging.ts'
import { openStore, type SharedParts } from './openStore.ts'
import { ReadFailures } from './readFailures.ts'
import { closed, Submissions } from './submissions.ts'
import { watchVersion } from './versionWatch.ts'
import type { ReadSnapshot } from './views.ts'

export interface GatewayOptions<O extends Operation = Operation> {
  readonly logger: GatewayLogger
  /**
   * The contract that the operations are for, e.g. `worldId`. Its address is in the configuration. Of several versions, that of
   * the deployed contract counts, also after an upgrade.
   */
  readonly registry: Registry<O> | RegistryVersions<O>
  /** Default: the steady clock of the process. */
  readonly now?: Now
  /** Replaces the ordering policy of the configuration. */
  readonly ordering?: OrderingPolicy
  /** Receives every inspection event of the actor system, as XState's option `inspect` does. */
  readonly inspect?: Watch
  /**
   * Signs the transactions, instead of a key of the configuration. A local account of viem fits, and with it the account of
   * any key service.
   */
  readonly signer?: Signer
  /** Keeps the operations, instead of the database of the configuration. The gateway closes it at `stop`. */
  readonly store?: RequestStore
}

/**
 * Starts a gateway. Resolves when operations are admitted. Work that was queued or in flight at the last stop goes on. While
 * the chain does not answer, the start is repeated, with a line in the log for each try. `openGateway` gives the handle
 * earlier.
 *
 * @throws StartupError when the configuration does not fit the chain: a contract is missing, or the database belongs to
 *   another chain or registry (StoreIdentityError)
 * @throws StoreError when the database cannot be opened
 * @example
 * const gateway = await createGateway(config, { logger, registry: worldId })
 * const { id } = await gateway.submit(operation)
 * await gateway.stop()
 */
export async function createGateway<O extends Operation>(
  config: GatewayConfig,
  options: GatewayOptions<O>,
): Promise<OpsBatcherHandle<O>> {
  const gateway = await openGateway(config, options)
  try {
    await gateway.started
    return gateway
  } catch (error) {
    await gateway.stop()
    throw error
  }
}

/**
 * Opens the database and starts a gateway. Resolves before the chain has answered: `started` of the handle tells when
 * operations are admitted. Until then submissions are refused, and reads of the store work.
 * @throws StoreError when the database cannot be opened, StartupError when the key of the wallet cannot be used
 */
export async function openGateway<O extends Operation>(
  config: GatewayConfig,
  { logger, registry, now = steadyNow, ordering, inspect, signer: embedded, store: given }: GatewayOptions<O>,
): Promise<OpsBatcherHandle<O>> {
  const signer = await openSigner(config, embedded)
  const hub = new EventHub()
  logEvents(logger, hub)
  const opened = given === undefined ? await openStore(config, logger) : { store: given, shared: null }
  logger.info({ wallet: signer.address, secp256k1: secp256k1.implementation }, 'wallet key opened')
  const endpoints = openEndpoints({ ...config.chain, ...config.transactions }, hub.publish, now)
  const endClockWatch = watchClock(hub.publish)
  try {
    const gateway = startGateway({
      config,
      registry: versionsOf(registry),
      signer,
      endpoints,
      ...opened,
      hub,
      logger,
      now,
      ordering,
      inspect,
    })
    gateway.ended.catch(() => {}).finally(endClockWatch)
    return gateway
  } catch (error) {
    endClockWatch()
    endpoints.close()
    await opened.store.close()
    throw error
  }
}

/** The parts of a gateway. */
export interface GatewayParts {
  readonly config: GatewayConfig
  readonly registry: RegistryVersions
  readonly signer: Signer
  readonly endpoints: Endpoints
  readonly store: RequestStore
  /** Null for a store that belongs to this process alone. */
  readonly shared: SharedParts | null
  readonly hub: EventHub
  readonly logger: GatewayLogger
  readonly now: Now
  readonly ordering?: OrderingPolicy | undefined
  readonly inspect: Watch | undefined
}

/**
 * Starts a gateway with open endpoints and an open store. It closes the endpoints when it has stopped or failed, and the
 * store at `stop`.
 */
export function startGateway(parts: GatewayParts): OpsBatcherHandle {
  const { config, signer, endpoints, hub, logger, now, ordering, inspect } = parts
  const readFailures = new ReadFailures(hub.publish, now)
  const { seat, admissions } = parts.shared ?? { seat: null, admissions: null }
  const store = rememberStatuses(readFailures.watch(parts.store), () => seat === null || seat.isTrusted())
  const { chain } = config
  const commits = new Commits(store, now)
  const simulatorAt = createSimulators(chain.multicallAddress)
  const { publish } = hub
  const version = new RegistryVersion(parts.registry, { address: chain.registryAddress, publish, now })
  const world: World = {
    config,
    version,
    endpoints,
    simulatorAt,
    store,
    commits,
    signer,
    publish,
    now,
    shared: parts.shared,
  }
  const callers = new Callers()
  const intake = intakeEntrance({
    callers,
    send: (event) => root.system.get(ACTORS.intake).send(event),
    limitRefusal: (applicant) => {
      const context = read('nonceTracker')?.context
      return context === undefined ? null : limitRefusal(waitingIn(context.lanes, applicant), context.limits)
    },
  })
  const { limits } = config.batching
  const standby = admissions === null ? null : storeEntrance({ admissions, limits, publish, now })
  const domain = domainReader(endpoints, () => version.current)
  const submissions = new Submissions({
    capacity: config.intakeCapacity,
    registry: () => version.current,
    get domain() {
      return domain()
    },
    preflight: createPreflight({
      pin: (isAvoided) => endpoints.pin(isAvoided),
      longest: config.preflightTimeout,
      futureNonces: config.batching.limits.futureNonces,
      simulatorAt,
      store,
      version,
      domain,
      predecessors: (leaf, nonce) => {
        const lanes = read('nonceTracker')?.context.lanes
        if (lanes !== undefined) return predecessors(lanes, leaf, nonce).map(({ id }) => id)
        // Without the earlier operations of its lane, a valid operation would be refused.
        if (admissions === null) throw closed()
        return admissions.predecessors(leaf, nonce)
      },
    }),
    entrance: () => {
      if (isRunning(root.getSnapshot())) return intake
      return takesOperations(root.getSnapshot()) ? standby : null
    },
    publish: hub.publish,
    now,
  })
  const root: Root = createActor(provideEffects(world, callers), {
    systemId: ROOT,
    input: {
      config,
      walletAddress: signer.address,
      gas: version.current.costs,
      ordering,
      newId: randomUUID,
      now,
      redact: createRedactor(secretsOf({ ...config, ...chain, rpcUrl: chain.rpcUrls })),
    },
    inspect: hub.follow(inspect),
  })
  const read: ReadSnapshot = (actor) => root.system.get(actor)?.getSnapshot()
  const gateway = createHandle({ root, read, submissions, world, hub, readFailures })
  root.start()
  const logFailure = harmless((err: unknown) => {
    // The caller gets the error of a failed start from `started`.
    if (!(err instanceof StartupError)) logger.error({ err }, 'gateway failed: start the process again')
  })
  const endVersionWatch = watchVersion({ version, versions: parts.registry, endpoints, publish, now })
  gateway.ended.catch(logFailure).finally(() => {
    endVersionWatch()
    endpoints.close()
  })
  return gateway
}
