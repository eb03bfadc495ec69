import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { GatewayEvent } from '../../src/domain/events.ts'
import type { FinalityLevel } from '../../src/domain/finality.ts'
import type { Progress } from '../../src/domain/progress.ts'
import { EventHub } from '../../src/gateway/events.ts'
import { LevelWaits } from '../../src/gateway/levelWaits.ts'
import { hash } from '../machines/support/samples.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

const reached = { blockNumber: 7, at: 1 }

function levels(...names: readonly FinalityLevel[]): Progress['levels'] {
  return Object.fromEntries(names.map((name) => [name, reached]))
}

const queued: Progress = { state: 'queued', batchId: null, levels: {} }
const submitted: Progress = { state: 'submitted', batchId: 'b-1', levels: {} }

function setting(first: Progress | null = queued) {
  const hub = new EventHub()
  let progress: Progress | null | Error = first
  let reads = 0
  const waits = new LevelWaits(
    {
      progress: async () => {
        reads += 1
        if (progress instanceof Error) throw progress
        return progress
      },
    },
    hub,
    3,
  )
  /** Starts a wait, and tells whether it is over. */
  const begin = (until: FinalityLevel, options: { endsWithVerdict?: boolean; signal?: AbortSignal } = {}) => {
    const { endsWithVerdict = true, signal } = options
    let isOver = false
    void waits.wait({ id: 'op-1', until, limit: 20_000, endsWithVerdict }, signal).then(() => {
      isOver = true
    })
    return async () => {
      await setImmediate()
      return isOver
    }
  }
  const become = (next: Progress | null | Error, event?: GatewayEvent) => {
    progress = next
    if (event !== undefined) hub.publish(event)
  }
  return { hub, waits, begin, become, reads: () => reads }
}

function reaching(level: FinalityLevel, batchId = 'b-1'): GatewayEvent {
  return { type: 'batch.levelReached', batchId, txHash: hash('f'), level, blockNumber: 7, at: 1 }
}

const spawned: GatewayEvent = {
  type: 'batch.spawned',
  batchId: 'b-1',
  slot: 0,
  operations: ['op-1'],
  gasBudget: 1,
  at: 1,
}

describe('a wait for a level', () => {
  it('ends at once when the level, or a higher one, is reached already', async () => {
    const { begin } = setting({ ...submitted, levels: levels('included') })
    expect(await begin('preconfirmed')()).toBe(true)
    expect(await begin('included')()).toBe(true)
    expect(await begin('confirmed')()).toBe(false)
  })

  it('follows the operation into its batch, and ends when the batch reaches the level', async () => {
    const { begin, become, hub } = setting()
    const isOver = begin('included')
    expect(await isOver()).toBe(false)
    hub.publish(spawned)
    become({ ...submitted, levels: levels('preconfirmed') }, reaching('preconfirmed'))
    expect(await isOver()).toBe(false)
    become({ ...submitted, levels: levels('preconfirmed', 'included') }, reaching('included'))
    expect(await isOver()).toBe(true)
  })

  it('reads nothing for events of other batches and operations', async () => {
    const { begin, hub, reads } = setting(submitted)
    const isOver = begin('included')
    await isOver()
    hub.publish(reaching('included', 'b-2'))
    hub.publish({ ...spawned, batchId: 'b-2', operations: ['op-2'] })
    hub.publish(reaching('included', 'b-2'))
    expect(await isOver()).toBe(false)
    expect(reads()).toBe(1)
  })

  it('is not misled by a batch that starts during the first reading', async () => {
    const { begin, become, hub } = setting({ ...queued, batchId: 'b-0' })
    const isOver = begin('included')
    hub.publish(spawned)
    await isOver()
    become({ ...submitted, levels: levels('included') }, reaching('included'))
    expect(await isOver()).toBe(true)
  })

  it('ends when the operation fails', async () => {
    const { begin, become } = setting(submitted)
    const isOver = begin('safe', { endsWithVerdict: false })
    await isOver()
    become(
      { state: 'failed', batchId: 'b-1', levels: levels('included') },
      {
        type: 'operation.settled',
        id: 'op-1',
        kind: 'create_account',
        status: { type: 'Failed', reason: { type: 'InvalidSignature' }, txHash: null },
        cost: null,
        receivedAt: 0,
        at: 1,
      },
    )
    expect(await isOver()).toBe(true)
  })

  it('goes on after the verdict only if it is asked to, and if there are levels', async () => {
    const settled: Progress = { state: 'finalized', batchId: 'b-1', levels: levels('confirmed') }
    expect(await setting(settled).begin('safe')()).toBe(true)
    expect(await setting(settled).begin('safe', { endsWithVerdict: false })()).toBe(false)
    const foreign = { ...settled, levels: {} }
    expect(await setting(foreign).begin('safe', { endsWithVerdict: false })()).toBe(true)
  })

  it('ends for an unknown operation, and when the store does not answer', async () => {
    expect(await setting(null).begin('safe')()).toBe(true)
    const { begin, become } = setting()
    become(new Error('locked'))
    expect(await begin('safe')()).toBe(true)
  })

  it('ends after the time that the request gave', async () => {
    const isOver = setting().begin('included')
    await isOver()
    vi.advanceTimersByTime(19_999)
    expect(await isOver()).toBe(false)
    vi.advanceTimersByTime(1)
    expect(await isOver()).toBe(true)
  })

  it('ends when the client goes away', async () => {
    const client = new AbortController()
    const isOver = setting().begin('included', { signal: client.signal })
    expect(await isOver()).toBe(false)
    client.abort()
    expect(await isOver()).toBe(true)
    expect(await setting().begin('included', { signal: client.signal })()).toBe(true)
  })
})

describe('the waits', () => {
  it('end when the gateway stops, and no further one begins', async () => {
    const { waits, begin } = setting()
    const isOver = begin('included')
    expect(await isOver()).toBe(false)
    waits.close()
    expect(await isOver()).toBe(true)
    expect(await begin('included')()).toBe(true)
  })

  it('are bounded: a further one is refused until one has ended', async () => {
    const { waits, begin } = setting()
    const client = new AbortController()
    const first = begin('included', { signal: client.signal })
    begin('included')
    begin('safe')
    const more = { id: 'op-1', until: 'included', limit: 1, endsWithVerdict: true } as const
    await expect(waits.wait(more)).rejects.toMatchObject({ code: 'batcher_unavailable' })
    client.abort()
    expect(await first()).toBe(true)
    expect(await begin('included')()).toBe(false)
    waits.close()
  })
})
