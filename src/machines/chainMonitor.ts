/**
 * chainMonitor: follows the head of the chain, once for everybody.
 *
 * An effect watches for blocks and sends `block.seen` for each, in order, and `watch.failed` when the chain does not
 * answer. The monitor keeps a window of recent blocks, derives fees and trend from it, and tells the others.
 *
 * | state      | entered when                                    | left when                         |
 * | ---------- | ----------------------------------------------- | --------------------------------- |
 * | Connecting | at the start                                    | the first block, or silence       |
 * | Following  | a block was seen                                | no new block for the stall timeout |
 * | Stalled    | no new block for too long                       | a new block                       |
 *
 * Promises: a failing watcher is a state that others see, never an exception; a block that contradicts the window is
 * told as `chain.reorged` before its `block.observed`.
 */
import { assign, enqueueActions, fromCallback, setup } from 'xstate'
import type { BlockHead } from '../domain/chain.ts'
import type { ChainEvent } from '../domain/events.ts'
import type { DurationMs, Now } from '../domain/primitives.ts'
import { chainState, type FeeWindow, observeBlock, reorgDepth } from '../policy/feeWindow.ts'
import { ACTORS, type BlockObserved, type ChainReorged } from './protocol.ts'

/** What the watching effect sends. */
export type WatchEvent =
  | { readonly type: 'block.seen'; readonly head: BlockHead }
  | { readonly type: 'watch.failed'; readonly message: string }

export interface ChainMonitorContext {
  readonly window: FeeWindow
  readonly head: BlockHead | null
  readonly failure: string | null
  readonly stallTimeout: DurationMs
  readonly now: Now
}

export interface ChainMonitorInput {
  readonly stallTimeout: DurationMs
  readonly now: Now
}

export const chainMonitorMachine = setup({
  types: {
    context: {} as ChainMonitorContext,
    input: {} as ChainMonitorInput,
    events: {} as WatchEvent,
    emitted: {} as ChainEvent,
  },
  actors: {
    watchBlocks: fromCallback<WatchEvent>(({ sendBack }) => {
      sendBack({ type: 'watch.failed', message: "the effect 'watchBlocks' was not provided to this machine" })
    }),
  },
  delays: {
    stallTimeout: ({ context }) => context.stallTimeout,
  },
  guards: {
    /** An endpoint that lags behind may show blocks again that were seen before: those are no sign of life. */
    isNews: ({ context, event }) =>
      event.type === 'block.seen' && observeBlock(context.window, event.head) !== context.window,
  },
  actions: {
    observe: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'block.seen') return
      const { head } = event
      const window = observeBlock(context.window, head)
      const chain = chainState(window)
      if (chain === null) return
      const depth = reorgDepth(context.window, head)
      enqueue.assign({ window, head, failure: null })
      if (depth > 0) {
        const orphanedFrom = (context.head?.number ?? 0) - depth + 1
        const reorged: ChainReorged = { type: 'chain.reorged', depth, orphanedFrom, head }
        enqueue.sendTo(({ system }) => system.get(ACTORS.opsBatcher), reorged)
        enqueue.emit({ type: 'chain.reorged', depth, blockNumber: orphanedFrom, at: head.seenAt })
      }
      const observed: BlockObserved = { type: 'block.observed', head, chain }
      enqueue.sendTo(({ system }) => system.get(ACTORS.opsBatcher), observed)
      enqueue.sendTo(({ system }) => system.get(ACTORS.wallet), observed)
      enqueue.emit(observed)
    }),
    noteFailure: assign({
      failure: ({ context, event }) => (event.type === 'watch.failed' ? event.message : context.failure),
    }),
    tellStalled: enqueueActions(({ context, enqueue }) => {
      enqueue.sendTo(({ system }) => system.get(ACTORS.opsBatcher), { type: 'chain.stalled' })
      const message = context.failure ?? `no new block for ${context.stallTimeout / 1000} s`
      enqueue.emit({ type: 'chain.stalled', message, at: context.now() })
    }),
    tellFollowed: enqueueActions(({ context, enqueue }) => {
      enqueue.sendTo(({ system }) => system.get(ACTORS.opsBatcher), { type: 'chain.followed' })
      enqueue.emit({ type: 'chain.followed', at: context.now() })
    }),
  },
}).createMachine({
  id: 'chainMonitor',
  context: ({ input }) => ({
    window: [],
    head: null,
    failure: null,
    stallTimeout: input.stallTimeout,
    now: input.now,
  }),
  invoke: { id: 'watchBlocks', src: 'watchBlocks' },
  on: { 'watch.failed': { actions: 'noteFailure' } },
  initial: 'Connecting',
  states: {
    Connecting: {
      after: { stallTimeout: 'Stalled' },
      on: { 'block.seen': { guard: 'isNews', target: 'Following', actions: ['tellFollowed', 'observe'] } },
    },
    Following: {
      after: { stallTimeout: 'Stalled' },
      on: { 'block.seen': { guard: 'isNews', target: 'Following', reenter: true, actions: 'observe' } },
    },
    Stalled: {
      entry: 'tellStalled',
      on: { 'block.seen': { guard: 'isNews', target: 'Following', actions: ['tellFollowed', 'observe'] } },
    },
  },
})
