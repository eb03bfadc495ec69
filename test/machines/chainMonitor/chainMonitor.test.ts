import { describe, expect, it } from 'vitest'
import { createActor, fromCallback } from 'xstate'
import type { BlockHead } from '../../../src/domain/chain.ts'
import { EventHub } from '../../../src/gateway/events.ts'
import { chainMonitorMachine } from '../../../src/machines/chainMonitor/chainMonitor.ts'
import { type WatchEvent, type WatchInput, watchFailure } from '../../../src/machines/chainMonitor/context.ts'
import { ACTORS, type ChainReorged } from '../../../src/machines/protocol.ts'
import { batching, block, GWEI } from '../support/samples.ts'
import { START, Stage } from '../support/stage.ts'

const STALL = 20_000

function setting(known: BlockHead | null = null) {
  const stage = new Stage(ACTORS.chainMonitor)
  let watcher: (event: WatchEvent) => void = () => {}
  const starts: WatchInput[] = []
  const watchBlocks = fromCallback<WatchEvent, WatchInput>(({ sendBack, input }) => {
    watcher = sendBack
    starts.push(input)
  })
  const monitor = createActor(chainMonitorMachine.provide({ actors: { watchBlocks } }), {
    parent: stage.parent,
    systemId: ACTORS.chainMonitor,
    input: { stallTimeout: STALL, feeLimits: batching.adaptive, known, now: stage.now },
  }).start()
  const see = (...heads: readonly BlockHead[]) => {
    for (const head of heads) watcher({ type: 'block.seen', head })
  }
  const answer = () => watcher({ type: 'watch.answered' })
  const fail = (message: string) => watcher({ type: 'watch.failed', message })
  const state = () => monitor.getSnapshot().value
  const context = () => monitor.getSnapshot().context
  const failure = () => watchFailure(context())
  return { stage, monitor, starts, see, answer, fail, state, context, failure }
}

