import { describe, expect, it } from 'vitest'
import { expectProblem, LIMITS, testApp } from './api.ts'
import { BATCH_ID, BODIES, OPERATION_ID } from './fixtures.ts'

const REBOUND = { headers: { Host: 'rebound.example:8081' } }
const TOKEN = 'operator-token-16'
const at = (path: string) => `http://rebound.example:8081${path}`

const VIEWS = ['/batches', `/batches/${BATCH_ID}`, `/operations/${OPERATION_ID}`, '/chain', '/wallet']
const OPEN = ['/health', '/metrics', '/openapi.json', `/status/${OPERATION_ID}`]

describe('an app on a loopback address', () => {
  const { app } = testApp()

  it.each([...VIEWS, ...OPEN, '/no-such-path'])(
    'does not answer GET %s under another host name',
    async (path) => {
      await expectProblem(await app.request(at(path), REBOUND), 403, 'host_not_allowed', /localhost/)
    },
  )

  it('does not answer a submission under another host name', async () => {
    const response = await app.request(at('/create-account'), {
      method: 'POST',
      headers: { ...REBOUND.headers, 'Content-Type': 'application/json' },
      body: JSON.stringify(BODIES['/create-account']),
    })
    await expectProblem(response, 403, 'host_not_allowed', /localhost/)
  })

  it.each(['localhost:8081', '127.0.0.1', '127.0.0.9:1', '[::1]:8081'])('answers under %s', async (host) => {
    expect((await app.request(`http://${host}/health`)).status).toBe(200)
  })

  it.each(['localhost.example', '127.0.0.1.example', '10.0.0.1', 'localhosts'])(
    'does not take %s for a loopback name',
    async (host) => {
      expect((await app.request(`http://${host}/health`)).status).toBe(403)
    },
  )
})

describe('an app on another address, or behind a reverse proxy', () => {
  it('answers under any host name', async () => {
    const { app } = testApp({}, { access: { anyHost: true, viewToken: null } })
    for (const path of [...VIEWS, ...OPEN]) expect((await app.request(at(path))).status).toBe(200)
  })
})

describe('the views of the operator', () => {
  it.each(VIEWS)('%s needs the token if one is configured', async (path) => {
    const { get } = testApp({}, { access: { anyHost: false, viewToken: TOKEN } })
    for (const headers of [{}, { Authorization: 'Bearer wrong-token-16-' }]) {
      const response = await get(path, { headers })
      expect(response.headers.get('WWW-Authenticate')).toBe('Bearer')
      await expectProblem(response, 401, 'operator_token_required', /bearer token/)
    }
    expect((await get(path, { headers: { Authorization: `Bearer ${TOKEN}` } })).status).toBe(200)
  })

  it.each(OPEN)('do not include %s', async (path) => {
    const { get } = testApp({}, { access: { anyHost: false, viewToken: TOKEN } })
    expect((await get(path)).status).toBe(200)
  })
})

describe('a rate limit per client', () => {
  const limits = { ...LIMITS, perClient: 2 }
  const from = (address: string) => ({ incoming: { socket: { remoteAddress: address } } })

  /** Posts from a connection. @returns the answer */
  function poster(trustedProxies = 0) {
    const clients: unknown[] = []
    const { app } = testApp(
      {
        trySubmit: async (operation, id = '', client) => {
          clients.push(client)
          return { id, kind: operation.kind, state: { state: 'queued' } }
        },
      },
      { limits, trustedProxies },
    )
    const post = (address: string, forwarded?: string, body: object = BODIES['/create-account']) =>
      app.request(
        '/create-account',
        {
          method: 'POST',
          headers: { 'Content-Type': 'application/json', ...(forwarded && { 'X-Forwarded-For': forwarded }) },
          body: JSON.stringify(body),
        },
        from(address),
      )
    return { clients, post }
  }

  it('refuses the submissions above the limit, and tells when to try again', async () => {
    const { clients, post } = poster()
    for (const _ of [1, 2]) expect((await post('192.0.2.7')).status).toBe(200)
    const refused = await post('192.0.2.7')
    expect(refused.headers.get('Retry-After')).toBe('1')
    const message = 'Rate limit exceeded: maximum 2 requests per second for this client'
    await expectProblem(refused, 429, 'rate_limit_exceeded', message)
    expect((await post('192.0.2.8')).status).toBe(200)
    expect(clients).toEqual(['192.0.2.7', '192.0.2.7', '192.0.2.8'])
  })

  it('counts a submission with wrong fields, and every kind', async () => {
    const { post } = poster()
    expect((await post('192.0.2.7', undefined, {})).status).toBe(422)
    expect((await post('192.0.2.7')).status).toBe(200)
    expect((await post('192.0.2.7')).status).toBe(429)
  })

  it('ignores X-Forwarded-For, unless a proxy is trusted', async () => {
    const open = poster()
    for (const forged of ['1.1.1.1', '2.2.2.2', '3.3.3.3']) await open.post('192.0.2.7', forged)
    expect(open.clients).toEqual(['192.0.2.7', '192.0.2.7'])

    const proxied = poster(1)
    for (const client of ['1.1.1.1', '2.2.2.2', '3.3.3.3'])
      await proxied.post('10.0.0.1', `forged, ${client}`)
    expect(proxied.clients).toEqual(['1.1.1.1', '2.2.2.2', '3.3.3.3'])
  })
})
