import { describe, expect, it } from 'vitest'
import { createDocsApp } from '../../src/server/docsApp.ts'
import { expectProblem, testApp } from './api.ts'

const HOME = 'http://127.0.0.1:8081'
const BROWSER = { Accept: 'text/html,application/xhtml+xml' }

const ask = (path: string, { hasInspector = false, anyHost = false, origin = HOME } = {}) =>
  createDocsApp({ access: { anyHost }, hasInspector }).request(`${origin}${path}`)

describe('/', () => {
  it('tells a browser where things are', async () => {
    const text = await (await ask('/')).text()
    expect([...text.matchAll(/<a href="([^"]+)"/g)].map(([, path]) => path)).toEqual([
      'docs',
      'openapi.json',
      'health',
      'metrics',
    ])
    expect(await (await ask('/', { hasInspector: true })).text()).toContain('<a href="inspector">')
  })

  it('answers a browser through the app, and any other client as the reference API does', async () => {
    const { app, get } = testApp()
    const page = await app.request(`${HOME}/`, { headers: BROWSER })
    expect(page.status).toBe(200)
    expect(page.headers.get('Content-Type')).toMatch(/^text\/html/)
    await expectProblem(await get('/'), 404, 'not_found', /No route/)
  })
})

describe('/docs', () => {
  it('allows nothing inline, nothing from elsewhere, and no frame', async () => {
    const { headers } = await ask('/docs')
    const policy = headers.get('Content-Security-Policy')
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
    expect(policy).not.toMatch(/unsafe|http/)
    expect(headers.get('X-Frame-Options')).toBe('DENY')
  })

  it('is answered only under localhost, unless any host is allowed', async () => {
    const origin = 'http://gateway.example'
    expect((await ask('/docs', { origin })).status).toBe(403)
    expect((await ask('/docs', { origin, anyHost: true })).status).not.toBe(403)
  })

  it.each([
    '/docs/assets/..%2findex.html',
    '/docs/assets/%2e%2e',
    '/docs/assets/missing.js',
    '/docs/assets/docs.exe',
  ])('%s is not found', async (path) => {
    expect((await ask(path)).status).toBe(404)
  })
})
