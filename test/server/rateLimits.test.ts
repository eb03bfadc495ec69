import { describe, expect, it } from 'vitest'
import type { RateLimitKey } from '../../src/domain/httpConfig.ts'
import { createMetrics } from '../../src/metrics/metrics.ts'
import { expectProblem, LIMITS, testApp } from './api.ts'
import { BODIES, type SubmissionPath } from './fixtures.ts'

const ACCOUNT_PATHS = [
  '/insert-authenticator',
  '/update-authenticator',
  '/remove-authenticator',
  '/recover-account',
] as const

interface Sent {
  readonly path?: SubmissionPath
  readonly leaf?: string
  readonly from?: string
  readonly fields?: object
}

/** An app that allows three requests in ten seconds. */
function limited(key: RateLimitKey) {
  let at = 1_000
  const metrics = createMetrics({ now: () => at })
  const perWindow = { key, maxRequests: 3, window: 10_000 }
  const { app } = testApp(
    {},
    {
      limits: { ...LIMITS, perWindow },
      now: () => at,
      onRateLimited: metrics.observeRateLimited,
    },
  )
  const send = ({ path = '/insert-authenticator', leaf = '42', from = '192.0.2.7', fields }: Sent = {}) =>
    app.request(
      path,
      {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({
          ...BODIES[path],
          ...(path !== '/create-account' && { leaf_index: leaf }),
          ...fields,
        }),
      },
      { incoming: { socket: { remoteAddress: from } } },
    )
  /** Uses up the budget. */
  const useUp = async (sent: Sent = {}) => {
    for (const _ of [1, 2, 3]) expect((await send(sent)).status).toBe(200)
  }
  const pass = (duration: number) => {
    at += duration
  }
  return { send, useUp, pass, metricsText: () => metrics.registry.metrics() }
}

describe('the rate limit by account', () => {
  const message = 'Rate limit exceeded: maximum 3 requests per 10 seconds for this leaf_index'

  it('answers with the words of the reference API, and with the time until the next request', async () => {
    const { send, useUp, pass } = limited('account')
    await useUp()
    pass(2_500)
    const refused = await send()
    expect(refused.headers.get('Retry-After')).toBe('8')
    await expectProblem(refused, 429, 'rate_limit_exceeded', message)
  })

  it('counts all kinds of operations of an account together, and creates not at all', async () => {
    const { send } = limited('account')
    const statuses = []
    for (const path of ACCOUNT_PATHS) statuses.push((await send({ path })).status)
    expect(statuses).toEqual([200, 200, 200, 429])
    for (const _ of [1, 2, 3, 4]) expect((await send({ path: '/create-account' })).status).toBe(200)
  })

  it('counts each account alone, in whatever way its number is written', async () => {
    const { send, useUp } = limited('account')
    await useUp()
    expect((await send({ leaf: '0x2A' })).status).toBe(429)
    expect((await send({ leaf: '43' })).status).toBe(200)
  })

  it('counts the requests of all clients, and frees the budget when they leave the window', async () => {
    const { send, useUp, pass } = limited('account')
    await useUp()
    expect((await send({ from: '192.0.2.8' })).status).toBe(429)
    pass(9_999)
    expect((await send()).status).toBe(429)
    pass(1)
    expect((await send()).status).toBe(200)
  })

  it('counts a request before its fields are checked against the rules', async () => {
    const limits = { ...LIMITS, perWindow: { key: 'account', maxRequests: 1, window: 10_000 } } as const
    const { post } = testApp({ trySubmit: () => Promise.reject(new Error('a rule is broken')) }, { limits })
    const body = BODIES['/insert-authenticator']
    expect((await post('/insert-authenticator', body)).status).toBe(500)
    expect((await post('/insert-authenticator', body)).status).toBe(429)
  })

  it('does not count a body that names no account', async () => {
    const { send, useUp } = limited('account')
    for (const _ of [1, 2, 3, 4]) expect((await send({ fields: { leaf_index: 42 } })).status).toBe(422)
    await useUp()
  })

  it('is counted in the metrics', async () => {
    const { send, useUp, metricsText } = limited('account')
    await useUp()
    await send()
    await send()
    expect(await metricsText()).toContain('ops_batcher_rate_limited_requests_total{limit="window"} 2\n')
  })
})

describe('the rate limit by client', () => {
  it('counts the requests of a client for all accounts', async () => {
    const { send, useUp } = limited('client')
    await useUp()
    const message = 'Rate limit exceeded: maximum 3 requests per 10 seconds for this client'
    await expectProblem(await send({ leaf: '43' }), 429, 'rate_limit_exceeded', message)
    expect((await send({ from: '192.0.2.8' })).status).toBe(200)
  })
})

describe('the rate limit by account and client', () => {
  it('keeps a stranger from using up the budget of another user', async () => {
    const { send, useUp } = limited('both')
    await useUp({ from: '192.0.2.66' })
    const message = 'Rate limit exceeded: maximum 3 requests per 10 seconds for this leaf_index and client'
    await expectProblem(await send({ from: '192.0.2.66' }), 429, 'rate_limit_exceeded', message)
    expect((await send({ from: '192.0.2.7' })).status).toBe(200)
    expect((await send({ from: '192.0.2.66', leaf: '43' })).status).toBe(200)
  })
})
