/** A service: gateway, metrics, live view and HTTP server, started and stopped in order. */
import { randomUUID } from 'node:crypto'
import { VERSION } from './cli/version.ts'
import type { Access } from './domain/access.ts'
import type { GatewayConfig } from './domain/config.ts'
import { UnavailableError } from './domain/errors.ts'
import type { HttpConfig } from './domain/httpConfig.ts'
import type { Now } from './domain/primitives.ts'
import { createGateway } from './gateway/createGateway.ts'
import type { Logger } from './gateway/log.ts'
import { createLiveView } from './liveView.ts'
import { createMetrics } from './metrics/metrics.ts'
import { createApp } from './server/app.ts'
import { type Answering, listen } from './server/listen.ts'
import { problemReply } from './server/problem.ts'
import { respond } from './server/reply.ts'

export interface ServiceOptions {
  readonly gateway: GatewayConfig
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
  /** Resolves when the gateway has stopped; rejects if it failed. The next start resumes the stored operations. */
  readonly ended: Promise<void>
  /** Stops the gateway (see `OpsBatcherHandle.stop`), then closes the server. */
  stop(): Promise<void>
}

/**
 * Starts a service. The server listens first and answers 503 until the gateway runs. So a second service with the same
 * port fails before it opens the database.
 * @throws Error of the operating system if the server cannot listen, and every error of `createGateway`
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { gateway: config, http, inspector: access, secrets, logger, now } = options
  let answer: Answer = starting
  const server = await listen({ fetch: (request, connection) => answer(request, connection) }, http)
  const view = access === null ? null : createLiveView({ config, access, secrets, logger, now })
  try {
    const gateway = await createGateway(config, { logger, now, ...(view && { inspect: view.inspect }) })
    view?.follow(gateway)
    const metrics = createMetrics({ gateway, now })
    metrics.observeEvents((listener) => gateway.on(listener))
    const app = createApp({
      gateway,
      registry: metrics.registry,
      logger,
      limits: http,
      access: http.access,
      trustedProxies: http.trustedProxies,
      version: VERSION,
      now,
      onAnswered: metrics.observeRequest,
      ...(view && { inspector: view.app }),
    })
    answer = (request, connection) => app.fetch(request, connection)
    return {
      url: server.url,
      ended: gateway.ended,
      async stop() {
        await gateway.stop()
        view?.close()
        await server.close()
      },
    }
  } catch (error) {
    view?.close()
    await server.close()
    throw error
  }
}

type Answer = Answering['fetch']

/** Answer until the gateway runs. */
function starting(): Response {
  const reason = new UnavailableError('batcher_unavailable', 'The gateway is starting. Please try again.')
  return respond(
    problemReply(reason, () => {}),
    randomUUID(),
  )
}
