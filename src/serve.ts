/** A service: the gateway, its metrics and its HTTP server, started and stopped in the right order. */
import { randomUUID } from 'node:crypto'
import { VERSION } from './cli/version.ts'
import type { Access } from './domain/access.ts'
import type { GatewayConfig } from './domain/config.ts'
import { UnavailableError } from './domain/errors.ts'
import type { DurationMs, Now } from './domain/primitives.ts'
import { createGateway } from './gateway/createGateway.ts'
import type { Logger } from './gateway/log.ts'
import { createLiveView } from './liveView.ts'
import { createMetrics } from './metrics/metrics.ts'
import { createApp } from './server/app.ts'
import { listen } from './server/listen.ts'
import { problemReply } from './server/problem.ts'
import { respond } from './server/reply.ts'

export interface ServiceOptions {
  readonly gateway: GatewayConfig
  readonly http: {
    readonly host: string
    /** 0 takes any free port. */
    readonly port: number
    /** Most bytes of a body. */
    readonly bodyBytes: number
    readonly requestTimeoutMs: DurationMs
  }
  /** Who may watch; null for nobody. */
  readonly inspector: Access | null
  /** Texts that nobody is shown. */
  readonly secrets: readonly string[]
  readonly logger: Logger
  readonly now: Now
}

export interface Service {
  /** Where it is reached. */
  readonly url: string
  /** Rejects when the gateway has died; what is on disk goes on at the next start. */
  readonly ended: Promise<void>
  /** Lets batches in flight finish, then takes the server away. */
  stop(): Promise<void>
}

/**
 * Starts a service. The port is taken first, and answers 503 until the gateway runs: of two services started by
 * mistake, the second must end before it touches the database.
 * @throws Error of the operating system when the port cannot be had, or what `createGateway` throws
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { gateway: config, http, inspector: access, secrets, logger, now } = options
  let answer: Answer = starting
  const server = await listen({ fetch: (request) => answer(request) }, http)
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
      version: VERSION,
      now,
      onAnswered: metrics.observeRequest,
      ...(view && { inspector: view.app }),
    })
    answer = (request) => app.fetch(request)
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

type Answer = (request: Request) => Response | Promise<Response>

/** Until the gateway runs. */
function starting(): Response {
  const reason = new UnavailableError('batcher_unavailable', 'The gateway is starting. Please try again.')
  return respond(
    problemReply(reason, () => {}),
    randomUUID(),
  )
}