describe('chainMonitor', () => {
  it('is in Connecting until the first block, and sends the block to wallet and opsBatcher', () => {
    const { stage, see, state } = setting()
    expect(state()).toBe('Connecting')
    see(block(7))
    expect(state()).toBe('Following')
    const chain = {
      blockNumber: 7,
      baseFee: GWEI,
      baseFeeEma: GWEI,
      baseFeeTrend: 0,
      feePressure: 0,
      blockGasLimit: 30_000_000,
      recentUtilization: 1 / 30,
      nextBlock: null,
      lastUpdated: START,
    }
    const observed = { type: 'block.observed', head: block(7), chain }
    expect(stage.receivedBy('opsBatcher')).toEqual([{ type: 'chain.followed' }, observed])
    expect(stage.receivedBy('wallet')).toEqual([observed])
    expect(stage.emitted).toEqual([{ type: 'chain.followed', at: START }, observed])
  })

  it('sends every block with the fees of the window', () => {
    const { stage, see, context } = setting()
    see(block(7), block(8, { baseFee: 2 * GWEI }))
    expect(stage.receivedBy('wallet')).toHaveLength(2)
    expect(stage.receivedBy('opsBatcher').at(-1)).toMatchObject({
      type: 'block.observed',
      head: { number: 8 },
      chain: { blockNumber: 8, baseFee: 2 * GWEI, baseFeeEma: 1.2 * GWEI, baseFeeTrend: 1 },
    })
    expect(stage.emittedOf('chain.followed')).toHaveLength(1)
    expect(context().head?.number).toBe(8)
  })

  it('shows what it has sent: the fees, with their trend and pressure', () => {
    const { stage, see, context } = setting()
    expect(context().chain).toBeNull()
    see(block(7), block(8, { baseFee: 55 * GWEI }))
    expect(context().chain).toMatchObject({ baseFee: 55 * GWEI, baseFeeTrend: 1, feePressure: 0.5 })
    expect(stage.receivedBy('wallet').at(-1)).toMatchObject({ chain: context().chain })
  })

  it('ignores a known block', () => {
    const { stage, see, context } = setting()
    see(block(7), block(8), block(9))
    stage.clear()
    see(block(9), block(7), block(8))
    expect(stage.messages).toEqual([])
    expect(stage.emitted).toEqual([])
    expect(context().head).toEqual(block(9))
  })

  it('announces a reorg before the first block of the new branch', () => {
    const { stage, see } = setting()
    see(block(7), block(8), block(9))
    stage.clear()
    const rival = block(8, { branch: 'c', parentHash: block(7).hash, seenAt: START + 5 })
    see(rival)
    expect(stage.messages).toEqual([
      'opsBatcher: chain.reorged',
      'wallet: chain.reorged',
      'finalityTracker: chain.reorged',
      'opsBatcher: block.observed',
      'wallet: block.observed',
      'finalityTracker: block.observed',
    ])
    expect(stage.receivedBy('opsBatcher')[0]).toEqual({
      type: 'chain.reorged',
      depth: 2,
      orphanedFrom: 8,
      head: rival,
    })
    expect(stage.emitted).toMatchObject([
      { type: 'chain.reorged', depth: 2, orphanedFrom: 8, blockNumber: 8, at: START + 5 },
      { type: 'block.observed', head: rival, chain: { blockNumber: 8 } },
    ])
  })

  it('counts the whole window as orphaned if the first block of the new branch is missing', () => {
    const { stage, see } = setting()
    see(block(7), block(8), block(9))
    stage.clear()
    see(block(9, { branch: 'c' }))
    expect(stage.receivedBy('opsBatcher')[0]).toMatchObject({ depth: 2, orphanedFrom: 0 })
    expect(stage.emittedOf('chain.reorged')).toMatchObject([{ depth: 2, orphanedFrom: 0 }])
  })

  it('sends every block of a fork, and the blocks of the first branch again after the return', () => {
    const { stage, see } = setting()
    const mine = (number: number, branch: string, parent: string) =>
      block(number, { branch, parentHash: block(number - 1, { branch: parent }).hash })
    see(block(7), block(8), block(9))
    stage.clear()
    see(mine(8, 'c', 'b'), mine(9, 'c', 'c'), mine(10, 'c', 'c'))
    see(block(8), block(9), block(10), block(11))
    const heard = stage
      .receivedBy('opsBatcher')
      .map(({ type, head, orphanedFrom }) => ({ type, head, orphanedFrom }))
    expect(heard).toEqual([
      { type: 'chain.reorged', head: mine(8, 'c', 'b'), orphanedFrom: 8 },
      { type: 'block.observed', head: mine(8, 'c', 'b') },
      { type: 'block.observed', head: mine(9, 'c', 'c') },
      { type: 'block.observed', head: mine(10, 'c', 'c') },
      { type: 'chain.reorged', head: block(8), orphanedFrom: 8 },
      { type: 'block.observed', head: block(8) },
      { type: 'block.observed', head: block(9) },
      { type: 'block.observed', head: block(10) },
      { type: 'block.observed', head: block(11) },
    ])
  })

  it('does not report a reorg for missing block numbers', () => {
    const { stage, see } = setting()
    see(block(7), block(12))
    expect(stage.emittedOf('chain.reorged')).toEqual([])
    expect(stage.emittedOf('block.observed')).toHaveLength(2)
  })
})

