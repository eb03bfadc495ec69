/** The common part of all routes: request id, time limit, error answers and observation. */
import { randomUUID } from 'node:crypto'
import type { Context } from 'hono'
import { UnavailableError } from '../domain/errors.ts'
import type { DurationMs, Now } from '../domain/primitives.ts'
import { problemReply } from './problem.ts'
import { type Reply, respond } from './reply.ts'
import type { Route } from './route.ts'

/** The methods of a logger used by the server. A pino logger fits. */
export interface Logger {
  error(details: object, message: string): void
}

/** An answered request, for observers like the metrics. */
export interface AnsweredRequest {
  /** Path pattern of the route, or `unmatched` if no route has the path. */
  readonly route: string
  readonly method: string
  readonly status: number
  readonly duration: DurationMs
}

export interface HandlerOptions {
  readonly logger: Logger
  readonly requestTimeoutMs: DurationMs
  /** Clock for the duration of requests. */
  readonly now: Now
  readonly onAnswered?: (request: AnsweredRequest) => void
}

/** @returns the handler of a route for the router */
export function createHandler(
  { path: route, answer }: { readonly path: string; readonly answer: Route['answer'] },
  { logger, requestTimeoutMs, now, onAnswered }: HandlerOptions,
): (context: Context) => Promise<Response> {
  return async ({ req }) => {
    const startedAt = now()
    const requestId = randomUUID()
    const report = (err: unknown) => logger.error({ err, requestId, route }, 'request failed')
    const reply = await withDeadline(async () => answer(req, requestId), requestTimeoutMs).catch((error) =>
      problemReply(error, report),
    )
    onAnswered?.({ route, method: req.method, status: reply.status, duration: now() - startedAt })
    return respond(reply, requestId)
  }
}

/**
 * Limits the time of a request. A timeout does not stop `work`: the gateway may still admit the operation.
 * @throws UnavailableError `request_timeout` if `work` takes longer than `timeout` milliseconds
 */
function withDeadline(work: () => Promise<Reply>, timeout: DurationMs): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const expire = () =>
      reject(new UnavailableError('request_timeout', `Request timed out after ${timeout / 1000}s`))
    const timer = setTimeout(expire, timeout)
    work()
      .then(resolve, reject)
      .finally(() => clearTimeout(timer))
  })
}
