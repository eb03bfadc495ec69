/** The guards, actions and effect slots of the finalityTracker's statechart, by name. */
import { enqueueActions, fromPromise, setup } from 'xstate'
import type { Inclusion } from '../../domain/batch.ts'
import type { BlockHead } from '../../domain/chain.ts'
import { notProvided } from '../notProvided.ts'
import { type Inbox, type TagsObserved, type TransactionsChanged, to } from '../protocol.ts'
import { changeBatches } from './changeBatches.ts'
import type { FinalityTrackerContext, FinalityTrackerInput, PendingBlock } from './context.ts'
import {
  andThen,
  climb,
  include,
  isAwaited,
  newBatch,
  orphan,
  preconfirm,
  seeBlock,
  type TrackedBatch,
} from './levels.ts'

/** Transactions in a row without a preconfirmation after which `auto` stops asking. */
export const MOST_MISSES = 5

/** With `auto`, one of this number of transactions is a new try. */
export const TRY_AGAIN_AFTER = 50

export const finalityTrackerSetup = setup({
  types: {
    context: {} as FinalityTrackerContext,
    input: {} as FinalityTrackerInput,
    events: {} as Inbox['finalityTracker'],
  },
  actors: {
    readPending: fromPromise<PendingBlock>(notProvided('readPending')),
  },
  delays: { askPause: 200 },
  guards: {
    isPendingWanted: ({ context }) => mayTellMore(context) && [...context.batches.values()].some(isAwaited),
  },
  actions: {
    noteTransactions: enqueueActions(({ context, enqueue }, reported: Omit<TransactionsChanged, 'type'>) => {
      const { batchId, hashes, inclusion, isSettled } = reported
      const before = context.batches.get(batchId) ?? newBatch(batchId)
      const at = context.now()
      const { batches, requests } = changeBatches(
        context.batches,
        [{ ...before, hashes, isSettled }],
        (batch) => andThen(include(batch, inclusion, at), (each) => climb(each, context, at)),
      )
      enqueue.assign({ batches, misses: missesAfter(context, before, inclusion) })
      for (const request of requests) enqueue.sendTo(to('requestTracker'), request)
    }),
    noteBlock: enqueueActions(({ context, enqueue }, { head }: { head: BlockHead }) => {
      const at = context.now()
      const ends = { ...context.ends, headNumber: head.number }
      const { batches, requests } = changeBatches(context.batches, context.batches.values(), (batch) =>
        andThen(seeBlock(batch, head, at), (each) => climb(each, { ...context, ends }, at)),
      )
      enqueue.assign({ batches, ends })
      for (const request of requests) enqueue.sendTo(to('requestTracker'), request)
    }),
    noteTags: enqueueActions(({ context, enqueue }, { tags }: Omit<TagsObserved, 'type'>) => {
      const at = context.now()
      const ends = { ...context.ends, tags }
      const { batches, requests } = changeBatches(context.batches, context.batches.values(), (batch) =>
        climb(batch, { ...context, ends }, at),
      )
      enqueue.assign({ batches, ends })
      for (const request of requests) enqueue.sendTo(to('requestTracker'), request)
    }),
    noteReorg: enqueueActions(({ context, enqueue }, { orphanedFrom }: { orphanedFrom: number }) => {
      const at = context.now()
      const { batches, requests } = changeBatches(context.batches, context.batches.values(), (batch) =>
        orphan(batch, orphanedFrom, at),
      )
      enqueue.assign({ batches, ends: { ...context.ends, headNumber: orphanedFrom - 1 } })
      for (const request of requests) enqueue.sendTo(to('requestTracker'), request)
    }),
    /** A pending block at or below the head tells nothing that the head does not tell. */
    notePending: enqueueActions(({ context, enqueue }, { pending }: { pending: PendingBlock }) => {
      const { headNumber } = context.ends
      const blockNumber = pending.blockNumber ?? headNumber + 1
      if (blockNumber <= headNumber) return
      const transactions = new Set(pending.transactions)
      const awaited = [...context.batches.values()].filter(isAwaited)
      const { batches, requests } = changeBatches(context.batches, awaited, (batch) =>
        preconfirm(batch, transactions, { blockNumber, at: context.now() }),
      )
      enqueue.assign({ batches })
      for (const request of requests) enqueue.sendTo(to('requestTracker'), request)
    }),
  },
})

/** Whether the pending block may tell more than the latest. */
function mayTellMore({ config: { preconfirmations }, misses }: FinalityTrackerContext): boolean {
  if (preconfirmations !== 'auto') return preconfirmations === 'on'
  return misses < MOST_MISSES || misses % TRY_AGAIN_AFTER === 0
}

/** Counts a transaction that a block included without a preconfirmation. */
function missesAfter(
  { misses }: FinalityTrackerContext,
  { inclusion: before, finality }: TrackedBatch,
  inclusion: Inclusion | null,
): number {
  if (before !== null || inclusion === null) return misses
  return finality?.txHash === inclusion.txHash ? 0 : misses + 1
}
