import { describe, expect, it, vi } from 'vitest'
import { UnavailableError } from '../../src/domain/errors.ts'
import type { AnsweredRequest } from '../../src/server/handler.ts'
import { expectProblem, LIMITS, testApp, UUID } from './api.ts'
import { BODIES, OPERATION_ID } from './fixtures.ts'

describe('an unknown path', () => {
  it.each([
    '/',
    '/nothing',
    '/health/',
    '/status',
    '/status/',
    '/status/a/b',
    '/create-account/',
    '/is-valid-root/',
  ])('is answered 404: %s', async (path) => {
    const response = await testApp().get(path)
    expect(response.headers.get('X-Request-Id')).toMatch(UUID)
    await expectProblem(
      response,
      404,
      'not_found',
      'No route has this path. GET /openapi.json lists all routes.',
    )
  })
})

describe('a wrong method', () => {
  it.each([
    ['GET', '/create-account', 'POST'],
    ['PUT', '/create-account', 'POST'],
    ['DELETE', `/status/${OPERATION_ID}`, 'GET, HEAD'],
    ['POST', '/health', 'GET, HEAD'],
    ['OPTIONS', '/batches', 'GET, HEAD'],
    ['PATCH', '/openapi.json', 'GET, HEAD'],
  ])('is answered 405 with the allowed methods: %s %s', async (method, path, allow) => {
    const response = await testApp().get(path, { method })
    expect(response.headers.get('Allow')).toBe(allow)
    expect(response.headers.get('X-Request-Id')).toMatch(UUID)
    const message = `${path} does not accept ${method}. Use ${allow.replace(', ', ' or ')}.`
    await expectProblem(response, 405, 'method_not_allowed', message)
  })

  it('is not HEAD if the path has GET', async () => {
    const response = await testApp().app.request('/health', { method: 'HEAD' })
    expect(response.status).toBe(200)
    expect(await response.text()).toBe('')
  })
})

describe('a defect', () => {
  const secret = 'postgres://user:password@host'
  it.each<[string, unknown]>([
    ['an error', new TypeError(secret)],
    ['a string', secret],
    ['undefined', undefined],
    ['an error with the code of a defect', new UnavailableError('internal_server_error', secret)],
  ])('is logged and hidden from the caller: %s', async (_, cause) => {
    const { get, logged } = testApp({ status: () => Promise.reject(cause) })
    const response = await get(`/status/${OPERATION_ID}`)
    const requestId = response.headers.get('X-Request-Id')
    expect(requestId).toMatch(UUID)
    await expectProblem(response, 500, 'internal_server_error', 'Internal server error. Please try again.')
    expect(logged).toEqual([
      { details: { err: cause, requestId, route: '/status/{id}' }, message: 'request failed' },
    ])
  })

  it('may be a synchronous exception', async () => {
    const { get, logged } = testApp({
      chain: () => {
        throw new Error(secret)
      },
    })
    await expectProblem(
      await get('/chain'),
      500,
      'internal_server_error',
      'Internal server error. Please try again.',
    )
    expect(logged).toHaveLength(1)
  })
})

describe('a request that takes too long', () => {
  const never = () => new Promise<never>(() => {})
  const limits = { ...LIMITS, bodyBytes: 1_000, requestTimeoutMs: 20 }

  it('is answered 504 without a request id', async () => {
    const { post } = testApp({ trySubmit: never }, { limits })
    const response = await post('/create-account', BODIES['/create-account'])
    expect(response.headers.has('X-Request-Id')).toBe(false)
    await expectProblem(response, 504, 'request_timeout', 'Request timed out after 0.02s')
  })

  it('leaves no timer after an answer in time', async () => {
    const { app } = testApp()
    vi.useFakeTimers()
    try {
      expect((await app.request('/health')).status).toBe(200)
      expect((await app.request('/nothing')).status).toBe(404)
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })

  it('may fail after the timeout without effect', async () => {
    let fail: (cause: Error) => void = () => {}
    const { get, logged } = testApp(
      {
        status: () =>
          new Promise((_, reject) => {
            fail = reject
          }),
      },
      { limits },
    )
    expect((await get(`/status/${OPERATION_ID}`)).status).toBe(504)
    fail(new Error('late'))
    expect((await get('/health')).status).toBe(200)
    expect(logged).toEqual([])
  })
})

describe('the observer of requests', () => {
  it('receives path pattern, method, status and duration of each request', async () => {
    const answered: AnsweredRequest[] = []
    let time = 0
    const { get, post } = testApp(
      { status: () => Promise.reject(new UnavailableError('store_unavailable', 'down')) },
      { onAnswered: (request) => answered.push(request), now: () => (time += 5) },
    )
    await get(`/status/${OPERATION_ID}`)
    await post('/create-account', '{')
    await get('/no/such/path')
    // The test app itself requests the document.
    expect(answered.filter(({ route }) => route !== '/openapi.json')).toEqual([
      { route: '/status/{id}', method: 'GET', status: 503, duration: 5 },
      { route: '/create-account', method: 'POST', status: 400, duration: 5 },
      { route: 'unmatched', method: 'GET', status: 404, duration: 5 },
    ])
  })
})

describe('the id of a request', () => {
  it('is always new, even if the request has an X-Request-Id', async () => {
    const { get } = testApp()
    const theirs = { headers: { 'X-Request-Id': OPERATION_ID } }
    const ids = await Promise.all(
      Array.from({ length: 20 }, async () => (await get('/health', theirs)).headers.get('X-Request-Id')),
    )
    expect(new Set([...ids, OPERATION_ID]).size).toBe(21)
  })
})
