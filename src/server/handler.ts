/** The common part of all routes: request id, time limit, error answers, access log and observation. */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Context } from 'hono'
import type { ApiAccess } from '../domain/access.ts'
import { UnavailableError } from '../domain/errors.ts'
import type { DurationMs, Now } from '../domain/primitives.ts'
import { type AccessLogger, logAccess } from './accessLog.ts'
import { checkAccess } from './checkAccess.ts'
import { clientAddress } from './clientAddress.ts'
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

/** What a request brings along: its connection, unless a program calls the app directly. */
export interface Environment {
  Bindings: { readonly incoming?: Pick<IncomingMessage, 'socket'> }
}

export interface HandlerOptions {
  readonly logger: Logger & AccessLogger
  readonly requestTimeoutMs: DurationMs
  readonly access: ApiAccess
  /** Number of reverse proxies in front of the server. */
  readonly trustedProxies: number
  /** Clock for the duration of requests. */
  readonly now: Now
  readonly onAnswered?: (request: AnsweredRequest) => void
}

/** The part of a route that the handler needs. */
type Answering = Pick<Route, 'answer' | 'isOperatorView' | 'isRoutine' | 'waitOf' | 'headers'> & {
  readonly path: string
}

/** @returns the handler of a route for the router */
export function createHandler(
  { path: route, answer, isOperatorView = false, isRoutine = false, waitOf = () => 0, headers }: Answering,
  { logger, requestTimeoutMs, access, trustedProxies, now, onAnswered }: HandlerOptions,
): (context: Context<Environment>) => Promise<Response> {
  return async ({ req, env }) => {
    const startedAt = now()
    const requestId = randomUUID()
    const report = (err: unknown) => logger.error({ err, requestId, route }, 'request failed')
    const peer = env?.incoming?.socket.remoteAddress
    const client = clientAddress(req.raw.headers.get('X-Forwarded-For'), peer, trustedProxies)
    let account: string | null = null
    const work = async () => {
      checkAccess(access, req.raw, isOperatorView)
      return answer(req, requestId, client, (noted) => {
        account = noted
      })
    }
    const reply = await withDeadline(work, requestTimeoutMs + waitOf(req)).catch((error) =>
      problemReply(error, report),
    )
    const { status, code: outcome = 'ok' } = reply
    const { method, path } = req
    const duration = now() - startedAt
    logAccess(logger, { requestId, method, path, status, duration, client, account, outcome }, isRoutine)
    onAnswered?.({ route, method, status, duration })
    return respond(headers ? { ...reply, headers: { ...headers, ...reply.headers } } : reply, requestId)
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
