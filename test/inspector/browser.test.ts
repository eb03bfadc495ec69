/** The page in a real browser, shown by a real gateway on a real chain. */
import { execFileSync } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import chromium from '@sparticuz/chromium'
import { type Browser, chromium as driver, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createIdleAccount } from '../../src/load/account.ts'
import { seededRandom } from '../load/seededRandom.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import { type Miner, startMiner } from '../support/miner.ts'
import { startTestService, type TestService, temporaryFolder } from '../support/service.ts'

const SHOTS = fileURLToPath(new URL('screenshots/', import.meta.url))
const random = seededRandom(23)

let chain: TestChain
let miner: Miner
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let service: TestService
let browser: Browser
let page: Page
const errors: string[] = []

beforeAll(async () => {
  execFileSync('npm', ['run', 'build:page', '-w', 'inspector'])
  await mkdir(SHOTS, { recursive: true })
  chain = await startTestChain()
  miner = await startMiner(chain)
  folder = await temporaryFolder()
  service = await startTestService({ chain, dataDir: folder.path })
  const executablePath = await chromium.executablePath()
  browser = await driver.launch({ args: chromium.args, executablePath, headless: true })
  page = await browser.newPage({ viewport: { width: 1280, height: 720 } })
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  page.on('pageerror', (error) => errors.push(error.message))
})

afterAll(async () => {
  await browser?.close()
  await service?.stop()
  await miner?.pause()
  await chain?.stop()
  await folder?.remove()
})

async function shoot(name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.screenshot({ path: `${SHOTS}${name}-${colorScheme}.png` })
  }
}

it('shows the actors, and a batch from its states to its end; pauses and goes back', async () => {
  await page.goto(`${service.url}/inspector`)
  await page.locator('.link.live').waitFor()
  await page.locator('.node', { hasText: 'opsBatcher' }).waitFor()
  const id = await service.accept(createIdleAccount(random))
  await service.reaches(id, 'finalized')
  await shoot('overview')

  await page.getByRole('link', { name: 'Batches' }).click()
  await page.locator('td .chip', { hasText: 'Finalized' }).waitFor()
  await shoot('batches')
  await page.locator('td a').first().click()
  await page.locator('.statechart .lit[data-state="pendingBatch.Finalized"]').waitFor()
  await page.locator('.outcome', { hasText: 'Finalized' }).waitFor()
  expect(await page.locator('.path').textContent()).toContain('Submitted')
  await shoot('batch')

  await page.getByRole('button', { name: 'Pause' }).click()
  await page.getByLabel('Time').fill('1')
  await page.getByText('is not in what has been seen').waitFor()
  await page.getByRole('button', { name: 'Go live' }).click()
  await page.locator('.statechart .lit[data-state="pendingBatch.Finalized"]').waitFor()
  expect(errors).toEqual([])
})
