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

describe('without a token', () => {
  it.each(['http://localhost:8081', 'http://127.0.0.1', 'http://127.8.9.1:1', 'http://[::1]:8081'])(
    'it is answered at %s',
    async (origin) => {
      expect((await inspectorApp().at(`${origin}/inspector/charts`)).status).toBe(200)
    },
  )

  it.each([
    'http://gateway.example',
    'http://127.0.0.1.example',
    'http://10.0.0.1',
    'http://localhost.example',
  ])('it is not answered at %s, unless that was said', async (origin) => {
    expect((await inspectorApp().at(`${origin}/inspector/charts`)).status).toBe(403)
    expect((await inspectorApp({ anyHost: true }).at(`${origin}/inspector/charts`)).status).toBe(200)
  })
})

describe('with a token', () => {
  const { get, opened } = inspectorApp({ token: TOKEN })

  it.each(['', '/stream', '/charts', '/charts/wallet.svg', '/assets/page.js', '/nothing'])(
    'GET /inspector%s wants it',
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

  it('lets in who bears it', async () => {
    expect((await get('/inspector/charts', { Authorization: `Bearer ${TOKEN}` })).status).toBe(200)
  })

  it('takes it once from the address, gives a cookie for it, and takes it out of the address', async () => {
    const answer = await get(`/inspector?token=${TOKEN}`)
    expect(answer.status).toBe(303)
    expect(answer.headers.get('Location')).toBe('/inspector')
    const cookie = answer.headers.get('Set-Cookie') ?? ''
    expect(cookie).toMatch(/; HttpOnly/)
    expect(cookie).toMatch(/; SameSite=Strict/)
    expect(cookie).toMatch(/; Path=\/inspector/)
    expect(cookie).not.toContain(TOKEN)
    const [pass = ''] = cookie.split(';')
    expect((await get('/inspector/charts', { Cookie: `other=1; ${pass}` })).status).toBe(200)
    expect((await get('/inspector/charts', { Cookie: `${pass}x` })).status).toBe(401)
    expect((await get('/inspector/charts', { Cookie: `opsbatcher_inspector=${TOKEN}` })).status).toBe(401)
  })

  it('refuses a wrong one in the address, and takes none at another', async () => {
    const wrong = await get('/inspector?token=wrong')
    expect(wrong.status).toBe(401)
    expect(wrong.headers.get('Set-Cookie')).toBeNull()
    expect((await get(`/inspector/charts?token=${TOKEN}`)).status).toBe(401)
  })
})

describe('every answer', () => {
  it.each(['/inspector', '/inspector/stream', '/inspector/charts', '/inspector/nothing'])(
    'of %s is locked down',
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

  it('is a read', async () => {
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
  it('goes on after the last event', async () => {
    const { get, opened } = inspectorApp()
    const answer = await get('/inspector/stream', { 'Last-Event-ID': 'a.7' })
    await get('/inspector/stream')
    expect(answer.headers.get('Content-Type')).toBe('text/event-stream')
    expect(opened).toEqual(['a.7', null])
  })

  it('is not opened to be only asked about', async () => {
    const { get, opened } = inspectorApp()
    expect((await get('/inspector/stream', {}, 'HEAD')).status).toBe(200)
    expect(opened).toEqual([])
  })

  it('has no place for too many', async () => {
    const answer = await inspectorApp({}, { open: () => null }).get('/inspector/stream')
    expect(answer.status).toBe(503)
    expect(answer.headers.get('Retry-After')).toBe('10')
  })
})

describe('a chart', () => {
  it('is served as a picture', async () => {
    const answer = await inspectorApp().get('/inspector/charts/wallet.svg')
    expect(answer.headers.get('Content-Type')).toBe('image/svg+xml')
    expect(await answer.text()).toBe('<svg/>')
  })

  it.each(['other.svg', 'wallet', 'wallet.png', '..%2Fwallet.svg'])('%s is not there', async (file) => {
    expect((await inspectorApp().get(`/inspector/charts/${file}`)).status).toBe(404)
  })

  it('that cannot be drawn is a defect that is logged and not told', async () => {
    const { get, logged } = inspectorApp(
      {},
      { charts: { list: {}, svg: () => Promise.reject(new Error('no such graph')) } },
    )
    const answer = await get(`/inspector/charts/wallet.svg?token=${TOKEN}`)
    expect(answer.status).toBe(500)
    expect(await answer.text()).not.toContain('graph')
    expect(logged).toEqual([expect.stringContaining('the inspector failed')])
    expect(logged.join()).not.toContain(TOKEN)
  })
})

describe('the page', () => {
  it.each(['..%2f..%2fpackage.json', '%2e%2e%2fwire.ts', '.env', 'x%00.js', 'nothing.js', 'x.sh'])(
    'has no file %s',
    async (file) => {
      expect((await inspectorApp().get(`/inspector/assets/${file}`)).status).toBe(404)
    },
  )
})

describe('the gateway', () => {
  const inspector = { fetch: () => new Response('the inspector') }

  it('serves it besides the API where there is one', async () => {
    const { app } = testApp({}, { inspector })
    for (const path of ['/inspector', '/inspector/stream', '/inspector/charts/wallet.svg']) {
      expect(await (await app.request(path)).text()).toBe('the inspector')
    }
    expect((await app.request('/health')).status).toBe(200)
    expect((await app.request('/inspectors')).status).toBe(404)
  })

  it('does not know it where there is none', async () => {
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
])('%s is this machine alone: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected)
})
