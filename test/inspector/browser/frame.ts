/** The frame around all views: links, titles, sizes for a finger, the bar at the bottom. */
import type { Locator } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import type { Scene } from './scene.ts'

const PHONE = { width: 390, height: 844 }
const DESK = { width: 1280, height: 720 }
/** Minimum width and height of everything that a finger touches, in pixels: 32, less the rounding. */
const LEAST = 31.5
/** Maximum height of the bar at the bottom of a phone, live and with the strip of a replay, in pixels. */
const BAR = { live: 50, replay: 84 }

export function frame(scene: () => Scene): void {
  describe('the frame', () => {
    it('links the root actor to its page', async () => {
      const { page } = scene()
      await scene().show('')
      await page.locator('.node', { hasText: 'gateway' }).first().click()
      await page.locator('.title h1', { hasText: 'gateway' }).waitFor()
      await scene().lit('gateway.Active.Service.Running').waitFor()
    })

    it('gives every view a title of its own', async () => {
      const { page } = scene()
      const operation = await scene().finalize()
      const batch = await scene().batchOf(operation)
      const routes = ['', 'batches', 'lanes', 'actor/wallet', `batch/${batch}`, `operation/${operation}`]
      const titles: string[] = []
      for (const route of routes) {
        await scene().show(route)
        titles.push(await page.title())
      }
      expect(titles).toEqual(
        [
          'Overview',
          'Batches',
          'Lanes',
          'wallet',
          `Batch ${batch.slice(0, 8)}`,
          `Operation ${operation.slice(0, 8)}`,
        ].map((title) => `${title} · opsbatcher`),
      )
    })

    it('fits a phone: everything touched is large enough, and no state is cut', async () => {
      const { page } = scene()
      const operation = await scene().finalize()
      await page.setViewportSize(PHONE)
      for (const route of [
        '',
        'batches',
        `batch/${await scene().batchOf(operation)}`,
        'lanes',
        'actor/wallet',
        `operation/${operation}`,
      ]) {
        await scene().show(route)
        await page.locator('main > *').first().waitFor()
        expect(await tooSmall(page.locator('a, button, select, summary, input')), route).toEqual([])
        expect(await cut(page.locator('.chip')), route).toEqual([])
      }
      await page.setViewportSize(DESK)
    })

    it('has a low bar on a phone, also during a replay, with all controls', async () => {
      const { page } = scene()
      await page.setViewportSize(PHONE)
      await scene().show('')
      const bar = page.locator('.replay')
      expect((await bar.boundingBox())?.height).toBeLessThanOrEqual(BAR.live)
      await page.getByRole('button', { name: 'Pause' }).click()
      await page.locator('.strip').waitFor()
      expect((await bar.boundingBox())?.height).toBeLessThanOrEqual(BAR.replay)
      await page.getByRole('button', { name: 'More controls' }).click()
      for (const name of ['One event back (←)', 'Save a recording (S)', 'Open a recording (O)']) {
        await page.getByRole('button', { name }).waitFor()
      }
      await page.getByRole('button', { name: 'Go live' }).click()
      await page.setViewportSize(DESK)
    })
  })
}

/** The elements that are too small for a finger. The bars of the slots have equal links in the table below them. */
async function tooSmall(elements: Locator): Promise<readonly string[]> {
  const sizes = await sizesOf(elements)
  return sizes
    .filter(
      ({ width, height, name }) =>
        height > 0 && (width < LEAST || height < LEAST) && !name.startsWith('batch-bar'),
    )
    .map(({ name, text, width, height }) => `${name} "${text}": ${Math.round(width)} x ${Math.round(height)}`)
}

async function cut(elements: Locator): Promise<readonly string[]> {
  const sizes = await sizesOf(elements)
  return sizes.filter(({ isCut }) => isCut).map(({ text }) => text)
}

function sizesOf(elements: Locator) {
  return elements.evaluateAll((all) =>
    all.map((element) => {
      const { width, height } = element.getBoundingClientRect()
      const isCut = element.scrollWidth > element.clientWidth + 1
      const text = (element.textContent ?? '').slice(0, 30)
      return { name: element.getAttribute('class') ?? element.localName, text, width, height, isCut }
    }),
  )
}
