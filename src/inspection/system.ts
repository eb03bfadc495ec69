/** Reads the snapshots of the actors: active actors, queue depth and observed blocks. */
import { Actor, type AnyActor, isMachineSnapshot } from 'xstate'
import type { Block, Sample } from '../../inspector/src/wire.ts'
import type { Millis } from '../domain/primitives.ts'
import type { ChainMonitorContext } from '../machines/chainMonitor/context.ts'
import type { NonceTrackerContext } from '../machines/nonceTracker/context.ts'
import { countWaiting } from '../machines/nonceTracker/lanes.ts'
import type { OpsBatcherContext } from '../machines/opsBatcher/context.ts'
import { averageBaseFee } from '../policy/feeWindow.ts'

/** All active actors, parents before children. */
export function activeActors(actor: AnyActor): readonly AnyActor[] {
  const snapshot: unknown = actor.getSnapshot()
  const children = isMachineSnapshot(snapshot) ? Object.values(snapshot.children) : []
  return [actor, ...children.filter(isActive).flatMap(activeActors)]
}

function isActive(child: unknown): child is AnyActor {
  return child instanceof Actor && child.getSnapshot()?.status === 'active'
}

export type Depths = Pick<Sample, 'ready' | 'waiting' | 'oldestAge' | 'batches'>

export function depthsOf(root: AnyActor, at: Millis): Depths {
  const batcher = contextOf<OpsBatcherContext>(root, 'opsBatcher')
  const tracker = contextOf<NonceTrackerContext>(root, 'nonceTracker')
  const oldest = batcher?.queue.oldestReceivedAt ?? null
  return {
    ready: batcher?.queue.size ?? 0,
    waiting: tracker === null ? 0 : countWaiting(tracker.lanes),
    oldestAge: oldest === null ? null : at - oldest,
    batches: batcher?.slots.filter((slot) => slot !== null).length ?? 0,
  }
}

/** The blocks in the window of the chain monitor, oldest first. */
export function blocksOf(root: AnyActor): readonly Block[] {
  const window = contextOf<ChainMonitorContext>(root, 'chainMonitor')?.window ?? []
  return window.map(({ hash, blockNumber, baseFee, gasUsed, gasLimit, timestamp }, index) => ({
    number: blockNumber,
    hash,
    baseFee,
    baseFeeEma: averageBaseFee(window.slice(0, index + 1)),
    gasUsed,
    gasLimit,
    at: timestamp,
  }))
}

/** The context of the actor with this name, or null if the actor is not active. The caller knows the type of the context. */
function contextOf<C>({ system }: AnyActor, name: string): C | null {
  const snapshot: unknown = system.get(name)?.getSnapshot()
  return isMachineSnapshot(snapshot) ? snapshot.context : null
}
