/** What is common to every request: its id, its deadline, its errors and its observation. */
import { randomUUID } from 'node:crypto'
import type { Context } from 'hono'
import { UnavailableError } from '../domain/errors.ts'
import type { DurationMs, Now } from '../domain/primitives.ts'
import type { Endpoint } from './endpoint.ts'
import { problemReply } from './problem.ts'
import { type Reply, respond } from './reply.ts'

/** The part of a logger that the server uses; pino's has it. */
export interface Logger {
  error(details: object, message: string): void
}

/** A request that was answered, for whoever counts them. */
export interface AnsweredRequest {
  /** The pattern that its path matched; `unmatched` when none did. */
  readonly route: string
  readonly method: string
  readonly status: number
  readonly duration: DurationMs
}

export interface HandlerOptions {
  readonly logger: Logger
  readonly requestTimeoutMs: DurationMs
  /** The clock that durations are measured with. */
  readonly now: Now
  readonly onAnswered?: (request: AnsweredRequest) => void
}

/** @returns the router's handler for an endpoint */
export function createHandler(
  { path: route, answer }: { readonly path: string; readonly answer: Endpoint['answer'] },
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
 * @throws UnavailableError `request_timeout` when `work` takes longer than `timeout`. It goes on all the same: what a
 *   gateway was given it may still accept.
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
