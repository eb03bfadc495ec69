/** A service: gateway, metrics, live view and HTTP server, started and stopped in order. */
import { randomUUID } from 'node:crypto'
import { VERSION } from './cli/version.ts'
import type { Access } from './domain/access.ts'
import type { GatewayConfig } from './domain/config.ts'
import type { HttpConfig } from './domain/httpConfig.ts'
import type { DurationMs, Now } from './domain/primitives.ts'
import { type ClosingStep, closeAll } from './gateway/closing.ts'
import { openGateway } from './gateway/createGateway.ts'
import type { Logger } from './gateway/log.ts'
import { createLiveView } from './liveView.ts'
import { createMetrics } from './metrics/metrics.ts'
import type { Registry } from './registry/registry.ts'
import { type RegistryVersions, versionsOf } from './registry/versions.ts'
import { createApp } from './server/app.ts'
import { type Answering, listen } from './server/listen.ts'
import { problemReply } from './server/problem.ts'
import { respond } from './server/reply.ts'
import { ALIVE, livenessProbe, notAdmitting } from './server/routes/probes.ts'

export interface ServiceOptions {
  readonly gateway: GatewayConfig
  /** The contract that the operations are for. */
  readonly registry: Registry | RegistryVersions
  readonly http: HttpConfig
  /** Access to the live view; null if it is off. */
  readonly inspector: Access | null
  /** Texts that logs and the live view hide. */
  readonly secrets: readonly string[]
  readonly logger: Logger
  readonly now: Now
}

export interface Service {
  /** URL of the HTTP server. */
  readonly url: string
  /** Resolves when operations are admitted; rejects if the start failed. See `OpsBatcherHandle.started`. */
  readonly started: Promise<void>
  /** Resolves when the gateway has stopped; rejects if it failed. The next start resumes the stored operations. */
  readonly ended: Promise<void>
  /**
   * Stops the gateway (see `OpsBatcherHandle.stop`), then closes live view and server. Call it after a failure, too.
   * @throws ClosingError if a part could not be closed
   */
  stop(): Promise<void>
}

/** More than the gateway needs by its own deadlines, in addition to the waits for batches and for writes. */
const GATEWAY_STOP_MARGIN: DurationMs = 20_000
/** The server cuts open requests after ten seconds. */
const SERVER_CLOSE_TIMEOUT: DurationMs = 15_000

/**
 * Starts a service. The server listens first: a second service with the same port fails before it opens the database.
 * Until operations are admitted, submissions are answered with 503, and statuses from the database.
 * @throws Error of the operating system if the server cannot listen, and every error of `openGateway`
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { gateway: config, registry, http, inspector: access, secrets, logger, now } = options
  let answer: Answer = answerBeforeStart
  const server = await listen({ fetch: (request, connection) => answer(request, connection) }, http)
  const view = access === null ? null : createLiveView({ config, access, secrets, logger, now })
  const closeSurface: readonly ClosingStep[] = [
    { part: 'the live view', deadline: SERVER_CLOSE_TIMEOUT, close: () => view?.close() },
    { part: 'the HTTP server', deadline: SERVER_CLOSE_TIMEOUT, close: () => server.close() },
  ]
  try {
    const gateway = await openGateway(config, {
      logger,
      registry,
      now,
      ...(view && { inspect: view.inspect }),
    })
    view?.follow(gateway)
    const metrics = createMetrics({ gateway, now })
    metrics.observeEvents((listener) => gateway.on(listener))
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
    answer = (request, connection) => app.fetch(request, connection)
    return {
      url: server.url,
      started: gateway.started,
      ended: gateway.ended,
      stop() {
        server.retire()
        const deadline = 2 * config.drainTimeout + GATEWAY_STOP_MARGIN
        return closeAll([{ part: 'the gateway', deadline, close: () => gateway.stop() }, ...closeSurface])
      },
    }
  } catch (error) {
    await closeAll(closeSurface)
    throw error
  }
}

type Answer = Answering['fetch']

/** Answers while the database is being opened. */
function answerBeforeStart(request: Request): Response {
  const { pathname } = new URL(request.url)
  const reply = pathname === livenessProbe.path ? ALIVE : problemReply(notAdmitting(), () => {})
  return respond(reply, randomUUID())
}
