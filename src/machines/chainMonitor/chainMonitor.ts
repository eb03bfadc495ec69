/**
 * chainMonitor: follows the head of the chain for all other actors.
 *
 * The effect `watchBlocks` sends `block.seen` for each block in order, `watch.answered` when the chain has answered
 * without a new block, and `watch.failed` when the chain has not answered. The effect goes on from the newest known
 * block. At a start this is the newest block of the former run, and a chain without the block is a reorg. The monitor
 * keeps a window of recent blocks, derives the fees, their trend and pressure, and the expected time of the next block from
 * the window, and sends them with each block.
 *
 * | state      | entered when                                  | left when                                    |
 * | ---------- | --------------------------------------------- | -------------------------------------------- |
 * | Connecting | the monitor starts                            | the first block, or the stall timeout is over |
 * | Following  | a new block; once there is a block, any answer | no answer for the stall timeout             |
 * | Stalled    | no answer for the stall timeout               | a new block; once there is a block, any answer |
 *
 * A chain that answers without new blocks counts as followed: a chain that makes blocks only for transactions would
 * otherwise wait for a batch, and the batch for the chain. Overdue blocks show in the age of the head. `/health` reports
 * overdue blocks while operations wait for a block.
 *
 * After new blocks the effect sends `tags.seen` with the blocks of the tags `safe` and `finalized`. A node that is behind
 * lowers no tag. A reorg cuts the tags before it is announced, so no verdict depends on an orphaned tag.
 *
 * Promises: the block watcher is restarted after a crash. A failed or crashed watcher and a malformed block never crash
 * the monitor. A watcher that has failed for the stall timeout is reported once with its reason, and once when it works again. After a reorg every block of the new branch is sent, and `chain.reorged` before the first of these blocks.
 */
import type { BlockHead } from '../../domain/chain.ts'
import { startContext, TAGS, WATCH } from './context.ts'
import { chainMonitorSetup } from './setup.ts'

interface BlockSeen {
  readonly event: { readonly head: BlockHead }
}

const isNewBlock = { type: 'isNewBlock', params: ({ event }: BlockSeen) => ({ head: event.head }) } as const
const observe = { type: 'observe', params: ({ event }: BlockSeen) => ({ head: event.head }) } as const

const clearFailure = { type: 'clearFailure', params: { effect: WATCH } } as const

export const chainMonitorMachine = chainMonitorSetup.createMachine({
  id: 'chainMonitor',
  context: ({ input }) => startContext(input),
  entry: 'startWatch',
  on: {
    'block.seen': {
      guard: { type: 'isMalformed', params: ({ event }) => ({ head: event.head }) },
      actions: { type: 'noteFailure', params: { failure: 'block watcher sent a malformed block' } },
    },
    'watch.failed': {
      actions: { type: 'noteFailure', params: ({ event }) => ({ failure: event.message }) },
    },
    'xstate.error.actor.watchBlocks': {
      actions: [
        {
          type: 'noteFailure',
          params: ({ event }) => ({ failure: `block watcher crashed: ${event.error}` }),
        },
        'stopWatch',
        'delayWatch',
      ],
    },
    'watch.due': { actions: 'startWatch' },
    'tags.seen': { actions: { type: 'observeTags', params: ({ event }) => event } },
    'tags.answered': { actions: { type: 'clearFailure', params: { effect: TAGS } } },
    'tags.failed': {
      actions: {
        type: 'noteFailure',
        params: ({ event }) => ({ failure: event.message, effect: TAGS }),
      },
    },
  },
  initial: 'Connecting',
  states: {
    Connecting: {
      after: { stallTimeout: 'Stalled' },
      on: {
        'block.seen': {
          guard: isNewBlock,
          target: 'Following',
          actions: ['announceFollowed', observe, clearFailure],
        },
      },
    },
    Following: {
      after: { stallTimeout: 'Stalled' },
      on: {
        'block.seen': {
          guard: isNewBlock,
          target: 'Following',
          reenter: true,
          actions: [observe, clearFailure],
        },
        'watch.answered': { target: 'Following', reenter: true, actions: clearFailure },
      },
    },
    Stalled: {
      entry: ['announceStalled', 'noteSilence'],
      on: {
        'block.seen': {
          guard: isNewBlock,
          target: 'Following',
          actions: ['announceFollowed', observe, clearFailure],
        },
        'watch.answered': {
          guard: 'hasHead',
          target: 'Following',
          actions: ['announceFollowed', clearFailure],
        },
      },
    },
  },
})
