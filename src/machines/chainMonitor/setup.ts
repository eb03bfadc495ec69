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
import type { BlockHead } from '../../domain/chain.ts'
import type { ChainEvent, SystemEvent } from '../../domain/events.ts'
import { chainState, isSound, observeBlock, reorgOf } from '../../policy/feeWindow.ts'
import { type EffectRun, effectFailed, effectSucceeded } from '../failingEffects.ts'
import { type BlockObserved, type ChainReorged, type Inbox, to } from '../protocol.ts'
import {
  type ChainMonitorContext,
  type ChainMonitorInput,
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
      const chain = chainState(window)
      if (chain === null) return
      const reorg = reorgOf(context.window, head)
      enqueue.assign({ window, head })
      if (reorg !== null) {
        const reorged: ChainReorged = { type: 'chain.reorged', ...reorg, head }
        enqueue.sendTo(to('opsBatcher'), reorged)
        enqueue.sendTo(to('wallet'), reorged)
        enqueue.emit({ type: 'chain.reorged', ...reorg, blockNumber: head.number, at: head.seenAt })
      }
      const observed: BlockObserved = { type: 'block.observed', head, chain }
      enqueue.sendTo(to('opsBatcher'), observed)
      enqueue.sendTo(to('wallet'), observed)
      enqueue.emit(observed)
    }),
    noteFailure: enqueueActions(({ context, enqueue }, { failure }: { failure: string }) => {
      const { failing, event } = effectFailed(
        context.failing,
        watching(context),
        failure,
        context.stallTimeout,
      )
      enqueue.assign({ failing })
      if (event !== null) enqueue.emit(event)
    }),
    clearFailure: enqueueActions(({ context, enqueue }) => {
      const { failing, event } = effectSucceeded(context.failing, watching(context))
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
      const since = { ...watching(context), at: now() - stallTimeout }
      const begun = effectFailed(context.failing, since, reason, stallTimeout)
      const { failing, event } = effectFailed(begun.failing, watching(context), reason, stallTimeout)
      enqueue.assign({ failing })
      if (event !== null) enqueue.emit(event)
    }),
    announceFollowed: enqueueActions(({ context, enqueue }) => {
      enqueue.sendTo(to('opsBatcher'), { type: 'chain.followed' })
      enqueue.emit({ type: 'chain.followed', at: context.now() })
    }),
  },
})

function watching({ now }: ChainMonitorContext): EffectRun {
  return { actor: 'chainMonitor', batchId: null, effect: WATCH, at: now() }
}

function stallReason({ failing, stallTimeout }: ChainMonitorContext): string {
  return watchFailure({ failing }) ?? `no answer for ${stallTimeout / 1000} s`
}
