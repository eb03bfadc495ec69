/**
 * The HTTP API: the reference's routes, and what its operators lack. It knows the gateway by its port alone.
 *
 * Every endpoint is one function from a request to a reply, without middleware in between: what is common to all is in
 * `handler.ts`, and nothing is validated that the endpoint does not read.
 */
import { Hono } from 'hono'
import type { OpsBatcherHandle } from '../domain/handle.ts'
import type { DurationMs, Now } from '../domain/primitives.ts'
import { type Endpoint, routerPath } from './endpoint.ts'
import { type AnsweredRequest, createHandler, type Logger } from './handler.ts'
import { problem } from './problem.ts'
import { batchDetail, batchList } from './routes/batches.ts'
import { chainView, gatewayHealth, type MetricsSource, metricsText, walletView } from './routes/gateway.ts'
import { openApiDocument } from './routes/openapi.ts'
import { operationDetail, operationStatus } from './routes/status.ts'
import { submissions } from './routes/submissions.ts'

export interface AppOptions {
  readonly gateway: OpsBatcherHandle
  /** What `/metrics` answers. */
  readonly registry: MetricsSource
  readonly logger: Logger
  readonly limits: {
    /** Most bytes of a body. The reference: 2 MiB. */
    readonly bodyBytes: number
    /** Time after which a request is answered with `request_timeout`. The reference: 10 s. */
    readonly requestTimeoutMs: DurationMs
  }
  /** Of the gateway. */
  readonly version: string
  /** The clock that requests are timed with. */
  readonly now: Now
  /** Called after every answer. */
  readonly onAnswered?: (request: AnsweredRequest) => void
  /** Answers what is asked under `/inspector`. */
  readonly inspector?: Pick<Hono, 'fetch'>
}

export function createApp(options: AppOptions): Hono {
  const { logger, limits, now, onAnswered, inspector } = options
  const { requestTimeoutMs } = limits
  const handlerOptions = { logger, requestTimeoutMs, now, ...(onAnswered && { onAnswered }) }
  const app = new Hono()
  for (const endpoint of endpointsOf(options)) {
    app.on(endpoint.method, routerPath(endpoint.path), createHandler(endpoint, handlerOptions))
  }
  if (inspector !== undefined) {
    for (const path of ['/inspector', '/inspector/*']) app.all(path, ({ req }) => inspector.fetch(req.raw))
  }
  app.notFound(createHandler({ path: 'unmatched', answer: unmatched(app) }, handlerOptions))
  return app
}

function endpointsOf({ gateway, registry, limits, version }: AppOptions): readonly Endpoint[] {
  const endpoints = [
    ...submissions(gateway, limits.bodyBytes),
    operationStatus(gateway),
    operationDetail(gateway),
    batchList(gateway),
    batchDetail(gateway),
    chainView(gateway),
    walletView(gateway),
    gatewayHealth(gateway, version),
    metricsText(registry),
  ]
  return [...endpoints, openApiDocument(endpoints, version)]
}

/** Answers what no endpoint does: 405 where another method would have matched, else 404. */
function unmatched({ router }: Hono): Endpoint['answer'] {
  const matches = (method: string, path: string) => router.match(method, path)[0].length > 0
  return ({ path, method }) => {
    const allowed = [
      ...(matches('GET', path) ? ['GET', 'HEAD'] : []),
      ...(matches('POST', path) ? ['POST'] : []),
    ]
    if (allowed.length === 0) return problem(404, { code: 'not_found', message: 'Not found.' })
    const message = `${method} is not allowed here, only ${allowed.join(' and ')}.`
    return problem(405, { code: 'method_not_allowed', message }, { Allow: allowed.join(', ') })
  }
}
