/** How well an endpoint is, as a value: what a failed call says of it, and when it is tried again. */
import { HttpRequestError, RpcRequestError, TimeoutError, WebSocketRequestError } from 'viem'
import type { EndpointView } from '../domain/chain.ts'
import type { DurationMs, Millis } from '../domain/primitives.ts'
import { isRefusal } from './chainClient.ts'

/** What a failed call says of its endpoint. */
export interface Illness {
  /** In a few words and without credentials. */
  readonly message: string
  /** Whether it is not sick, but wants to be asked less. */
  readonly isLimited: boolean
  /** How long it wants to be left alone; null when it does not say. */
  readonly retryAfter: DurationMs | null
}

/**
 * What the error of one call says of its endpoint's health. Transport errors, timeouts and refusals by HTTP status are
 * illness. What the call came to is not.
 * @param error as the transport threw it
 * @returns null when it says nothing
 */
export function illnessOf(error: unknown, at: Millis): Illness | null {
  if (error instanceof TimeoutError) return sick('no answer in time')
  if (error instanceof WebSocketRequestError) return sick(error.details)
  if (error instanceof HttpRequestError) {
    const { status, headers, details } = error
    if (status === undefined) return sick(details)
    return isAboutTheRequest(status) ? null : refusal(status, headers, at)
  }
  if (error instanceof RpcRequestError && isRefusal(error)) {
    return refusal(error.status ?? error.code, error.headers, at)
  }
  return null
}

/** Bad request, and too large: others may pass. */
function isAboutTheRequest(status: number): boolean {
  return status === 400 || status === 413
}

function sick(message: string): Illness {
  return { message, isLimited: false, retryAfter: null }
}

function refusal(status: number, headers: Headers | undefined, at: Millis): Illness {
  return {
    message: `it answers ${status}`,
    isLimited: status === 429,
    retryAfter: readRetryAfter(headers?.get('Retry-After') ?? null, at),
  }
}

/** Seconds, or a date. RFC 9110, section 10.2.3. */
function readRetryAfter(text: string | null, at: Millis): DurationMs | null {
  if (text === null) return null
  const duration = /^\d+$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - at
  return Number.isFinite(duration) ? Math.max(0, duration) : null
}

export interface EndpointHealth extends Omit<EndpointView, 'name'> {
  /** Times in a row that it fell ill before a call succeeded; being found well by a probe does not count as success. */
  readonly relapses: number
}

export const well: EndpointHealth = { state: 'Up', message: null, retryAt: null, relapses: 0 }

/** Pause after the second failure in a row; it doubles with every further one. */
const FIRST_PAUSE: DurationMs = 250

const LONGEST_PAUSE: DurationMs = 10_000

/** However long an endpoint wants to be left alone, it may be the only one. */
const LONGEST_RETRY_AFTER: DurationMs = 60_000

/**
 * The health after a failure. The first may be a blip, so it is looked into at once, unless the endpoint wants to be asked
 * less.
 */
export function fallIll(
  { relapses }: EndpointHealth,
  { message, isLimited, retryAfter }: Illness,
  at: Millis,
): EndpointHealth {
  const pauses = relapses + (isLimited ? 1 : 0)
  const pause = pauses === 0 ? 0 : Math.min(FIRST_PAUSE * 2 ** (pauses - 1), LONGEST_PAUSE)
  const wanted = Math.min(retryAfter ?? 0, LONGEST_RETRY_AFTER)
  return { state: 'Down', message, retryAt: at + Math.max(pause, wanted), relapses: relapses + 1 }
}

/** The health of an endpoint that answers, and yet must not be asked: it is looked at again after the longest pause. */
export function setAside(
  { relapses }: EndpointHealth,
  state: 'Behind' | 'Foreign',
  message: string,
  at: Millis,
): EndpointHealth {
  return { state, message, retryAt: at + LONGEST_PAUSE, relapses }
}

/** The health after a probe has found it well. */
export function rise({ relapses }: EndpointHealth): EndpointHealth {
  return { ...well, relapses }
}
