/**
 * opsBatcher: holds the ready operations, decides when and what to send, and is the parent of the batches.
 *
 * | state      | entered when                                     | left when                                              |
 * | ---------- | ------------------------------------------------ | ------------------------------------------------------ |
 * | Idle       | no operation is ready                            | an operation is ready                                  |
 * | Collecting | an operation is ready: the batch window opens; a block was observed | the window closes, the queue fills a batch, or the queue is empty |
 * | Selecting  | the queue fills a batch                          | at once: a batch is spawned, or there is a reason to wait |
 * | Departing  | the window has closed; the reason to wait is gone | all ready operations are in batches, or there is a reason to wait |
 * | Throttled  | no batch may be sent now; `throttled` says why   | the reason is gone, or the queue is empty              |
 * | Draining   | the gateway stops                                | the last batch is settled                              |
 * | Drained    | no batch is in flight, and no other will start   | never                                                  |
 *
 * The batch window is a fixed time, or, with `auto`, it closes just in time for the next block. The time that a batch needs
 * before its block is learnt from earlier batches (`policy/departure.ts`). When the window closes, all ready operations
 * leave, if necessary in several batches. If they may not leave, and the reason goes while a block is predicted, they leave
 * for that block.
 *
 * Batches live in slots. The child id of a slot (`slot-0` to `slot-n`) is reused. Messages to a batch are addressed by
 * batch id and pass through this actor, so a late message never reaches the next batch of the slot. A batch has no
 * `systemId`: if this actor crashed during a spawn, XState would never free the id.
 *
 * Settled work is remembered for `REORG_WINDOW` blocks. If a reorg orphans the block of a settled batch, the batch is
 * revived in a slot. An operation settled without a transaction returns to the lane. A nonce gap of the wallet gets a
 * batch without operations.
 *
 * After a cancel the next batch has half the size. The size doubles with each success. If a pool refuses a batch because
 * it holds too many transactions of the wallet, no batch is started until the refused batch is included.
 *
 * Promises:
 * - A lane is in at most one batch. Revived batches are the exception.
 * - The gas of the batches that are not included stays within the gas budget of the block. A single operation may exceed it.
 * - With `auto`, an operation waits one block time at most for its window to close.
 * - At most `maxConcurrentBatches` batches are signed but not included. Batches signed before a restart, revived
 *   batches and batches for a gap may exceed the limit.
 * - A ready operation fails at its deadline. An operation in a batch never does.
 * - The batch window opens with the first ready operation, not with the next tick.
 */
import type { BlockObserved } from '../protocol.ts'
import { startContext } from './context.ts'
import { opsBatcherSetup } from './setup.ts'

interface OfBlock {
  readonly event: BlockObserved
}

const noteChain = {
  type: 'noteChain',
  params: ({ event: { chain, head } }: OfBlock) => ({ chain, headNumber: head.number }),
} as const
const notifyOfBlock = {
  type: 'notifyBatches',
  params: ({ event }: OfBlock) => ({ message: event }),
} as const

export const opsBatcherMachine = opsBatcherSetup.createMachine({
  id: 'opsBatcher',
  context: ({ input }) => startContext(input),
  entry: 'resumeBatches',
  initial: 'Idle',
  on: {
    'operations.ready': { actions: { type: 'addReady', params: ({ event }) => event } },
    'operations.withdrawn': { actions: { type: 'removeWithdrawn', params: ({ event }) => event } },
    'block.observed': { actions: [noteChain, notifyOfBlock] },
    'chain.reorged': {
      actions: [
        { type: 'notifyBatches', params: ({ event }) => ({ message: event }) },
        { type: 'reviveBatches', params: ({ event }) => event },
        { type: 'requeueOperations', params: ({ event }) => event },
      ],
    },
    'tags.observed': { actions: { type: 'notifyBatches', params: ({ event }) => ({ message: event }) } },
    'nonces.missing': { actions: { type: 'fillGaps', params: ({ event }) => event } },
    'chain.stalled': { actions: { type: 'noteReachability', params: { isFollowed: false } } },
    'chain.followed': { actions: { type: 'noteReachability', params: { isFollowed: true } } },
    'wallet.available': { actions: { type: 'noteWallet', params: { isAvailable: true } } },
    'wallet.unavailable': { actions: { type: 'noteWallet', params: { isAvailable: false } } },
    tick: {
      actions: [
        { type: 'notifyBatches', params: ({ event }) => ({ message: event }) },
        { type: 'expireReady', params: ({ event }) => event },
      ],
    },
    'batch.addressed': { actions: { type: 'forwardToBatch', params: ({ event }) => event } },
    'batch.trimmed': { actions: { type: 'trimBatch', params: ({ event }) => event } },
    'batch.broadcast': { actions: { type: 'noteBroadcast', params: ({ event }) => event } },
    'batch.inclusionChanged': {
      actions: [
        { type: 'judgeDeparture', params: ({ event }) => event },
        { type: 'noteInclusion', params: ({ event }) => event },
      ],
    },
    'account.limited': { actions: { type: 'limitAccount', params: ({ event }) => event } },
    'xstate.done.actor.*': {
      actions: [{ type: 'settleBatch', params: ({ event }) => event }, 'reportSettled'],
    },
    drain: '.Draining',
  },
  states: {
    Idle: {
      always: { guard: 'hasReady', target: 'Collecting', actions: 'openWindow' },
    },
    Collecting: {
      after: { batchWindow: 'Departing' },
      always: [
        { guard: 'isQueueEmpty', target: 'Idle' },
        { guard: 'isFull', target: 'Selecting' },
      ],
      on: {
        // The time of the next block is known better now.
        'block.observed': {
          target: 'Collecting',
          reenter: true,
          actions: [noteChain, notifyOfBlock, 'planWindowAgain'],
        },
      },
    },
    Selecting: {
      always: [
        {
          guard: 'hasBatchToSend',
          target: 'Idle',
          actions: { type: 'spawnBatch', params: { blockNumber: null } },
        },
        { target: 'Throttled' },
      ],
    },
    Departing: {
      always: [
        {
          guard: 'hasBatchToSend',
          target: 'Departing',
          reenter: true,
          actions: {
            type: 'spawnBatch',
            params: ({ context }) => ({ blockNumber: context.window?.blockNumber ?? null }),
          },
        },
        { guard: 'isQueueEmpty', target: 'Idle' },
        { target: 'Throttled' },
      ],
    },
    Throttled: {
      entry: ['noteReason', 'emitThrottled'],
      exit: 'clearReason',
      on: {
        // The reason may change while the batcher waits.
        tick: {
          actions: [
            { type: 'notifyBatches', params: ({ event }) => ({ message: event }) },
            { type: 'expireReady', params: ({ event }) => event },
            'noteReason',
          ],
        },
      },
      always: [
        { guard: 'isQueueEmpty', target: 'Idle' },
        { guard: 'canCollect', target: 'Collecting', actions: 'openWindow' },
        { guard: 'hasBatchToSend', target: 'Departing' },
      ],
    },
    Draining: {
      always: { guard: 'isDrained', target: 'Drained' },
    },
    Drained: { type: 'final' },
  },
})
