/** A finalityTracker, with the messages of batches and of the chainMonitor. */
import { createActor } from 'xstate'
import type { Inclusion } from '../../../src/domain/batch.ts'
import type { BlockHead } from '../../../src/domain/chain.ts'
import type { Hash } from '../../../src/domain/primitives.ts'
import type { ClimbingBatch } from '../../../src/domain/recovery.ts'
import type { FinalityConfig, PendingBlock } from '../../../src/machines/finalityTracker/context.ts'
import { finalityTrackerMachine } from '../../../src/machines/finalityTracker/finalityTracker.ts'
import { ACTORS, type RecordRequested } from '../../../src/machines/protocol.ts'
import { Deferred } from './deferred.ts'
import { attempt, block, chainState } from './samples.ts'
import { Stage } from './stage.ts'

/** Hashes of an attempt and of its replacement. */
export const first = attempt(7).hash
export const raised = attempt(7, { maxFeePerGas: 13 }).hash

export function tracking(config: Partial<FinalityConfig> = {}, climbing: readonly ClimbingBatch[] = []) {
  const stage = new Stage(ACTORS.finalityTracker)
  const pending = new Deferred<PendingBlock>(stage)
  const tracker = createActor(finalityTrackerMachine.provide({ actors: { readPending: pending.logic } }), {
    parent: stage.parent,
    systemId: ACTORS.finalityTracker,
    input: { config: { confirmations: 2, preconfirmations: 'off', ...config }, climbing, now: stage.now },
  }).start()
  const report = (
    hashes: readonly Hash[],
    inclusion: Inclusion | null = null,
    { isSettled = false, batchId = 'batch-1' } = {},
  ) => tracker.send({ type: 'transactions.changed', batchId, hashes, inclusion, isSettled })
  const see = (number: number, traits: Partial<BlockHead> & { readonly branch?: string } = {}) =>
    tracker.send({ type: 'block.observed', head: block(number, traits), chain: chainState() })
  const tag = (safe: number | null, finalized: number | null) =>
    tracker.send({ type: 'tags.observed', tags: { safe, finalized } })
  const reorg = (orphanedFrom: number) =>
    tracker.send({
      type: 'chain.reorged',
      depth: 1,
      orphanedFrom,
      head: block(orphanedFrom, { branch: 'c' }),
    })
  /** The level of each event, and what happened to it. */
  const told = () =>
    stage.emitted.flatMap((event) => {
      if (event.type === 'batch.levelReached') return [`${event['level']} at ${event['blockNumber']}`]
      if (event.type === 'batch.levelsLost') return [`lost ${String(event['levels'])}`]
      return event.type === 'batch.preconfirmationFailed' ? [`failed at ${event['blockNumber']}`] : []
    })
  /** The finality that the store was last asked to keep. */
  const stored = () => {
    const requests = stage.received<RecordRequested>('requestTracker', 'record.requested')
    const write = requests.flatMap(({ writes }) => writes).at(-1)
    return write?.type === 'batch.finalityChanged' ? write.finality : undefined
  }
  const state = () => tracker.getSnapshot().value
  const followed = () => tracker.getSnapshot().context.batches.size
  return { stage, pending, tracker, report, see, tag, reorg, told, stored, state, followed }
}
