import { describe, expect, it } from 'vitest'
import { createActor, fromCallback } from 'xstate'
import type { FinalityTags } from '../../../src/domain/finality.ts'
import { chainMonitorMachine } from '../../../src/machines/chainMonitor/chainMonitor.ts'
import type { WatchEvent, WatchInput } from '../../../src/machines/chainMonitor/context.ts'
import { ACTORS, type TagsObserved } from '../../../src/machines/protocol.ts'
import { batching, block } from '../support/samples.ts'
import { Stage } from '../support/stage.ts'

const STALL = 20_000

/** A monitor that has followed blocks 1 to 9. */
function setting() {
  const stage = new Stage(ACTORS.chainMonitor)
  let watcher: (event: WatchEvent) => void = () => {}
  const watchBlocks = fromCallback<WatchEvent, WatchInput>(({ sendBack }) => {
    watcher = sendBack
  })
  createActor(chainMonitorMachine.provide({ actors: { watchBlocks } }), {
    parent: stage.parent,
    systemId: ACTORS.chainMonitor,
    input: { stallTimeout: STALL, feeLimits: batching.adaptive, known: null, now: stage.now },
  }).start()
  const tell = (event: WatchEvent) => watcher(event)
  for (let number = 1; number <= 9; number += 1) tell({ type: 'block.seen', head: block(number) })
  stage.clear()
  const tag = (safe: number | null, finalized: number | null, branch = 'b') => {
    const seen = (number: number | null) =>
      number === null ? null : { blockNumber: number, blockHash: block(number, { branch }).hash }
    tell({ type: 'tags.seen', safe: seen(safe), finalized: seen(finalized) })
  }
  const tags = (actor: 'opsBatcher' | 'finalityTracker' = 'opsBatcher'): FinalityTags | undefined =>
    stage.received<TagsObserved>(actor, 'tags.observed').at(-1)?.tags
  return { stage, tell, tag, tags }
}

describe('the tags of the chain', () => {
  it('go to the opsBatcher and the finalityTracker', () => {
    const { tag, tags } = setting()
    tag(7, 5)
    expect(tags()).toEqual({ safe: 7, finalized: 5 })
    expect(tags('finalityTracker')).toEqual({ safe: 7, finalized: 5 })
  })

  it('are never lowered by a node that is behind', () => {
    const { tag, tags } = setting()
    tag(7, 5)
    tag(6, null)
    expect(tags()).toEqual({ safe: 7, finalized: 5 })
  })

  it('do not count on a block of another branch', () => {
    const { tag, tags } = setting()
    tag(7, 5, 'c')
    expect(tags()).toEqual({ safe: null, finalized: null })
  })

  it('are cut before a reorg is announced, and only if it reaches them', () => {
    const { stage, tell, tag, tags } = setting()
    tag(7, 5)
    stage.clear()
    tell({ type: 'block.seen', head: block(9, { branch: 'c', parentHash: block(8).hash }) })
    expect(tags()).toBeUndefined()
    stage.clear()
    tell({ type: 'block.seen', head: block(6, { branch: 'd', parentHash: block(5).hash }) })
    expect(tags()).toEqual({ safe: 5, finalized: 5 })
    const toTracker = stage.receivedBy('finalityTracker').map(({ type }) => type)
    expect(toTracker).toEqual(['tags.observed', 'chain.reorged', 'block.observed'])
  })

  it('that verdicts wait for and no node tells are a persistent failure, until a node tells them', async () => {
    const { stage, tell } = setting()
    tell({ type: 'tags.failed', message: 'no safe block: unknown block' })
    await stage.advance(STALL - 1)
    tell({ type: 'watch.answered' })
    await stage.advance(1)
    tell({ type: 'tags.failed', message: 'no safe block: unknown block' })
    expect(stage.emittedOf('failure.persisted')).toMatchObject([
      { actor: 'chainMonitor', effect: 'readTags', reason: 'no safe block: unknown block' },
    ])
    tell({ type: 'tags.answered' })
    expect(stage.emittedOf('failure.ended')).toMatchObject([{ effect: 'readTags' }])
  })
})
