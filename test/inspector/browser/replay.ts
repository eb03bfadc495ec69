/** Going back in time, recordings, and the keyboard. */
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { readRecording } from '../../../inspector/src/wire/recording.ts'
import type { Scene } from './scene.ts'

export function replays(scene: () => Scene): void {
  describe('a replay', () => {
    it('shows a fixed moment while new messages arrive, steps back and forward, and returns to live', async () => {
      const { page } = scene()
      await scene().show('')
      await scene().finalize()
      await page.getByRole('button', { name: 'Pause' }).click()
      await page.locator('.strip .mode', { hasText: 'Paused' }).waitFor()
      const where = () => scene().text('.where small')
      const stopped = await where()
      await scene().finalize()
      expect(await where()).toBe(stopped)
      await scene().press('ArrowLeft', 'ArrowLeft')
      await expect.poll(where).not.toBe(stopped)
      await scene().press('End')
      await expect.poll(where).toBe(stopped)
      await scene().press('Home', 'p')
      await page.locator('button[aria-label^="Stop playing"]').waitFor()
      await page.getByLabel('Time', { exact: true }).fill('3')
      await expect.poll(where).toMatch(/^3 /)
      await scene().shoot('replay')
      await page.getByRole('button', { name: 'Go live' }).first().click()
      await page.locator('.strip').waitFor({ state: 'detached' })
      await expect.poll(where).not.toBe(stopped)
    })

    it('is saved to a file and opened on a new page', async () => {
      const { page } = scene()
      await scene().show('')
      const operation = await scene().finalize()
      const batch = await scene().batchOf(operation)
      await page.locator('.log').getByText('batch.finalized').first().waitFor()
      const [download] = await Promise.all([page.waitForEvent('download'), scene().press('s')])
      const path = await download.path()
      const recording = readRecording(await readFile(path, 'utf8'))
      expect(recording.messages.length).toBeGreaterThan(20)

      await scene().show(`batch/${batch}`)
      await page.reload()
      await page.locator('.link.live').waitFor()
      await page.locator('input[type=file]').setInputFiles(path)
      await page.locator('.strip .mode', { hasText: 'Recording' }).waitFor()
      await scene().lit('pendingBatch.Finalized').waitFor()
      await page.locator('.timeline summary', { hasText: 'transaction.signed' }).waitFor()
      await page.locator('.operations a', { hasText: operation.slice(0, 8) }).click()
      expect(await scene().text('.journey')).toMatch(/Received[\s\S]+In a block[\s\S]+Finalized/)
      await scene().shoot('recording')
      await page.getByRole('button', { name: 'Close recording' }).click()
      await page.locator('.strip').waitFor({ state: 'detached' })
    })

    it('refuses a file that is not a recording, with the reason', async () => {
      const { page } = scene()
      const buffer = Buffer.from('{"format":"something else"}')
      await page
        .locator('input[type=file]')
        .setInputFiles({ name: 'notes.json', mimeType: 'application/json', buffer })
      await page
        .getByRole('alert')
        .getByText('notes.json was not opened. This file is not a recording of opsbatcher.')
        .waitFor()
      await scene().press('Escape')
      await page.getByRole('alert').waitFor({ state: 'detached' })
    })
  })
}

export function keyboard(scene: () => Scene): void {
  describe('the keyboard', () => {
    it('opens every view and lists the keys', async () => {
      const { page } = scene()
      await scene().show('')
      await scene().press('2')
      await page.getByRole('heading', { name: 'Slots over time' }).waitFor()
      await scene().press('3')
      await page.getByRole('heading', { name: 'Lanes' }).waitFor()
      await scene().press('?')
      await page.getByRole('dialog').getByText('Back to the previous change of state').waitFor()
      await scene().shoot('keys')
      await scene().press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      await scene().press(' ')
      await page.locator('.strip').waitFor()
      await scene().press(' ')
      await page.locator('.strip').waitFor({ state: 'detached' })
      await scene().press('1')
      await page.locator('.why').waitFor()
    })

    it('switches colours, and the choice is stored', async () => {
      const { page } = scene()
      await scene().press('t')
      await page.locator('html[data-theme=dark]').waitFor({ state: 'attached' })
      await page.reload()
      await page.locator('html[data-theme=dark]').waitFor({ state: 'attached' })
      await scene().press('t', 't')
      await page.locator('html[data-theme=system]').waitFor({ state: 'attached' })
    })
  })
}
