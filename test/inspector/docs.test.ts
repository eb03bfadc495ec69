/** The page of the API in a real browser, with a gateway and its chain: alone, and mounted below a path of another server. */
import { execFileSync } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type ServerType, serve } from '@hono/node-server'
import { Hono } from 'hono'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestChain, type TestChain } from '../support/chain.ts'
import { startTestService, type TestService, temporaryFolder } from '../support/service.ts'
import { openBrowser } from './browser/openBrowser.ts'

const SHOTS = fileURLToPath(new URL('screenshots/', import.meta.url))

let chain: TestChain
let service: TestService
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let browser: Browser
let page: Page
let errors: string[]

beforeAll(async () => {
  execFileSync('npm', ['run', 'build:page', '-w', 'inspector'])
  await mkdir(SHOTS, { recursive: true })
  chain = await startTestChain({ blockTimeSeconds: 1 })
  folder = await temporaryFolder()
  service = await startTestService({ chain, dataDir: folder.path })
  browser = await openBrowser()
  page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
  errors = []
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  page.on('pageerror', (error) => errors.push(error.message))
})

afterAll(async () => {
  await browser.close()
  await service.stop()
  await chain.stop()
  await folder.remove()
})

describe('the page of the API', () => {
  it('is found from /, and lists every operation of the document', async () => {
    await page.goto(`${service.url}/`)
    await page.click('a[href="docs"]')
    await page.waitForSelector('nav a')
    const answer = await fetch(`${service.url}/openapi.json`)
    const { paths } = (await answer.json()) as { readonly paths: object }
    const listed = await page.$$eval('main .endpoint h3 > code', (codes) =>
      codes.map(({ textContent }) => textContent),
    )
    expect([...listed].sort()).toEqual(Object.keys(paths).sort())
    await page.screenshot({ path: `${SHOTS}docs-desk.png` })
  })

  it('sends the example of the document, and asks for its status with the id of the answer', async () => {
    const create = page.locator('#createAccount')
    await create.getByRole('button', { name: 'Send' }).click()
    await create.locator('output code').waitFor()
    const id = /"request_id": "(gw_[\w-]+)"/.exec(
      String(await create.locator('output pre').textContent()),
    )?.[1]
    expect(id).toBeDefined()
    const status = page.locator('#getStatus')
    expect(await status.locator('input[name=id]').inputValue()).toBe(id)
    await service.waitUntilTerminal(String(id))
    await status.getByRole('button', { name: 'Send' }).click()
    await status.locator('output code').waitFor()
    expect(await status.locator('output pre').textContent()).toContain('finalized')
    await status.scrollIntoViewIfNeeded()
    await page.screenshot({ path: `${SHOTS}docs-answer.png` })
  })

  it('shows an error of the API as the API gives it', async () => {
    const create = page.locator('#createAccount')
    await create.locator('textarea').fill('{')
    await create.getByRole('button', { name: 'Send' }).click()
    await create.locator('output code.bad').waitFor()
    expect(await create.locator('output code').textContent()).toBe('400')
    // The browser reports each failed request.
    errors.splice(0, errors.length, ...errors.filter((error) => !error.includes('status of 400')))
  })

  it('works below a path of another server', async () => {
    const app = new Hono().mount('/gateway', (request) =>
      fetch(new URL(new URL(request.url).pathname, service.url), { headers: request.headers }),
    )
    const { port, close } = await listen(app)
    await page.goto(`http://127.0.0.1:${port}/gateway/docs#getHealth`)
    const health = page.locator('#getHealth')
    await health.getByRole('button', { name: 'Send' }).click()
    await health.locator('output code.good').waitFor()
    expect(await health.locator('.command').textContent()).toBe(
      `curl -s 'http://127.0.0.1:${port}/gateway/health'`,
    )
    close()
  })

  it('fits a phone, in the dark', async () => {
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.setViewportSize({ width: 390, height: 844 })
    await page.goto(`${service.url}/docs`)
    await page.waitForSelector('nav a')
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390)
    await page.locator('#createAccount').scrollIntoViewIfNeeded()
    await page.screenshot({ path: `${SHOTS}docs-phone.png` })
  })

  it('breaks no rule of its content security policy, and makes no error', () => {
    expect(errors).toEqual([])
  })
})

function listen(app: Hono): Promise<{ readonly port: number; close(): void }> {
  return new Promise((resolve) => {
    const server: ServerType = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) =>
      resolve({ port, close: () => server.close() }),
    )
  })
}
