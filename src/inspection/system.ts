/** What is read from the living actors when somebody asks: who there is, how deep the queue is, which blocks were seen. */
import { Actor, type AnyActor, isMachineSnapshot } from 'xstate'
import type { Block, Sample } from '../../inspector/src/wire.ts'
import type { Millis } from '../domain/primitives.ts'
import type { ChainMonitorContext } from '../machines/chainMonitor/context.ts'
import type { NonceTrackerContext } from '../machines/nonceTracker/context.ts'
import { countWaiting } from '../machines/nonceTracker/lanes.ts'
import type { OpsBatcherContext } from '../machines/opsBatcher/context.ts'
import { chainState } from '../policy/feeWindow.ts'

/** Every actor that lives, parents before children. */
export function livingIn(actor: AnyActor): readonly AnyActor[] {
  const snapshot: unknown = actor.getSnapshot()
  const children = isMachineSnapshot(snapshot) ? Object.values(snapshot.children) : []
  return [actor, ...children.filter(isAlive).flatMap(livingIn)]
}

function isAlive(child: unknown): child is AnyActor {
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

/** The blocks that the chain monitor remembers, oldest first. */
export function blocksOf(root: AnyActor): readonly Block[] {
  const window = contextOf<ChainMonitorContext>(root, 'chainMonitor')?.window ?? []
  return window.map(({ hash, blockNumber, baseFee, gasUsed, gasLimit, timestamp }, index) => ({
    number: blockNumber,
    hash,
    baseFee,
    baseFeeEma: chainState(window.slice(0, index + 1))?.baseFeeEma ?? baseFee,
    gasUsed,
    gasLimit,
    at: timestamp,
  }))
}

/** The context of the machine of that name; null when it does not live. The name says which type it has. */
function contextOf<C>({ system }: AnyActor, name: string): C | null {
  const snapshot: unknown = system.get(name)?.getSnapshot()
  return isMachineSnapshot(snapshot) ? snapshot.context : null
}
