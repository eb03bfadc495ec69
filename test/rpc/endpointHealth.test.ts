import { describe, expect, it } from 'vitest'
import { type EndpointFailure, failure } from '../../src/rpc/endpointFailure.ts'
import { type EndpointHealth, notProbed, transition } from '../../src/rpc/endpointHealth.ts'

const AT = 1_000_000
const timeout = failure('timeout')
const rateLimit: EndpointFailure = { ...timeout, isRateLimited: true }

const up = transition(notProbed, { type: 'probe.passed', chainId: 480 })

function failCall(health: EndpointHealth, reason = timeout): EndpointHealth {
  return transition(health, { type: 'call.failed', outages: health.outages, failure: reason, at: AT })
}

function passProbe(health: EndpointHealth): EndpointHealth {
  return transition(health, { type: 'probe.passed', chainId: 480 })
}

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

  it('starts with a pause after a rate limit', () => {
    expect(pauses(rateLimit, 3)).toEqual([250, 500, 1_000])
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
