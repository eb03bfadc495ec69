/** The guards, actions and effect slots of the chainMonitor's statechart, by name. */
import {
  type ErrorActorEvent,
  enqueueActions,
  fromCallback,
  raise,
  setup,
  spawnChild,
  stopChild,
} from 'xstate'
import type { BlockHead, BlockRef } from '../../domain/chain.ts'
import type { ChainEvent, SystemEvent } from '../../domain/events.ts'
import { chainState, isSound, observeBlock, reorgOf } from '../../policy/feeWindow.ts'
import { cutTags, raiseTags } from '../../policy/finality.ts'
import { type EffectRun, effectFailed, effectSucceeded } from '../failingEffects.ts'
import { type BlockObserved, type ChainReorged, type Inbox, type TagsObserved, to } from '../protocol.ts'
import {
  type ChainMonitorContext,
  type ChainMonitorInput,
  type SeenTags,
  WATCH,
  type WatchEvent,
  type WatchInput,
  watchFailure,
} from './context.ts'

type ChainMonitorEvent =
  | Inbox['chainMonitor']
  | WatchEvent
  | { readonly type: 'watch.due' }
  | ErrorActorEvent<unknown, 'watchBlocks'>

export const chainMonitorSetup = setup({
  types: {
    context: {} as ChainMonitorContext,
    input: {} as ChainMonitorInput,
    events: {} as ChainMonitorEvent,
    emitted: {} as ChainEvent | Extract<SystemEvent, { type: 'failure.persisted' | 'failure.ended' }>,
  },
  actors: {
    watchBlocks: fromCallback<WatchEvent, WatchInput>(({ sendBack }) => {
      sendBack({ type: 'watch.failed', message: "the effect 'watchBlocks' was not provided to this machine" })
    }),
  },
  delays: {
    stallTimeout: ({ context }) => context.stallTimeout,
    restartPause: 1_000,
  },
  guards: {
    /** A `Behind` endpoint may show known blocks again. Known blocks do not prove that the chain is followed. */
    isNewBlock: ({ context }, { head }: { head: BlockHead }) =>
      isSound(head) && observeBlock(context.window, head) !== context.window,
    isMalformed: (_, { head }: { head: BlockHead }) => !isSound(head),
    hasHead: ({ context }) => context.head !== null,
  },
  actions: {
    observe: enqueueActions(({ context, enqueue }, { head }: { head: BlockHead }) => {
      const window = observeBlock(context.window, head)
      const chain = chainState(window, context.feeLimits)
      if (chain === null) return
      const reorg = reorgOf(context.window, head)
      enqueue.assign({ window, head, chain })
      if (reorg !== null) {
        const reorged: ChainReorged = { type: 'chain.reorged', ...reorg, head }
        const tags = cutTags(context.tags, reorg.orphanedFrom)
        enqueue.assign({ tags })
        if (tags !== context.tags) {
          enqueue.sendTo(to('opsBatcher'), { type: 'tags.observed', tags })
          enqueue.sendTo(to('finalityTracker'), { type: 'tags.observed', tags })
        }
        enqueue.sendTo(to('opsBatcher'), reorged)
        enqueue.sendTo(to('wallet'), reorged)
        enqueue.sendTo(to('finalityTracker'), reorged)
        enqueue.emit({ type: 'chain.reorged', ...reorg, blockNumber: head.number, at: head.seenAt })
      }
      const observed: BlockObserved = { type: 'block.observed', head, chain }
      enqueue.sendTo(to('opsBatcher'), observed)
      enqueue.sendTo(to('wallet'), observed)
      enqueue.sendTo(to('finalityTracker'), observed)
      enqueue.emit(observed)
    }),
    /** A tag on a block that was not followed says nothing: the node may be on another branch. */
    observeTags: enqueueActions(({ context, enqueue }, { safe, finalized }: SeenTags) => {
      const seen = { safe: followedNumber(context, safe), finalized: followedNumber(context, finalized) }
      const tags = raiseTags(context.tags, seen, context.head?.number ?? 0)
      const observed: TagsObserved = { type: 'tags.observed', tags }
      enqueue.assign({ tags })
      enqueue.sendTo(to('opsBatcher'), observed)
      enqueue.sendTo(to('finalityTracker'), observed)
    }),
    noteFailure: enqueueActions(
      ({ context, enqueue }, { failure, effect = WATCH }: { failure: string; effect?: string }) => {
        const { failing, event } = effectFailed(
          context.failing,
          runOf(context, effect),
          failure,
          context.stallTimeout,
        )
        enqueue.assign({ failing })
        if (event !== null) enqueue.emit(event)
      },
    ),
    clearFailure: enqueueActions(({ context, enqueue }, { effect }: { effect: string }) => {
      const { failing, event } = effectSucceeded(context.failing, runOf(context, effect))
      enqueue.assign({ failing })
      if (event !== null) enqueue.emit(event)
    }),
    startWatch: spawnChild('watchBlocks', {
      id: 'watchBlocks',
      input: ({ context }) => ({ head: context.head ?? context.known }),
    }),
    stopWatch: stopChild('watchBlocks'),
    delayWatch: raise({ type: 'watch.due' }, { delay: 'restartPause' }),
    announceStalled: enqueueActions(({ context, enqueue }) => {
      enqueue.sendTo(to('opsBatcher'), { type: 'chain.stalled' })
      enqueue.emit({ type: 'chain.stalled', message: stallReason(context), at: context.now() })
    }),
    /** A watcher without any answer has failed since the stall timeout began, even if it has reported no failure. */
    noteSilence: enqueueActions(({ context, enqueue }) => {
      const { stallTimeout, now } = context
      const reason = stallReason(context)
      const run = runOf(context, WATCH)
      const since = { ...run, at: now() - stallTimeout }
      const begun = effectFailed(context.failing, since, reason, stallTimeout)
      const { failing, event } = effectFailed(begun.failing, run, reason, stallTimeout)
      enqueue.assign({ failing })
      if (event !== null) enqueue.emit(event)
    }),
    announceFollowed: enqueueActions(({ context, enqueue }) => {
      enqueue.sendTo(to('opsBatcher'), { type: 'chain.followed' })
      enqueue.emit({ type: 'chain.followed', at: context.now() })
    }),
  },
})

function runOf({ now }: ChainMonitorContext, effect: string): EffectRun {
  return { actor: 'chainMonitor', batchId: null, effect, at: now() }
}

/** The number of a tagged block; null if the followed chain has another block at the number. */
function followedNumber({ window }: ChainMonitorContext, tagged: BlockRef | null): number | null {
  const followed = window.find(({ blockNumber }) => blockNumber === tagged?.blockNumber)
  const isOther = followed !== undefined && followed.hash !== tagged?.blockHash
  return tagged === null || isOther ? null : tagged.blockNumber
}

function stallReason({ failing, stallTimeout }: ChainMonitorContext): string {
  return watchFailure({ failing }) ?? `no answer for ${stallTimeout / 1000} s`
}
