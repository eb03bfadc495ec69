/** Tells a failure of an endpoint from an answer that the caller does not like. */
import { HttpRequestError, RpcRequestError, TimeoutError, WebSocketRequestError } from 'viem'
import type { DurationMs, Millis } from '../domain/primitives.ts'
import { isRateLimit, isRefusal } from './chainClient.ts'
import { readErrorClass } from './readErrors.ts'

/** Why an endpoint does not answer. */
export interface EndpointFailure {
  /** In a few words and without credentials. */
  readonly message: string
  /** The endpoint wants fewer requests. */
  readonly isRateLimited: boolean
  /** The pause requested by `Retry-After`; null for none. */
  readonly retryAfter: DurationMs | null
}

/**
 * Reads the error of one call. Transport errors, timeouts and refusals by HTTP status are failures of the endpoint. A
 * revert, `nonce too low` and the like are answers.
 * @param error as the link threw it
 * @param at the time of the error, for a `Retry-After` that is a date
 * @returns null for an answer
 */
export function failureOf(error: unknown, at: Millis): EndpointFailure | null {
  if (error instanceof TimeoutError) return failure('timeout')
  if (error instanceof WebSocketRequestError) return failure(error.details)
  if (error instanceof HttpRequestError) {
    const { status, headers, details } = error
    if (status === undefined) return failure(details)
    if (isAboutTheRequest(status)) return null
    const limit = { isRateLimited: status === 429 || status === 402, isQuota: status === 402 }
    return refusal(`HTTP ${status}`, limit, headers, at)
  }
  if (error instanceof RpcRequestError && isRefusal(error)) {
    const { status, code, headers } = error
    const isQuota = status === 402 || readErrorClass(error) === 'quota'
    const message = status === undefined ? `JSON-RPC error ${code}` : `HTTP ${status}`
    return refusal(message, { isRateLimited: isRateLimit(error), isQuota }, headers, at)
  }
  return null
}

/** A failure without a request for a pause. */
export function failure(message: string): EndpointFailure {
  return { message, isRateLimited: false, retryAfter: null }
}

/** Bad request, and content too large: other requests may pass. */
function isAboutTheRequest(status: number): boolean {
  return status === 400 || status === 413
}

/** Pause of an endpoint whose quota is used up. The quota may be renewed, or raised by the operator, at any time. */
const QUOTA_PAUSE: DurationMs = 60_000

interface Limit {
  readonly isRateLimited: boolean
  readonly isQuota: boolean
}

function refusal(
  message: string,
  { isRateLimited, isQuota }: Limit,
  headers: Headers | undefined,
  at: Millis,
): EndpointFailure {
  const requested = readRetryAfter(headers?.get('Retry-After') ?? null, at)
  return { message, isRateLimited, retryAfter: isQuota ? Math.max(QUOTA_PAUSE, requested ?? 0) : requested }
}

/** Seconds, or a date. RFC 9110, section 10.2.3. */
function readRetryAfter(text: string | null, at: Millis): DurationMs | null {
  if (text === null) return null
  const duration = /^\d+$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - at
  return Number.isFinite(duration) ? Math.max(0, duration) : null
}
