import { afterEach, describe, expect, it } from 'vitest'
import { LoadError } from '../../src/load/error.ts'
import { DEFAULT_MIX, parseMix } from '../../src/load/mix.ts'
import type { LoadEvent } from '../../src/load/report.ts'
import { type LoadOptions, runLoad } from '../../src/load/run.ts'
import type { WorldIdOperation } from '../../src/registry/worldId/operations.ts'
import { type ModelGateway, startModelGateway, type Verdict } from './modelGateway.ts'
import { seededRandom } from './seededRandom.ts'

let gateway: ModelGateway | null = null

afterEach(async () => {
  await gateway?.close()
  gateway = null
})

async function start(judge: (operation: WorldIdOperation) => Verdict): Promise<ModelGateway> {
  gateway = await startModelGateway(judge)
  return gateway
}

function optionsFor(url: string, mix: string, operations: number): LoadOptions {
  return {
    url,
    rpcUrl: url,
    operations,
    mix: parseMix(mix),
    concurrency: 8,
    rate: null,
    idleTimeout: 300_000,
    now: Date.now,
    random: seededRandom(operations),
  }
}

describe('a load run', () => {
  it('sends valid operations in the proportions of the mix until all are finalized', async () => {
    const { url, taken, peak } = await start(() => 'finalize')
    const report = await runLoad(optionsFor(url, DEFAULT_MIX, 40))
    expect(report).toMatchObject({ accepted: 40, rejected: 0, finalized: 40, failed: 0 })
    expect(report.operationsPerSecond).toBeGreaterThan(0)
    expect(report.latencyMs.p50).toBeGreaterThan(0)

    expect(taken.filter(({ kind }) => kind === 'create_account')).toHaveLength(28)
    expect(taken).toHaveLength(40)
    expect(report.cost?.total).toBe('820')
    expect(report.cost?.byKind.create_account?.operations).toBe(28)
    expect(peak()).toBeLessThanOrEqual(16)
  })

  it('creates uncounted accounts if the mix has no creates', async () => {
    const { url, taken } = await start(() => 'finalize')
    const events: LoadEvent[] = []
    const report = await runLoad({
      ...optionsFor(url, 'update:1,recover:1', 10),
      onEvent: (event) => events.push(event),
    })
    expect(report).toMatchObject({ accepted: 10, finalized: 10 })
    const created = taken.filter(({ kind }) => kind === 'create_account')
    expect(created).toHaveLength(3)
    expect(events[0]).toEqual({ type: 'planned', accounts: 3 })
    expect(events.slice(1, 5).map(({ type }) => type)).toEqual([
      'prepared',
      'prepared',
      'prepared',
      'started',
    ])
  })

  it('repeats a submission while the gateway has no room', async () => {
    const turnedAway = new Set<string>()
    const { url } = await start((operation) => {
      const name = JSON.stringify(operation)
      if (turnedAway.has(name)) return 'finalize'
      turnedAway.add(name)
      return 'busy'
    })
    const report = await runLoad(optionsFor(url, 'create:1', 10))
    expect(report).toMatchObject({ accepted: 10, rejected: 0, finalized: 10 })
  })

  it('does not send the later operations of an account after a refusal', async () => {
    const { url } = await start(({ kind }) => (kind === 'create_account' ? 'finalize' : 'refuse'))
    const codes: string[] = []
    const report = await runLoad({
      ...optionsFor(url, 'insert:1', 4),
      onEvent: (event) => event.type === 'rejected' && codes.push(event.code),
    })
    expect(report).toMatchObject({ accepted: 0, rejected: 4 })
    expect(codes).toEqual(['bad_request', 'not_sent', 'not_sent', 'not_sent'])
  })

  it('sends no operations for an account after a failed create', async () => {
    const { url } = await start(() => 'fail')
    const report = await runLoad(optionsFor(url, 'create:1,insert:1', 4))
    expect(report).toMatchObject({ accepted: 2, rejected: 2, finalized: 0, failed: 2 })
    expect(report.latencyMs.p50).toBeNull()
  })

  it('ends after the idle timeout and reports the earlier results', async () => {
    const { url } = await start(() => 'forget')
    const events: LoadEvent[] = []
    const onEvent = (event: LoadEvent) => void events.push(event)
    const report = await runLoad({ ...optionsFor(url, 'create:1', 3), idleTimeout: 1, onEvent })
    expect(report).toMatchObject({ finalized: 0, failed: 0 })
    expect(events.at(-1)).toEqual({ type: 'cut', by: 'timeout' })
  })

  it('ends early when its signal is aborted', async () => {
    const { url } = await start(() => 'forget')
    const controller = new AbortController()
    const report = await runLoad({
      ...optionsFor(url, 'create:1', 3),
      signal: controller.signal,
      onEvent: ({ type }) => type === 'accepted' && controller.abort(),
    })
    expect(report.accepted).toBeGreaterThan(0)
    expect(report).toMatchObject({ rejected: 0, finalized: 0 })
  })

  it('fails with a LoadError if no gateway answers', async () => {
    const { url, close } = await start(() => 'finalize')
    await close()
    await expect(runLoad(optionsFor(url, 'create:1', 1))).rejects.toThrow(LoadError)
  })

  it('fails if the mix needs the chain and no chain answers', async () => {
    const { url } = await start(() => 'finalize')
    const nowhere = { ...optionsFor(url, 'insert:1', 1), rpcUrl: 'http://127.0.0.1:9' }
    await expect(runLoad(nowhere)).rejects.toThrow('--rpc-url')
  })
})
