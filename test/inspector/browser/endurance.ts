/** A page that stays open during a restart of the gateway and during many operations. */
import { describe, expect, it } from 'vitest'
import { zeroOfEach } from '../../../src/load/mix.ts'
import { runLoad } from '../../../src/load/run.ts'
import { sizeOf } from '../../support/campaign.ts'
import { random, type Scene } from './scene.ts'

export function endurance(scene: () => Scene): void {
  describe('the browser', () => {
    it('reports no error under the strict content security policy', async () => {
      const answer = await fetch(`${scene().service.url}/inspector`)
      expect(answer.headers.get('Content-Security-Policy')).toMatch(
        /^default-src 'none'; script-src 'self'; style-src 'self';/,
      )
      expect(scene().errors).toEqual([])
    })
  })

  describe('a restart of the gateway', () => {
    it('is shown as a lost connection, and then as the new state', async () => {
      const { page } = scene()
      await scene().show('')
      const start = await scene().stopService()
      await page.locator('.link.reconnecting').waitFor()
      await scene().shoot('reconnecting')
      await start()
      await page.locator('.link.live').waitFor()
      await scene().finalizeInLog()
      // The browser may report only failed connections.
      expect(scene().errors.filter((error) => !/Failed to load resource/.test(error))).toEqual([])
      scene().errors.length = 0
    })
  })

  describe('a page that stays open', () => {
    const operations = sizeOf('pageEndurance') / 3
    it.runIf(operations > 0)('does not need more memory once its history is full', async () => {
      const { page, service, chain } = scene()
      await scene().show('')
      await scene().press('?')
      await page.getByRole('dialog').getByRole('combobox').selectOption('1000')
      await scene().press('Escape')
      const inspector = await page.context().newCDPSession(page)
      const held = async () => {
        await inspector.send('HeapProfiler.enable')
        await inspector.send('HeapProfiler.collectGarbage')
        const { usedSize } = await inspector.send('Runtime.getHeapUsage')
        return usedSize
      }
      /** More than a thousand a minute. */
      const load = () =>
        runLoad({
          url: service.url,
          rpcUrl: chain.rpcUrl,
          operations,
          mix: { ...zeroOfEach(), create_account: operations },
          concurrency: 32,
          rate: 20,
          idleTimeout: 600_000,
          now: Date.now,
          random,
        })
      const count = async () =>
        Number((await scene().text('.where small')).split('/')[1]?.replaceAll(',', ''))
      await load()
      const first = await held()
      // A full history drops its older half.
      expect(await count()).toBeGreaterThanOrEqual(500)
      await load()
      await load()
      const last = await held()
      expect(await count()).toBeLessThanOrEqual(1_000)
      // From half full to full, the memory grows by a third. Without a bound, it would more than double.
      expect(last / first).toBeLessThan(1.6)
      expect(scene().errors).toEqual([])
    })
  })
}
