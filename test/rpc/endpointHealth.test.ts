import { describe, expect, it } from 'vitest'
import { type EndpointFailure, failure } from '../../src/rpc/endpointFailure.ts'
import { type EndpointHealth, notProbed, transition } from '../../src/rpc/endpointHealth.ts'

const AT = 1_000_000
const timeout = failure('timeout')
const rateLimit: EndpointFailure = { ...timeout, isRateLimited: true }

/** A probe that nothing limits. */
const pass = { type: 'probe.passed', chainId: 480, duration: 40, limit: null, at: AT } as const
const up = transition(notProbed, pass)

function failCall(health: EndpointHealth, reason = timeout): EndpointHealth {
  return transition(health, { type: 'call.failed', outages: health.outages, failure: reason, at: AT })
}

function passProbe(health: EndpointHealth): EndpointHealth {
  return transition(health, pass)
}

/** Time in which all calls fail. */
function pauseOf(health: EndpointHealth): number {
  return health.state === 'Up' ? 0 : health.retryAt - AT
}

describe('the back-off of an endpoint', () => {
  /** Pauses from failure to probe, when every probe passes and every call fails. */
  function pauses(reason: EndpointFailure, times: number): readonly number[] {
    let health = up
    return Array.from({ length: times }, () => {
      health = failCall(passProbe(health), reason)
      return pauseOf(health)
    })
  }

  it('starts with a probe at once and doubles the pause up to a limit', () => {
    expect(pauses(timeout, 9)).toEqual([0, 250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000])
  })

  it('lasts for a second pause at the fourth rate limit in a row', () => {
    expect(pauses(rateLimit, 6)).toEqual([0, 0, 0, 2_000, 4_000, 8_000])
  })

  it('honours Retry-After up to a minute', () => {
    expect(pauses({ ...rateLimit, retryAfter: 5_000 }, 1)).toEqual([5_000])
    expect(pauses({ ...rateLimit, retryAfter: 86_400_000 }, 1)).toEqual([60_000])
  })

  it('is reset by a successful call, not by a passed probe', () => {
    const back = passProbe(failCall(up))
    expect(back).toEqual({ ...up, failures: 1, outages: 1 })
    const reset = transition(back, { type: 'call.succeeded', outages: back.outages })
    expect(reset).toEqual({ ...up, failures: 0, outages: 1 })
  })
})

describe('an endpoint that asks for fewer requests', () => {
  const pausedUntil = (health: EndpointHealth) => ('pausedUntil' in health ? health.pausedUntil - AT : null)

  it('stays Up, and calls wait for a pause that doubles up to a second', () => {
    let health = up
    const waits = Array.from({ length: 4 }, () => {
      health = failCall(health, rateLimit)
      return pausedUntil(health)
    })
    expect(waits).toEqual([250, 500, 1_000, null])
    expect(health).toMatchObject({ state: 'Down', retryAt: AT + 2_000, calls: 'fail' })
  })

  it('is Down for a longer Retry-After', () => {
    expect(pausedUntil(failCall(up, { ...rateLimit, retryAfter: 1_000 }))).toBe(1_000)
    expect(failCall(up, { ...rateLimit, retryAfter: 1_001 })).toMatchObject({ state: 'Down' })
  })

  it('gets one pause for all calls that were in flight together', () => {
    const paused = failCall(up, rateLimit)
    const failed = { type: 'call.failed', outages: up.outages, failure: rateLimit, at: AT } as const
    expect(transition(paused, failed)).toBe(paused)
  })

  it('gets short pauses as long as it takes some of the calls in flight together', () => {
    let health = up
    for (let count = 0; count < 10; count += 1) {
      const { outages } = health
      health = transition(failCall(health, rateLimit), { type: 'call.succeeded', outages })
      expect(health).toMatchObject({ state: 'Up', pausedUntil: AT + 250, failures: 0 })
    }
  })

  it('gets short pauses again after a successful call', () => {
    const paused = failCall(failCall(up, rateLimit), rateLimit)
    const answered = transition(paused, { type: 'call.succeeded', outages: paused.outages })
    expect(pausedUntil(failCall(answered, rateLimit))).toBe(250)
  })
})