describe('chainMonitor when the chain does not answer', () => {
  it('is stalled after the timeout without a first block', async () => {
    const { stage, state } = setting()
    await stage.advance(STALL - 1)
    expect(state()).toBe('Connecting')
    await stage.advance(1)
    expect(state()).toBe('Stalled')
    expect(stage.receivedBy('opsBatcher')).toEqual([{ type: 'chain.stalled' }])
    const stalled = { type: 'chain.stalled', message: 'no answer for 20 s', at: START + STALL }
    expect(stage.emittedOf('chain.stalled')).toEqual([stalled])
  })

  it('is stalled after the timeout since the last answer', async () => {
    const { stage, see, answer, state } = setting()
    see(block(7))
    await stage.advance(STALL - 1)
    see(block(8))
    await stage.advance(STALL - 1)
    answer()
    await stage.advance(STALL - 1)
    expect(state()).toBe('Following')
    await stage.advance(1)
    expect(state()).toBe('Stalled')
    expect(stage.receivedBy('opsBatcher').at(-1)).toEqual({ type: 'chain.stalled' })
  })

  it('is stalled if an endpoint shows only known blocks', async () => {
    const { stage, see, state } = setting()
    see(block(7), block(8))
    await stage.advance(STALL - 1)
    see(block(7))
    see(block(8))
    await stage.advance(1)
    expect(state()).toBe('Stalled')
    see(block(7))
    expect(state()).toBe('Stalled')
  })

  it('reports the last failure of the watcher, until the chain answers', async () => {
    const { stage, see, answer, fail, state, failure } = setting()
    see(block(7))
    fail('connection reset')
    fail('connection refused')
    expect(state()).toBe('Following')
    await stage.advance(STALL)
    expect(stage.emittedOf('chain.stalled')).toMatchObject([{ message: 'connection refused' }])
    see(block(8))
    expect(failure()).toBeNull()
    fail('again')
    answer()
    expect(failure()).toBeNull()
  })

  it('follows again after the next answer, with or without a new block', async () => {
    const { stage, see, answer, state } = setting()
    see(block(7))
    await stage.advance(STALL)
    stage.clear()
    see(block(8, { branch: 'c' }))
    expect(state()).toBe('Following')
    expect(stage.receivedBy('opsBatcher').map(({ type }) => type)).toEqual([
      'chain.followed',
      'chain.reorged',
      'block.observed',
    ])
    await stage.advance(STALL)
    expect(state()).toBe('Stalled')
    stage.clear()
    answer()
    expect(state()).toBe('Following')
    expect(stage.messages).toEqual(['opsBatcher: chain.followed'])
  })

  it('starts the watcher from the known block of the former run, and reports another branch as a reorg', () => {
    const { stage, starts, see } = setting(block(7))
    expect(starts).toEqual([{ head: block(7) }])
    see(block(7), block(7, { branch: 'c' }))
    expect(stage.received<ChainReorged>('opsBatcher', 'chain.reorged')).toMatchObject([{ orphanedFrom: 0 }])
  })

  it('reports a missing watcher', async () => {
    const stage = new Stage(ACTORS.chainMonitor)
    const input = { stallTimeout: STALL, feeLimits: batching.adaptive, known: null, now: stage.now }
    createActor(chainMonitorMachine, { parent: stage.parent, input }).start()
    await stage.advance(STALL)
    const [{ message } = { message: null }] = stage.emittedOf('chain.stalled')
    expect(message).toContain('watchBlocks')
  })
})

describe('a persistent failure of the block watcher', () => {
  const persisted = {
    type: 'failure.persisted',
    actor: 'chainMonitor',
    batchId: null,
    effect: 'watchBlocks',
  }
  const ended = { ...persisted, type: 'failure.ended' }

  it('is published once with its reason, and once when the chain answers again', async () => {
    const { stage, see, answer, fail } = setting()
    see(block(7))
    await stage.advance(5)
    const since = START + 5
    fail('connection refused')
    await stage.advance(STALL - 1)
    fail('HTTP 503')
    expect(stage.emittedOf('failure.persisted')).toEqual([])
    await stage.advance(1)
    fail('HTTP 502')
    fail('HTTP 503')
    const at = since + STALL
    expect(stage.emittedOf('failure.persisted')).toEqual([{ ...persisted, reason: 'HTTP 502', since, at }])
    answer()
    answer()
    expect(stage.emittedOf('failure.ended')).toEqual([{ ...ended, since, at }])
  })

  it('is published for a watcher that reports nothing at all', async () => {
    const { stage, see, context } = setting()
    await stage.advance(STALL)
    expect(stage.emittedOf('failure.persisted')).toEqual([
      { ...persisted, reason: 'no answer for 20 s', since: START, at: START + STALL },
    ])
    expect(context().failing).toMatchObject({ watchBlocks: { isPersistent: true } })
    see(block(7))
    expect(stage.emittedOf('failure.ended')).toHaveLength(1)
    expect(context().failing).toEqual({})
  })

  it('is not published for failures with answers between them', async () => {
    const { stage, see, answer, fail } = setting()
    see(block(7))
    for (let count = 0; count < 5; count += 1) {
      fail('connection reset')
      await stage.advance(STALL - 1)
      answer()
    }
    expect(stage.emittedOf('failure.persisted')).toEqual([])
  })
})

