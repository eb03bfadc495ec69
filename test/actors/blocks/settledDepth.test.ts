import { expect, it } from 'vitest'
import { createActor } from 'xstate'
import { settledDepth } from '../../../src/actors/blocks/settledDepth.ts'
import type { FinalityTags } from '../../../src/domain/finality.ts'
import { chainMonitorMachine } from '../../../src/machines/chainMonitor/chainMonitor.ts'
import { batching, block } from '../../machines/support/samples.ts'

/** A system whose monitor is at block 100. */
function systemWith(tags: FinalityTags) {
  const monitor = createActor(chainMonitorMachine, {
    input: { stallTimeout: 1, feeLimits: batching.adaptive, known: null, now: () => 0 },
  })
  const snapshot = monitor.getSnapshot()
  const context = { ...snapshot.context, head: block(100), tags }
  return { get: () => Object.assign(monitor, { getSnapshot: () => ({ ...snapshot, context }) }) }
}

it('is the depth of the verdicts at this moment: a tag moves', () => {
  const depth = settledDepth({ finality: 'safe', confirmations: 1 })
  expect(depth(systemWith({ safe: 90, finalized: 10 }))).toBe(10)
  expect(depth(systemWith({ safe: 95, finalized: 10 }))).toBe(5)
  expect(depth({ get: () => undefined })).toBe(Number.MAX_SAFE_INTEGER)
  expect(settledDepth({ finality: 'confirmed', confirmations: 3 })({ get: () => undefined })).toBe(3)
})
