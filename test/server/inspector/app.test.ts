import { describe, expect, it } from 'vitest'
import { type Access, isLoopback } from '../../../src/domain/access.ts'
import { createInspectorApp, type InspectorSource } from '../../../src/server/inspector/app.ts'
import { testApp } from '../api.ts'

const TOKEN = 'an-operator-token-0123'
const HOME = 'http://127.0.0.1:8081'

function inspectorApp(access: Partial<Access> = {}, source: Partial<InspectorSource> = {}) {
  const opened: (string | null)[] = []
  const logged: string[] = []
  const app = createInspectorApp({
    source: {
      open(lastEventId) {
        opened.push(lastEventId)
        return new ReadableStream()
      },
      charts: {
        list: { charts: [] },
        svg: async (machine) => (machine === 'wallet' ? '<svg/>' : null),
      },
      ...source,
    },
    access: { token: null, anyHost: false, ...access },
    logger: { error: (details, message) => logged.push(`${message} ${JSON.stringify(details)}`) },
  })
  return {
    opened,
    logged,
    get: (path: string, headers: Record<string, string> = {}, method = 'GET') =>
      app.request(`${HOME}${path}`, { headers, method }),
    at: (url: string) => app.request(url),
  }
}

describe('the live view without an operator token', () => {
  it.each(['http://localhost:8081', 'http://127.0.0.1', 'http://127.8.9.1:1', 'http://[::1]:8081'])(
    'is available at %s',
    async (origin) => {
      expect((await inspectorApp().at(`${origin}/inspector/charts`)).status).toBe(200)
    },
  )

  it.each([
    'http://gateway.example',
    'http://127.0.0.1.example',
    'http://10.0.0.1',
    'http://localhost.example',
  ])('is available at %s only if any host is allowed', async (origin) => {
    expect((await inspectorApp().at(`${origin}/inspector/charts`)).status).toBe(403)
    expect((await inspectorApp({ anyHost: true }).at(`${origin}/inspector/charts`)).status).toBe(200)
  })
})

describe('the live view with an operator token', () => {
  const { get, opened } = inspectorApp({ token: TOKEN })

  it.each(['', '/stream', '/charts', '/charts/wallet.svg', '/assets/page.js', '/nothing'])(
    'requires the token for GET /inspector%s',
    async (path) => {
      const answer = await get(`/inspector${path}`)
      expect(answer.status).toBe(401)
      expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer')
      for (const wrong of ['Bearer', 'Bearer x', `Basic ${TOKEN}`, `Bearer ${TOKEN}x`]) {
        expect((await get(`/inspector${path}`, { Authorization: wrong })).status).toBe(401)
      }
      expect(opened).toEqual([])
    },
  )

  it('accepts a bearer token', async () => {
    expect((await get('/inspector/charts', { Authorization: `Bearer ${TOKEN}` })).status).toBe(200)
  })

  it('accepts a token in the address, sets a cookie and redirects to an address without token', async () => {
    const answer = await get(`/inspector?token=${TOKEN}`)
    expect(answer.status).toBe(303)
    expect(answer.headers.get('Location')).toBe('/inspector')
    const cookie = answer.headers.get('Set-Cookie') ?? ''
    expect(cookie).toMatch(/; HttpOnly/)
    expect(cookie).toMatch(/; SameSite=Strict/)
    expect(cookie).toMatch(/; Path=\/;/)
    expect(cookie).not.toContain(TOKEN)
    const [session = ''] = cookie.split(';')
    expect((await get('/inspector/charts', { Cookie: `other=1; ${session}` })).status).toBe(200)
    expect((await get('/inspector/charts', { Cookie: `${session}x` })).status).toBe(401)
    expect((await get('/inspector/charts', { Cookie: `opsbatcher_inspector=${TOKEN}` })).status).toBe(401)
  })

  it('refuses a wrong token in the address, and ignores a token in any other address', async () => {
    const wrong = await get('/inspector?token=wrong')
    expect(wrong.status).toBe(401)
    expect(wrong.headers.get('Set-Cookie')).toBeNull()
    expect((await get(`/inspector/charts?token=${TOKEN}`)).status).toBe(401)
  })
})

