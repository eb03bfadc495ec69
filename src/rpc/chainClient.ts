/**
 * The client for calls to the chain, and the classes of its errors: an answer (for example a revert), an outage (no answer
 * now), and a refusal by the endpoint.
 */
import {
  BaseError,
  BlockNotFoundError,
  HttpRequestError,
  type PublicClient,
  RpcRequestError,
  TimeoutError,
  WebSocketRequestError,
} from 'viem'
import { UnavailableError } from '../domain/errors.ts'
import type { DurationMs } from '../domain/primitives.ts'
import { type ReadErrorClass, readErrorClass } from './readErrors.ts'

/** Reads and sends through one endpoint, without retries: only the caller knows whether a second call is safe. */
export type ChainClient = PublicClient

/** No call was made: the endpoint is not up, and its next probe is not due or not finished. */
export class EndpointDownError extends BaseError {
  override readonly name = 'EndpointDownError'
  /** Time until the next probe. */
  readonly retryAfter: DurationMs

  constructor(endpoint: string, reason: string, retryAfter: DurationMs) {
    super(`RPC endpoint ${endpoint} is disabled: ${reason}`, { details: reason })
    this.retryAfter = retryAfter
  }
}

/**
 * Whether the chain did not answer: no connection, a timeout, a refusal by HTTP status, a node without resources or without
 * the block. Any other error is an answer.
 */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof BaseError)) return true
  return error.walk(isOutage) !== null
}

function isOutage(link: unknown): boolean {
  if (
    link instanceof TimeoutError ||
    link instanceof WebSocketRequestError ||
    link instanceof EndpointDownError ||
    link instanceof BlockNotFoundError
  ) {
    return true
  }
  // Content too large is an answer: a smaller call may pass.
  if (link instanceof HttpRequestError) return link.status !== 413
  if (!(link instanceof RpcRequestError)) return false
  return isRefusal(link) || !ANSWERS.has(readErrorClass(link))
}

/** The classes of errors that answer the call. */
const ANSWERS: ReadonlySet<ReadErrorClass> = new Set(['result', 'tooLarge', 'unknown'])

/** Whether a JSON-RPC error refuses the caller (rate limit, authorisation, server error), by HTTP status or by message. */
export function isRefusal(error: RpcRequestError): boolean {
  const { status = 200 } = error
  if (isRateLimit(error) || status === 401 || status === 403) return true
  const found = readErrorClass(error)
  return status >= 500 && (found === 'trouble' || found === 'unknown')
}

/** Whether the endpoint wants fewer requests. */
export function isRateLimit(error: RpcRequestError): boolean {
  const { status = 200 } = error
  const found = readErrorClass(error)
  return status === 429 || status === 402 || found === 'rateLimited' || found === 'quota'
}

/** Whether the node refused the call because it needs too much time, gas or space. A smaller call may pass. */
export function isTooHeavy(error: unknown): boolean {
  const refusal = error instanceof BaseError ? error.walk((link) => link instanceof HttpRequestError) : null
  const hasStatus = refusal instanceof HttpRequestError && refusal.status === 413
  const found = classOf(error)
  return hasStatus || found === 'tooLarge' || found === 'tooSlow'
}

function classOf(error: unknown): ReadErrorClass | null {
  const answer = error instanceof BaseError ? error.walk((link) => link instanceof RpcRequestError) : null
  return answer instanceof RpcRequestError ? readErrorClass(answer) : null
}

/** The error for an API caller when the chain does not answer. */
export function chainUnavailable(cause: unknown): UnavailableError {
  const down = cause instanceof BaseError ? cause.walk((link) => link instanceof EndpointDownError) : null
  return new UnavailableError(
    'chain_unavailable',
    'The chain did not answer; nothing was stored. Please try again.',
    {
      cause,
      retryAfter: down instanceof EndpointDownError ? Math.max(1, Math.ceil(down.retryAfter / 1000)) : 1,
    },
  )
}

/**
 * Whether a repeated read of an older state may succeed later: the chain did not answer, or the node lacks the block. A
 * pruned state is final: the node will never answer.
 */
export function isTemporary(error: unknown): boolean {
  return isUnavailable(error) && classOf(error) !== 'pruned'
}
