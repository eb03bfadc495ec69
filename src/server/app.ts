/**
 * The HTTP API: the routes of the reference API, and views for operators. The app depends only on the interface `OpsBatcherHandle`.
 *
 * A route is one function from a request to a reply, without middleware. `handler.ts` holds the common part of all routes. A route
 * validates only fields used by the route.
 */
import { Hono } from 'hono'
import type { ApiAccess } from '../domain/access.ts'
import type { OpsBatcherHandle } from '../domain/handle.ts'
import type { WindowRateLimit } from '../domain/httpConfig.ts'
import type { DurationMs, Now } from '../domain/primitives.ts'
import type { RegistryVersions } from '../registry/versions.ts'
import type { AccessLogger } from './accessLog.ts'
import { createDocsApp, isEntrance } from './docsApp.ts'
import { type AnsweredRequest, createHandler, type Environment, type Logger } from './handler.ts'
import { problem } from './problem.ts'
import { createRateLimits, type RateLimitName } from './rateLimits.ts'
import { type Route, toRouterPath } from './route.ts'
import { batchDetail, batchList } from './routes/batches.ts'
import { contractViews } from './routes/contractViews.ts'
import { openApiDocument } from './routes/openapi.ts'
import { chainView, healthView, type MetricsSource, metricsText, walletView } from './routes/operatorViews.ts'
import { livenessProbe, readinessProbe } from './routes/probes.ts'
import { operationDetail, operationStatus } from './routes/status.ts'
import { submissions } from './routes/submissions.ts'

export interface AppOptions {
  readonly gateway: OpsBatcherHandle
  /** The versions of the contract that the operations are for. */
  readonly registry: RegistryVersions
  /** Source of the text of `/metrics`. */
  readonly metrics: MetricsSource
  readonly logger: Logger & AccessLogger
  readonly limits: {
    /** Maximum size of a request body, in bytes. The reference allows 2 MiB. */
    readonly bodyBytes: number
    /** Maximum number of submissions of one client per second, and at once; null for no limit. */
    readonly perClient: number | null
    /** Maximum number of operations of accounts per window; null for no limit. */
    readonly perWindow: WindowRateLimit | null
    /** Time limit of a request. After it the answer is `request_timeout`. The reference uses 10 s. */
    readonly requestTimeoutMs: DurationMs
  }
  readonly access: ApiAccess
  /** Number of reverse proxies in front of the server. Each appends its caller to `X-Forwarded-For`. */
  readonly trustedProxies: number
  /** Version of the gateway. */
  readonly version: string
  /** Clock for the duration of requests. */
  readonly now: Now
  /** Called once per request, as soon as the status is known. */
  readonly onAnswered?: (request: AnsweredRequest) => void
  /** Called once per request that a rate limit refused. */
  readonly onRateLimited?: (limit: RateLimitName) => void
  /** Answers all requests below `/inspector`. */
  readonly inspector?: Pick<Hono, 'fetch'>
}

const NO_ROUTE = 'No route has this path. GET /openapi.json lists all routes.'

export function createApp(options: AppOptions): Hono<Environment> {
  const { logger, limits, access, trustedProxies, now, onAnswered, inspector } = options
  const { requestTimeoutMs } = limits
  const observed = onAnswered && { onAnswered }
  const handlerOptions = { logger, requestTimeoutMs, access, trustedProxies, now, ...observed }
  const app = new Hono<Environment>()
  for (const route of routesOf(options)) {
    app.on(route.method, toRouterPath(route.path), createHandler(route, handlerOptions))
  }
  if (inspector !== undefined) {
    for (const path of ['/inspector', '/inspector/*']) app.all(path, ({ req }) => inspector.fetch(req.raw))
  }
  const docs = createDocsApp({ access, hasInspector: inspector !== undefined })
  for (const path of ['/docs', '/docs/assets/*']) app.get(path, ({ req }) => docs.fetch(req.raw))
  const unmatched = createHandler({ path: 'unmatched', answer: answerUnmatched(app) }, handlerOptions)
  app.notFound((context) => (isEntrance(context.req) ? docs.fetch(context.req.raw) : unmatched(context)))
  return app
}

function routesOf(options: AppOptions): readonly Route[] {
  const { gateway, registry, metrics, limits, access, version, now, onRateLimited } = options
  const [oldest] = registry.versions
  const current = () => registry.versions.find(({ name }) => name === gateway.chain().registry) ?? oldest
  const rateLimits = createRateLimits({ ...limits, now, ...(onRateLimited && { onRateLimited }) })
  const routes = [
    ...submissions(oldest, current, gateway, limits.bodyBytes, rateLimits),
    operationStatus(gateway),
    operationDetail(gateway),
    ...contractViews(oldest.views, gateway),
    batchList(gateway),
    batchDetail(gateway),
    chainView(gateway),
    walletView(gateway),
    healthView(gateway, version),
    livenessProbe,
    readinessProbe(gateway),
    metricsText(metrics),
  ]
  return [...routes, openApiDocument(routes, oldest, { version, viewsNeedToken: access.viewToken !== null })]
}

/** Answers a request without a route: 405 for a known path with a wrong method, 404 for an unknown path. */
function answerUnmatched({ router }: Hono<Environment>): Route['answer'] {
  const matches = (method: string, path: string) => router.match(method, path)[0].length > 0
  return ({ path, method }) => {
    const allowed = [
      ...(matches('GET', path) ? ['GET', 'HEAD'] : []),
      ...(matches('POST', path) ? ['POST'] : []),
    ]
    if (allowed.length === 0) return problem(404, { code: 'not_found', message: NO_ROUTE })
    const message = `${path} does not accept ${method}. Use ${allowed.join(' or ')}.`
    return problem(405, { code: 'method_not_allowed', message }, { Allow: allowed.join(', ') })
  }
}
