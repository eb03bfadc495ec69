/**
 * The health of an endpoint: a state machine as a value (`EndpointHealth`) with a pure transition function.
 *
 * | state     | meaning                                     | entered when                              | left when                                  |
 * |-----------|---------------------------------------------|-------------------------------------------|--------------------------------------------|
 * | `Up`      | calls are sent                              | a probe passes                            | a call fails; other endpoints are ahead    |
 * | `Down`    | calls wait for the probe, or fail at once   | a call or a probe fails; at the start     | a probe at or after `retryAt`              |
 * | `Behind`  | calls fail at once                          | other endpoints have newer blocks         | a probe at or after `retryAt`              |
 * | `Foreign` | calls fail at once                          | a probe finds another chain id            | a probe at or after `retryAt`              |
 *
 * Back-off: the first failure is probed at once, because it may be a short interruption; calls wait for that probe. After
 * further failures calls fail at once until `retryAt`, and the pause doubles. Only a successful call resets the back-off.
 */
import type { DurationMs, Millis } from '../domain/primitives.ts'
import type { EndpointFailure } from './endpointFailure.ts'

interface History {
  /** Number of consecutive failures without a successful call between. A passed probe does not reset the count. */
  readonly failures: number
  /** Number of stops of all calls. A result is ignored if the call started before the last stop. */
  readonly outages: number
}

interface Up extends History {
  readonly state: 'Up'
  readonly chainId: number
}

interface Unusable extends History {
  readonly state: 'Down' | 'Behind' | 'Foreign'
  /** The reason, in a few words and without credentials. */
  readonly message: string
  /** Earliest time of the next probe. */
  readonly retryAt: Millis
  /** What happens to new calls: `wait` for the probe in progress, or `fail` at once. */
  readonly calls: 'wait' | 'fail'
}

export type EndpointHealth = Up | Unusable

/** `outages` is the value of `EndpointHealth.outages` when the call started. */
export type HealthEvent =
  | { readonly type: 'call.succeeded'; readonly outages: number }
  | {
      readonly type: 'call.failed'
      readonly outages: number
      readonly failure: EndpointFailure
      readonly at: Millis
    }
  | { readonly type: 'probe.passed'; readonly chainId: number }
  | { readonly type: 'probe.failed'; readonly failure: EndpointFailure; readonly at: Millis }
  /** The endpoint answers, and yet cannot be used. */
  | {
      readonly type: 'endpoint.rejected'
      readonly state: 'Behind' | 'Foreign'
      readonly message: string
      readonly at: Millis
    }

/** The health before the first probe. */
export const notProbed: EndpointHealth = {
  state: 'Down',
  message: 'not probed yet',
  retryAt: 0,
  calls: 'fail',
  failures: 0,
  outages: 0,
}

/** Pause after the second failure in a row. Each further failure doubles the pause. */
const FIRST_PAUSE: DurationMs = 250

const LONGEST_PAUSE: DurationMs = 10_000

/** Upper limit for `Retry-After`: the endpoint may be the only one. */
const LONGEST_RETRY_AFTER: DurationMs = 60_000

/** @returns the next health; the given object when nothing changes */
export function transition(health: EndpointHealth, event: HealthEvent): EndpointHealth {
  switch (event.type) {
    case 'call.succeeded': {
      const isReset = health.state === 'Up' && health.failures > 0 && health.outages === event.outages
      return isReset ? { ...health, failures: 0 } : health
    }
    case 'call.failed':
      return health.outages === event.outages ? afterCallFailure(health, event.failure, event.at) : health
    case 'probe.passed': {
      const { failures, outages } = health
      return { state: 'Up', chainId: event.chainId, failures, outages }
    }
    case 'probe.failed':
      return { ...backedOff(health, event.failure, event.at), calls: 'fail' }
    case 'endpoint.rejected': {
      const { failures, outages } = health
      const { state, message, at } = event
      const retryAt = at + LONGEST_PAUSE
      return { state, message, retryAt, calls: 'fail', failures, outages: outages + 1 }
    }
  }
}

function afterCallFailure(health: EndpointHealth, failure: EndpointFailure, at: Millis): EndpointHealth {
  const next = backedOff(health, failure, at)
  return { ...next, calls: next.retryAt <= at ? 'wait' : 'fail' }
}

/** A rate limit gets a pause already at the first failure: an immediate probe would be one more call. */
function backedOff(
  { failures, outages }: EndpointHealth,
  { message, isRateLimited, retryAfter }: EndpointFailure,
  at: Millis,
): Omit<Unusable, 'calls'> {
  const pauses = failures + (isRateLimited ? 1 : 0)
  const pause = pauses === 0 ? 0 : Math.min(FIRST_PAUSE * 2 ** (pauses - 1), LONGEST_PAUSE)
  const requested = Math.min(retryAfter ?? 0, LONGEST_RETRY_AFTER)
  return {
    state: 'Down',
    message,
    retryAt: at + Math.max(pause, requested),
    failures: failures + 1,
    outages: outages + 1,
  }
}
