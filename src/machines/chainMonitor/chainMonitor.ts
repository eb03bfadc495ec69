/**
 * chainMonitor: follows the head of the chain, once for everybody.
 *
 * An effect watches for blocks. It sends `block.seen` for each, in order, `watch.answered` when the chain has answered and
 * there is none, and `watch.failed` when it has not answered. It goes on from the newest block that is known: at a start that
 * is the one which ended batches were held against, so that another branch is a reorg. The monitor keeps a window of recent
 * blocks, derives fees and trend from it, and tells the others.
 *
 * | state      | entered when                                  | left when                                    |
 * | ---------- | --------------------------------------------- | -------------------------------------------- |
 * | Connecting | at the start                                  | the first block, or silence                  |
 * | Following  | the first block; later, any answer            | it has not answered for the stall timeout    |
 * | Stalled    | it has not answered for the stall timeout     | the first block; later, any answer           |
 *
 * A chain that answers and makes no block is followed: one that makes blocks only for transactions would wait for the very
 * batch that waits for it. That a block is overdue shows in the age of the head, and in `/health` when operations wait for
 * one.
 *
 * Promises: a watcher that fails, dies or sends nonsense is a state that others see, never an exception, and is started
 * again; of a reorg every block of the new chain is passed on, the first of them after `chain.reorged`.
 */
import {
  assign,
  type ErrorActorEvent,
  enqueueActions,
  fromCallback,
  raise,
  setup,
  spawnChild,
  stopChild,
} from 'xstate'
import type { BlockHead } from '../../domain/chain.ts'
import type { ChainEvent } from '../../domain/events.ts'
import type { DurationMs, Now } from '../../domain/primitives.ts'
import { chainState, type FeeWindow, isSound, observeBlock, reorgOf } from '../../policy/feeWindow.ts'
import { type BlockObserved, type ChainReorged, to } from '../protocol.ts'

/** What the watching effect sends. */
export type WatchEvent =
  | { readonly type: 'block.seen'; readonly head: BlockHead }
  | { readonly type: 'watch.answered' }
  | { readonly type: 'watch.failed'; readonly message: string }

export interface WatchInput {
  /** The block to go on from, which is passed on first; null to begin with the newest. */
  readonly head: BlockHead | null
}

type ChainMonitorEvent = WatchEvent | { readonly type: 'watch.due' } | ErrorActorEvent

export interface ChainMonitorContext {
  readonly window: FeeWindow
  readonly head: BlockHead | null
  readonly failure: string | null
  readonly known: BlockHead | null
  readonly stallTimeout: DurationMs
  readonly now: Now
}

export interface ChainMonitorInput {
  readonly stallTimeout: DurationMs
  /** The block that was known before; null for none. */
  readonly known: BlockHead | null
  readonly now: Now
}

export const chainMonitorMachine = setup({
  types: {
    context: {} as ChainMonitorContext,
    input: {} as ChainMonitorInput,
    events: {} as ChainMonitorEvent,
    emitted: {} as ChainEvent,
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
    /** An endpoint that lags behind may show blocks again that were seen before: those are no sign of life. */
    isNews: ({ context, event }) =>
      event.type === 'block.seen' &&
      isSound(event.head) &&
      observeBlock(context.window, event.head) !== context.window,
    hasHead: ({ context }) => context.head !== null,
    isNonsense: ({ event }) => event.type === 'block.seen' && !isSound(event.head),
  },
  actions: {
    observe: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'block.seen') return
      const { head } = event
      const window = observeBlock(context.window, head)
      const chain = chainState(window)
      if (chain === null) return
      const reorg = reorgOf(context.window, head)
      enqueue.assign({ window, head, failure: null })
      if (reorg !== null) {
        const reorged: ChainReorged = { type: 'chain.reorged', ...reorg, head }
        enqueue.sendTo(to('opsBatcher'), reorged)
        enqueue.emit({ type: 'chain.reorged', ...reorg, blockNumber: head.number, at: head.seenAt })
      }
      const observed: BlockObserved = { type: 'block.observed', head, chain }
      enqueue.sendTo(to('opsBatcher'), observed)
      enqueue.sendTo(to('wallet'), observed)
      enqueue.emit(observed)
    }),
    noteFailure: assign({
      failure: ({ context, event }) => (event.type === 'watch.failed' ? event.message : context.failure),
    }),
    startWatch: spawnChild('watchBlocks', {
      id: 'watchBlocks',
      input: ({ context }) => ({ head: context.head ?? context.known }),
    }),
    endWatch: stopChild('watchBlocks'),
    delayWatch: raise({ type: 'watch.due' }, { delay: 'restartPause' }),
    noteCrash: assign({
      failure: ({ event }) => ('error' in event ? `the watcher died: ${event.error}` : null),
    }),
    noteNonsense: assign({ failure: 'the watcher sent a block that is none' }),
    clearFailure: assign({ failure: null }),
    tellStalled: enqueueActions(({ context, enqueue }) => {
      enqueue.sendTo(to('opsBatcher'), { type: 'chain.stalled' })
      const message = context.failure ?? `no answer for ${context.stallTimeout / 1000} s`
      enqueue.emit({ type: 'chain.stalled', message, at: context.now() })
    }),
    tellFollowed: enqueueActions(({ context, enqueue }) => {
      enqueue.sendTo(to('opsBatcher'), { type: 'chain.followed' })
      enqueue.emit({ type: 'chain.followed', at: context.now() })
    }),
  },
}).createMachine({
  id: 'chainMonitor',
  context: ({ input }) => ({
    window: [],
    head: null,
    failure: null,
    known: input.known,
    stallTimeout: input.stallTimeout,
    now: input.now,
  }),
  entry: 'startWatch',
  on: {
    'block.seen': { guard: 'isNonsense', actions: 'noteNonsense' },
    'watch.failed': { actions: 'noteFailure' },
    'xstate.error.actor.watchBlocks': {
      actions: ['noteCrash', 'endWatch', 'delayWatch'],
    },
    'watch.due': { actions: 'startWatch' },
  },
  initial: 'Connecting',
  states: {
    Connecting: {
      after: { stallTimeout: 'Stalled' },
      on: { 'block.seen': { guard: 'isNews', target: 'Following', actions: ['tellFollowed', 'observe'] } },
    },
    Following: {
      after: { stallTimeout: 'Stalled' },
      on: {
        'block.seen': { guard: 'isNews', target: 'Following', reenter: true, actions: 'observe' },
        'watch.answered': { target: 'Following', reenter: true, actions: 'clearFailure' },
      },
    },
    Stalled: {
      entry: 'tellStalled',
      on: {
        'block.seen': { guard: 'isNews', target: 'Following', actions: ['tellFollowed', 'observe'] },
        'watch.answered': {
          guard: 'hasHead',
          target: 'Following',
          actions: ['tellFollowed', 'clearFailure'],
        },
      },
    },
  },
})
