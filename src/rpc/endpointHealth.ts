/**
 * The health of an endpoint: a state machine as a value (`EndpointHealth`) with a pure transition function.
 *
 * | state     | meaning                                      | entered when                                   | left when                               |
 * |-----------|----------------------------------------------|------------------------------------------------|-----------------------------------------|
 * | `Up`      | calls are sent                               | a probe passes                                 | a call fails, or one of the rows below  |
 * | `Slow`    | calls are sent while no endpoint is `Up`     | calls take longer than half a block time       | a probe takes a quarter of a block time |
 * | `Down`    | calls wait for the probe, or fail at once    | a call or a probe fails; at the start          | a probe at or after `retryAt`           |
 * | `Behind`  | calls fail at once                           | other endpoints have newer blocks              | a probe at or after `retryAt`           |
 * | `Foreign` | calls fail at once                           | a probe finds another chain id                 | a probe at or after `retryAt`           |
 *
 * Back-off: the first failure is probed at once, because it may be a short interruption; calls wait for that probe. After
 * further failures calls fail at once until `retryAt`, and the pause doubles. Only a successful call resets the back-off.
 *
 * An endpoint that asks for fewer requests keeps its state while the pause is short: calls wait for the end of the pause.
 */
import type { DurationMs, Millis } from '../domain/primitives.ts'
import type { EndpointFailure } from './endpointFailure.ts'

interface History {
  /** Number of consecutive failures without a successful call between. A passed probe does not reset the count. */
  readonly failures: number
  /** Number of stops of all calls. A result is ignored if the call started before the last stop. */
  readonly outages: number
}

interface Usable extends History {
  readonly chainId: number
  /** Average duration of the last light calls; null before the first. */
  readonly roundTrip: DurationMs | null
  /** Calls wait until this time. */
  readonly pausedUntil: Millis
}

interface Up extends Usable {
  readonly state: 'Up'
}

interface Unpreferred {
  /** The reason, in a few words and without credentials. */
  readonly message: string
  /** Earliest time of the next probe. */
  readonly retryAt: Millis
}

interface Slow extends Usable, Unpreferred {
  readonly state: 'Slow'
}

interface Unusable extends History, Unpreferred {
  readonly state: 'Down' | 'Behind' | 'Foreign'
  /** What happens to new calls: `wait` for the probe in progress, or `fail` at once. */
  readonly calls: 'wait' | 'fail'
}

export type EndpointHealth = Up | Slow | Unusable

/**
 * `outages` is the value of `EndpointHealth.outages` when the call started. `limit` is the longest duration of a light call
 * of an `Up` endpoint; null while no endpoint counts as slow.
 */
export type HealthEvent =
  | { readonly type: 'call.succeeded'; readonly outages: number }
  | {
      readonly type: 'call.failed'
      readonly outages: number
      readonly failure: EndpointFailure
      readonly at: Millis
    }
  /** A light call was answered. */
  | {
      readonly type: 'call.measured'
      readonly duration: DurationMs
      readonly limit: DurationMs | null
      readonly at: Millis
    }
  /** A light call was given up, because another endpoint is `Up`. The endpoint may still answer. */
  | { readonly type: 'call.abandoned'; readonly message: string; readonly at: Millis }
  | {
      readonly type: 'probe.passed'
      readonly chainId: number
      readonly duration: DurationMs
      readonly limit: DurationMs | null
      readonly at: Millis
    }
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

/** Longest pause for which calls wait. During a longer pause the endpoint is `Down`. */
const LONGEST_WAIT: DurationMs = 1_000

/** Weight of the newest call in the average: about four calls decide. */
const WEIGHT = 0.25

/** @returns the next health; the given object when nothing changes */
export function transition(health: EndpointHealth, event: HealthEvent): EndpointHealth {
  switch (event.type) {
    case 'call.succeeded': {
      const isReset = isUsable(health) && health.failures > 0 && isRecent(health, event.outages)
      return isReset ? { ...health, failures: 0 } : health
    }
    case 'call.failed':
      return health.outages === event.outages ? afterCallFailure(health, event.failure, event.at) : health
    case 'call.measured':
      return isUsable(health) ? afterMeasurement(health, event) : health
    case 'call.abandoned':
      return health.state === 'Up' ? slow(health, event.message, event.at) : health
    case 'probe.passed':
      return afterProbe(health, event)
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

/** Whether calls are sent in this state. */
export function isUsable(health: EndpointHealth): health is Up | Slow {
  return health.state === 'Up' || health.state === 'Slow'
}

/**
 * Whether a call started after the last stop. If that was a pause for a rate limit, the calls that were in flight with the
 * refused one count too: an endpoint that takes some of them is not `Down`.
 */
function isRecent({ outages, pausedUntil }: Up | Slow, atStart: number): boolean {
  return atStart === outages || (pausedUntil > 0 && atStart === outages - 1)
}

type EventOf<T extends HealthEvent['type']> = Extract<HealthEvent, { type: T }>

function afterMeasurement(
  health: Up | Slow,
  { duration, limit, at }: EventOf<'call.measured'>,
): EndpointHealth {
  const before = health.roundTrip ?? duration
  const measured = { ...health, roundTrip: before + WEIGHT * (duration - before) }
  const isTooLong = measured.state === 'Up' && limit !== null && measured.roundTrip > limit
  return isTooLong ? slow(measured, describeSlow(measured.roundTrip, limit), at) : measured
}

/** A `Slow` endpoint must be twice as fast as the limit, so it does not alternate between the states. */
function afterProbe(
  health: EndpointHealth,
  { chainId, duration, limit, at }: EventOf<'probe.passed'>,
): EndpointHealth {
  const { failures, outages } = health
  const up: Up = { state: 'Up', chainId, roundTrip: duration, pausedUntil: 0, failures, outages }
  const longest = health.state === 'Slow' && limit !== null ? limit / 2 : limit
  return longest !== null && duration > longest ? slow(up, describeSlow(duration, longest), at) : up
}

function slow(health: Up | Slow, message: string, at: Millis): Slow {
  return { ...health, state: 'Slow', message, retryAt: at + LONGEST_PAUSE }
}

function describeSlow(roundTrip: DurationMs, limit: DurationMs): string {
  return `answers take ${Math.round(roundTrip)} ms, the limit is ${Math.round(limit)} ms`
}

function afterCallFailure(health: EndpointHealth, failure: EndpointFailure, at: Millis): EndpointHealth {
  const next = backedOff(health, failure, at)
  const isShort = failure.isRateLimited && next.retryAt <= at + LONGEST_WAIT
  if (isUsable(health) && isShort) {
    return { ...health, pausedUntil: next.retryAt, failures: next.failures, outages: next.outages }
  }
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
