/** A gateway inside another program: options are checked as settings are, and the HTTP app is ready to be mounted. */
import type { Hono } from 'hono'
import type { Registry as MetricsRegistry } from 'prom-client'
import type { Signer } from './actors/signing/signer.ts'
import { REGISTRIES } from './cli/registries.ts'
import { VERSION } from './cli/version.ts'
import { readEmbeddedSettings } from './config/embedded.ts'
import type { EmbeddedSettings } from './config/embeddedSettings.ts'
import { toGatewayConfig, toHttpConfig, toInspectorAccess } from './config/gatewayConfig.ts'
import { secretsOf } from './config/secrets.ts'
import type { OpsBatcherHandle } from './domain/handle.ts'
import type { Operation } from './domain/operation.ts'
import { steadyNow } from './domain/steadyClock.ts'
import { objectMistakes } from './embedMistakes.ts'
import { openGateway as openConfigured } from './gateway/createGateway.ts'
import type { Watch } from './gateway/events.ts'
import { createLogger } from './gateway/log.ts'
import type { GatewayLogger } from './gateway/logging.ts'
import { createLiveView, type LiveView } from './liveView.ts'
import { createMetrics } from './metrics/metrics.ts'
import type { OrderingPolicy } from './policy/orderingPolicy.ts'
import type { Registry } from './registry/registry.ts'
import { type RegistryVersions, versionsOf } from './registry/versions.ts'
import { createApp } from './server/app.ts'
import type { Environment } from './server/handler.ts'
import type { RequestStore } from './store/port.ts'

/** The settings of `docs/configuration.md` under the names of their flags, and the parts that only a program can give. */
export interface GatewayOptions<O extends Operation = Operation> extends Omit<EmbeddedSettings, 'ordering'> {
  /** The contract that the operations are for. Default: the World ID registry, in the version of `registryVersion`. */
  readonly registry?: Registry<O> | RegistryVersions<O> | undefined
  /**
   * Signs the transactions, instead of `privateKey` and `awsKmsKeyId`. A local account of viem fits, and with it the account of
   * any key service.
   */
  readonly signer?: Signer | undefined
  /** The order of operations: the name of a policy, or a policy of the program. */
  readonly ordering?: EmbeddedSettings['ordering'] | OrderingPolicy
  /** Keeps the operations, instead of the database in `dataDir`. The gateway closes it at `stop`. */
  readonly store?: RequestStore | undefined
  /** Default: lines on standard error, by `logLevel` and `logFormat`. */
  readonly logger?: GatewayLogger | undefined
  /** Receives every inspection event of the actor system, as XState's option `inspect` does. */
  readonly inspect?: Watch | undefined
}

export interface EmbeddedGateway<O extends Operation = Operation> extends OpsBatcherHandle<O> {
  /** The HTTP API, to be mounted in a server of the program. The live view is below `/inspector`, unless it is off. */
  readonly app: Hono<Environment>
  /** The metrics, for a scrape endpoint of the program. The app serves them at `/metrics`. */
  readonly metrics: MetricsRegistry
}

/**
 * Starts a gateway. Resolves when operations are admitted. Work that was queued or in flight at the last stop goes on. While
 * the chain does not answer, the start is repeated, with a line in the log for each try. `openGateway` gives the handle
 * earlier.
 *
 * @throws ConfigurationError that lists all mistakes in the options
 * @throws StartupError when the options do not fit the chain: a contract is missing, or the database belongs to another chain
 *   or registry (StoreIdentityError)
 * @throws StoreError when the database cannot be opened
 * @example
 * const gateway = await createGateway({ rpcUrl, registryAddress, privateKey })
 * const { id } = await gateway.submit(operation)
 * await gateway.stop()
 */
export async function createGateway<O extends Operation = Operation>(
  options: GatewayOptions<O>,
): Promise<EmbeddedGateway<O>> {
  const gateway = await openGateway(options)
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
 * @throws ConfigurationError, StoreError and StartupError as `createGateway`, except what only the chain can tell
 */
export async function openGateway<O extends Operation = Operation>(
  options: GatewayOptions<O>,
): Promise<EmbeddedGateway<O>> {
  const { registry: given, signer, ordering, store, logger: givenLogger, inspect, ...values } = options
  const policy = typeof ordering === 'object' ? ordering : undefined
  const settings = readEmbeddedSettings(
    { ...values, ...(policy === undefined && { ordering }) },
    signer !== undefined,
    objectMistakes(options),
  )
  const config = toGatewayConfig(settings)
  const registry = given ?? REGISTRIES[settings.registryVersion]
  const secrets = secretsOf(settings)
  const { logLevel: level, logFormat: format } = settings
  const logger = givenLogger ?? createLogger({ level, format, secrets })
  const now = steadyNow
  const access = toInspectorAccess(settings)
  const view = access === null ? null : createLiveView({ config, access, secrets, logger, now })
  const gateway = await openConfigured(config, {
    logger,
    registry: registry as RegistryVersions<O>,
    now,
    inspect: watchBoth(inspect, view),
    ...(policy && { ordering: policy }),
    ...(signer && { signer }),
    ...(store && { store }),
  })
  view?.follow(gateway)
  const metrics = createMetrics({ gateway, now })
  metrics.observeEvents((listener) => gateway.on(listener))
  const http = toHttpConfig(settings)
  const app = createApp({
    gateway,
    registry: versionsOf(registry),
    metrics: metrics.registry,
    logger,
    limits: http,
    access: http.access,
    trustedProxies: http.trustedProxies,
    version: VERSION,
    now,
    onAnswered: metrics.observeRequest,
    onRateLimited: metrics.observeRateLimited,
    ...(view && { inspector: view.app }),
  })
  const stop = () => {
    view?.close()
    return gateway.stop()
  }
  return { ...gateway, app, metrics: metrics.registry, stop }
}

function watchBoth(inspect: Watch | undefined, view: LiveView | null): Watch {
  return (inspection) => {
    view?.inspect(inspection)
    inspect?.(inspection)
  }
}