describe('chainMonitor of a chain with blocks only for transactions', () => {
  it('follows the chain while an endpoint answers, even without blocks', async () => {
    const { stage, see, answer, state } = setting()
    see(block(7))
    stage.clear()
    for (let beat = 0; beat < 60; beat += 1) {
      await stage.advance(STALL - 1)
      answer()
    }
    expect(state()).toBe('Following')
    expect(stage.messages).toEqual([])
    expect(stage.emitted).toEqual([])
    see(block(8))
    expect(stage.messages).toEqual([
      'opsBatcher: block.observed',
      'wallet: block.observed',
      'finalityTracker: block.observed',
    ])
  })
})

describe('chainMonitor after a fault', () => {
  it('does not crash on a malformed block', async () => {
    const { stage, monitor, see, state, context, failure } = setting()
    see(block(7))
    stage.clear()
    const malformed = [
      null,
      {},
      { ...block(8), transactions: undefined },
      { ...block(8), number: Number.NaN },
    ]
    for (const head of malformed) see(head as BlockHead)
    expect(monitor.getSnapshot().status).toBe('active')
    expect(failure()).toBe('block watcher sent a malformed block')
    expect(stage.messages).toEqual([])
    see(block(8))
    expect(context()).toMatchObject({ head: block(8), failing: {} })
    expect(failure()).toBeNull()
    await stage.advance(STALL)
    expect(state()).toBe('Stalled')
  })

  it('restarts the watcher after a crash and a pause', async () => {
    const stage = new Stage(ACTORS.chainMonitor)
    let starts = 0
    const watchBlocks = fromCallback<WatchEvent, WatchInput>(({ sendBack }) => {
      starts += 1
      if (starts < 3) throw new Error(`crash ${starts}`)
      sendBack({ type: 'block.seen', head: block(7) })
    })
    const monitor = createActor(chainMonitorMachine.provide({ actors: { watchBlocks } }), {
      parent: stage.parent,
      systemId: ACTORS.chainMonitor,
      input: { stallTimeout: STALL, feeLimits: batching.adaptive, known: null, now: stage.now },
    }).start()
    await stage.settle()
    expect(starts).toBe(1)
    expect(watchFailure(monitor.getSnapshot().context)).toBe('block watcher crashed: Error: crash 1')
    await stage.advance(999)
    expect(starts).toBe(1)
    await stage.advance(1)
    expect(starts).toBe(2)
    await stage.advance(1_000)
    expect(monitor.getSnapshot()).toMatchObject({ value: 'Following', status: 'active' })
    expect(monitor.getSnapshot().context.failing).toEqual({})
  })

  it('does not crash if an observer throws', () => {
    const { stage, monitor, see, context } = setting()
    const hub = new EventHub()
    const seen: string[] = []
    hub.on(() => {
      throw new Error('an observer')
    })
    hub.on(({ type }) => seen.push(type))
    hub.follow(() => {})({
      type: '@xstate.actor',
      actorRef: monitor,
      rootId: '',
    } as unknown as Parameters<ReturnType<typeof hub.follow>>[0])
    see(block(7), block(8))
    expect(context().head).toEqual(block(8))
    expect(seen).toEqual(['chain.followed', 'block.observed', 'block.observed'])
    expect(stage.receivedBy('wallet')).toHaveLength(2)
  })
})
