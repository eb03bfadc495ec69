/** The access log: one line for each answered request of the API. */
import type { GatewayErrorCode } from '../domain/errors.ts'
import type { DurationMs } from '../domain/primitives.ts'

/** The methods of a logger used by the access log. A pino logger fits. */
export interface AccessLogger {
  info(details: object, message: string): void
  debug(details: object, message: string): void
}

/** What the access log tells about a request. */
export interface AccessEntry {
  /** UUID of the request; for an admitted operation also the id of the operation. */
  readonly requestId: string
  readonly method: string
  /** Path without the query, because a query can hold a token. */
  readonly path: string
  readonly status: number
  readonly duration: DurationMs
  /** Address of the client (see `clientAddress`). */
  readonly client: string
  /** Account of the submitted operation; null for another request, and for a new account. */
  readonly account: string | null
  /** Code of the error answer, or `ok`. */
  readonly outcome: GatewayErrorCode | 'ok'
}

/** A longer path is cut: the client chooses its length. */
const MAX_PATH_LENGTH = 200

/**
 * @param isRoutine true for requests that a monitor repeats for ever: they are logged at debug while they succeed, because at
 * info they would hide the others
 */
export function logAccess(
  logger: AccessLogger,
  { requestId, method, path, status, duration, client, account, outcome }: AccessEntry,
  isRoutine: boolean,
): void {
  const level = isRoutine && status < 400 ? 'debug' : 'info'
  const shown = path.length > MAX_PATH_LENGTH ? `${path.slice(0, MAX_PATH_LENGTH)}…` : path
  const ms = Math.round(duration)
  const who = account === null ? { client } : { client, account }
  logger[level]({ requestId, method, path: shown, status, ms, ...who, outcome }, 'request answered')
}