describe('every answer of the live view', () => {
  it.each(['/inspector', '/inspector/stream', '/inspector/charts', '/inspector/nothing'])(
    'has strict browser headers: %s',
    async (path) => {
      const { headers } = await inspectorApp().get(path)
      const policy = headers.get('Content-Security-Policy') ?? ''
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).not.toMatch(/unsafe|\*|http/)
      expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
      expect(headers.get('Cross-Origin-Resource-Policy')).toBe('same-origin')
      expect(headers.get('Access-Control-Allow-Origin')).toBeNull()
      expect(headers.get('Cache-Control')).toBe('no-store')
    },
  )

  it('is read-only', async () => {
    const { get, opened } = inspectorApp()
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      for (const path of ['/inspector', '/inspector/stream', '/inspector/charts/wallet.svg']) {
        const answer = await get(path, {}, method)
        expect(answer.status).toBe(405)
        expect(answer.headers.get('Allow')).toBe('GET, HEAD')
      }
    }
    expect(opened).toEqual([])
  })
})

describe('the stream', () => {
  it('resumes after the last event', async () => {
    const { get, opened } = inspectorApp()
    const answer = await get('/inspector/stream', { 'Last-Event-ID': 'a.7' })
    await get('/inspector/stream')
    expect(answer.headers.get('Content-Type')).toBe('text/event-stream')
    expect(opened).toEqual(['a.7', null])
  })

  it('is not opened by HEAD', async () => {
    const { get, opened } = inspectorApp()
    expect((await get('/inspector/stream', {}, 'HEAD')).status).toBe(200)
    expect(opened).toEqual([])
  })

  it('is refused above the maximum number of viewers', async () => {
    const answer = await inspectorApp({}, { open: () => null }).get('/inspector/stream')
    expect(answer.status).toBe(503)
    expect(answer.headers.get('Retry-After')).toBe('10')
  })
})

describe('a chart', () => {
  it('is served as SVG', async () => {
    const answer = await inspectorApp().get('/inspector/charts/wallet.svg')
    expect(answer.headers.get('Content-Type')).toBe('image/svg+xml')
    expect(await answer.text()).toBe('<svg/>')
  })

  it.each(['other.svg', 'wallet', 'wallet.png', '..%2Fwallet.svg'])('does not exist: %s', async (file) => {
    expect((await inspectorApp().get(`/inspector/charts/${file}`)).status).toBe(404)
  })

  it('with a layout failure is a logged defect, hidden from the viewer', async () => {
    const { get, logged } = inspectorApp(
      {},
      { charts: { list: {}, svg: () => Promise.reject(new Error('no such graph')) } },
    )
    const answer = await get(`/inspector/charts/wallet.svg?token=${TOKEN}`)
    expect(answer.status).toBe(500)
    expect(await answer.text()).not.toContain('graph')
    expect(logged).toEqual([expect.stringContaining('live view request failed')])
    expect(logged.join()).not.toContain(TOKEN)
  })
})

describe('the page', () => {
  it.each(['..%2f..%2fpackage.json', '%2e%2e%2fwire.ts', '.env', 'x%00.js', 'nothing.js', 'x.sh'])(
    'does not contain %s',
    async (file) => {
      expect((await inspectorApp().get(`/inspector/assets/${file}`)).status).toBe(404)
    },
  )
})

describe('the API', () => {
  const inspector = { fetch: () => new Response('the inspector') }

  it('contains the live view of a gateway with a live view', async () => {
    const { app } = testApp({}, { inspector })
    for (const path of ['/inspector', '/inspector/stream', '/inspector/charts/wallet.svg']) {
      expect(await (await app.request(path)).text()).toBe('the inspector')
    }
    expect((await app.request('/health')).status).toBe(200)
    expect((await app.request('/inspectors')).status).toBe(404)
  })

  it('answers 404 if there is no live view', async () => {
    expect((await testApp().app.request('/inspector')).status).toBe(404)
  })
})

it.each([
  ['127.0.0.1', true],
  ['::1', true],
  ['localhost', true],
  ['0.0.0.0', false],
  ['::', false],
  ['192.168.0.1', false],
  ['127.0.0.1.example', false],
])('%s is a loopback host: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected)
})
