import { expect, it } from 'vitest'
import type { Status } from '../../src/load/client.ts'
import { createStatusWatcher } from '../../src/load/watcher.ts'

const TX_HASH = `0x${'cd'.repeat(32)}` as const

it('requests the status of a single operation per transaction until the transaction is settled', async () => {
  const operations = 100
  const asked = new Map<string, number>()
  const status = async (id: string): Promise<Status> => {
    asked.set(id, (asked.get(id) ?? 0) + 1)
    const isSettled = Math.max(...asked.values()) > 5
    return isSettled ? { state: 'finalized' } : { state: 'submitted', txHash: TX_HASH }
  }
  const watcher = createStatusWatcher({ status }, { now: () => 0, signal: new AbortController().signal })
  const ends = await Promise.all(
    Array.from({ length: operations }, (_, index) => watcher.ended(`${index}`, 0)),
  )

  expect(ends.every((end) => end?.state === 'finalized')).toBe(true)
  const requests = [...asked.values()].reduce((sum, times) => sum + times, 0)
  // Each operation needs a request while submitted and a request when settled. A few more come in between.
  expect(requests).toBeLessThanOrEqual(2 * operations + 5)
})

it('repeats the request if the gateway gives no valid answer', async () => {
  const answers: (Status | null)[] = [null, { state: 'pending' }, { state: 'failed', error: 'reverted' }]
  const status = async () => answers.shift() ?? null
  const watcher = createStatusWatcher({ status }, { now: () => 0, signal: new AbortController().signal })
  expect(await watcher.ended('gw_1', 0)).toEqual({ state: 'failed', error: 'reverted' })
})
