import { expect, it } from 'vitest'
import type { Status } from '../../src/load/client.ts'
import { createStatusWatcher } from '../../src/load/watcher.ts'

const TX_HASH = `0x${'cd'.repeat(32)}` as const

it('asks about one of the operations that ride together, until they have landed', async () => {
  const operations = 100
  const asked = new Map<string, number>()
  const status = async (id: string): Promise<Status> => {
    asked.set(id, (asked.get(id) ?? 0) + 1)
    const hasLanded = Math.max(...asked.values()) > 5
    return hasLanded ? { state: 'finalized' } : { state: 'submitted', txHash: TX_HASH }
  }
  const watcher = createStatusWatcher({ status }, { now: () => 0, signal: new AbortController().signal })
  const ends = await Promise.all(
    Array.from({ length: operations }, (_, index) => watcher.ended(`${index}`, 0)),
  )

  expect(ends.every((end) => end?.state === 'finalized')).toBe(true)
  const questions = [...asked.values()].reduce((sum, times) => sum + times, 0)
  // Once each when it rides, once each when it has landed, and the few in between.
  expect(questions).toBeLessThanOrEqual(2 * operations + 5)
})

it('asks again when the gateway could not say', async () => {
  const answers: (Status | null)[] = [null, { state: 'pending' }, { state: 'failed', error: 'reverted' }]
  const status = async () => answers.shift() ?? null
  const watcher = createStatusWatcher({ status }, { now: () => 0, signal: new AbortController().signal })
  expect(await watcher.ended('gw_1', 0)).toEqual({ state: 'failed', error: 'reverted' })
})