describe('an endpoint that answers slowly', () => {
  const LIMIT = 1_000

  function measure(health: EndpointHealth, ...durations: readonly number[]): EndpointHealth {
    return durations.reduce(
      (before, duration) => transition(before, { type: 'call.measured', duration, limit: LIMIT, at: AT }),
      health,
    )
  }
  const probe = (health: EndpointHealth, duration: number) =>
    transition(health, { ...pass, duration, limit: LIMIT })

  const slow = measure(up, 3_000, 3_000)

  it('is Slow when the average of the last calls exceeds the limit', () => {
    expect(measure(up, 3_000)).toMatchObject({ state: 'Up' })
    expect(slow).toMatchObject({
      state: 'Slow',
      message: 'answers take 1335 ms, the limit is 1000 ms',
      retryAt: AT + 10_000,
    })
  })

  it('stays Up after a single slow call', () => {
    expect(measure(up, 3_000, 40, 40, 40, 40, 3_000)).toMatchObject({ state: 'Up' })
  })

  it('stays Up without a limit', () => {
    const call = { type: 'call.measured', duration: 60_000, limit: null, at: AT } as const
    expect(transition(up, call)).toMatchObject({ state: 'Up', roundTrip: 15_030 })
  })

  it('is Slow at once when a call is given up', () => {
    const abandoned = transition(up, { type: 'call.abandoned', message: 'no answer', at: AT })
    expect(abandoned).toMatchObject({ state: 'Slow', message: 'no answer', retryAt: AT + 10_000 })
    expect(transition(abandoned, { type: 'call.abandoned', message: 'again', at: AT })).toBe(abandoned)
  })

  it('is Up again after a probe of half the limit, and not by calls', () => {
    expect(measure(slow, 1, 1, 1, 1, 1, 1, 1, 1)).toMatchObject({ state: 'Slow' })
    expect(probe(slow, 501)).toMatchObject({ state: 'Slow', roundTrip: 501, retryAt: AT + 10_000 })
    expect(probe(slow, 500)).toMatchObject({ state: 'Up', roundTrip: 500 })
  })

  it('is Slow after an outage when the probe exceeds the limit', () => {
    expect(probe(failCall(up), 1_001)).toMatchObject({ state: 'Slow' })
    expect(probe(failCall(up), 1_000)).toMatchObject({ state: 'Up' })
  })

  it('keeps its state during a short pause, and goes down after a failed call', () => {
    expect(failCall(slow, rateLimit)).toMatchObject({ state: 'Slow', pausedUntil: AT + 250 })
    expect(failCall(slow)).toMatchObject({ state: 'Down', calls: 'wait' })
  })
})

describe('calls to an endpoint outside Up', () => {
  it('wait for the probe after a first failure', () => {
    expect(failCall(up)).toMatchObject({ state: 'Down', message: 'timeout', calls: 'wait' })
  })

  it('fail during the pause after a second failure', () => {
    expect(failCall(passProbe(failCall(up)))).toMatchObject({ state: 'Down', calls: 'fail' })
  })

  it('fail after a failed probe', () => {
    const down = transition(failCall(up), { type: 'probe.failed', failure: timeout, at: AT })
    expect(down).toMatchObject({ state: 'Down', calls: 'fail', retryAt: AT + 250 })
  })

  it('fail before the first probe', () => {
    expect(notProbed).toMatchObject({ state: 'Down', calls: 'fail' })
  })

  it('fail for an endpoint that is behind or foreign, until the longest pause is over', () => {
    const rejection = { type: 'endpoint.rejected', message: 'why', at: AT } as const
    for (const state of ['Behind', 'Foreign'] as const) {
      expect(transition(up, { ...rejection, state })).toEqual({
        state,
        message: 'why',
        retryAt: AT + 10_000,
        calls: 'fail',
        failures: 0,
        outages: 1,
      })
    }
  })
})

describe('the result of a call started before the last outage', () => {
  const before = { outages: up.outages }
  const back = passProbe(failCall(up))

  it('does not bring the endpoint down by a failure', () => {
    expect(transition(back, { type: 'call.failed', ...before, failure: timeout, at: AT })).toBe(back)
  })

  it('does not reset the back-off by a success', () => {
    expect(transition(back, { type: 'call.succeeded', ...before })).toBe(back)
  })
})
