/** The guards, actions and effect slots of the requestTracker's statechart, by name. */
import { assign, enqueueActions, fromPromise, raise, sendTo, setup } from 'xstate'
import type { BatchEvent, OperationEvent, SystemEvent } from '../../domain/events.ts'
import type { OperationId } from '../../domain/operation.ts'
import type { DurationMs, Millis, Now } from '../../domain/primitives.ts'
import type { IgnoredTransition, StoreWrite } from '../../domain/writes.ts'
import { notProvided } from '../notProvided.ts'
import {
  type Inbox,
  type OperationsRecorded,
  type RecordFailed,
  type RecordRequested,
  to,
} from '../protocol.ts'

/** The result of a commit. */
export interface CommitReport {
  readonly writes: number
  readonly duration: DurationMs
  readonly at: Millis
  /** The transitions that the store ignored. */
  readonly ignored: readonly IgnoredTransition[]
  /** The commit has deleted old records, and more old records are left. */
  readonly hasPrunable?: true
}

/**
 * The error of a commit of which one write contradicts the stored data. A retry would fail again. Any other error means
 * that the store cannot commit at the moment.
 */
export class ContradictionError extends Error {
  override readonly name = 'ContradictionError'
}

/** An operation that another process has stored holds a position or a claim of a new one. */
export class DuplicateError extends ContradictionError {}

/** The store ended during the commit: the writes may be stored or not. Only a restart from the store can tell. */
export class InterruptedCommitError extends Error {
  override readonly name = 'InterruptedCommitError'
}

export interface RequestTrackerContext {
  /** Requests that are not part of a commit yet, in order of arrival. */
  readonly waiting: readonly RecordRequested[]
  /** The requests of the running commit. */
  readonly writing: readonly RecordRequested[]
  /** Number of requests at the front of `waiting` that are committed one at a time: one of them contradicts the store. */
  readonly suspects: number
  /** When the last commit started; null before the first. */
  readonly committedAt: Millis | null
  readonly failure: string | null
  readonly isFlushing: boolean
  /** Time for which a settled operation stays in the store. */
  readonly retention: DurationMs
  readonly now: Now
}

export interface RequestTrackerInput {
  readonly now: Now
  /** Time for which a settled operation stays in the store, in milliseconds. */
  readonly retention: DurationMs
}

/**
 * Shortest time between the starts of two commits. A commit of a single write costs nearly as much as a commit of thirty, so
 * writes within this time share a commit.
 */
export const GATHER_MS: DurationMs = 10

export function startContext({ now, retention }: RequestTrackerInput): RequestTrackerContext {
  return {
    waiting: [],
    writing: [],
    suspects: 0,
    committedAt: null,
    failure: null,
    isFlushing: false,
    retention,
    now,
  }
}

/** Time until the next commit may start; never longer than `GATHER_MS`, even when the clock steps back. */
function gatherTime({ committedAt, suspects, now }: RequestTrackerContext): DurationMs {
  if (committedAt === null || suspects > 0) return 0
  return Math.min(GATHER_MS, Math.max(0, committedAt + GATHER_MS - now()))
}

export const requestTrackerSetup = setup({
  types: {
    context: {} as RequestTrackerContext,
    input: {} as RequestTrackerInput,
    events: {} as Inbox['requestTracker'] | { readonly type: 'prune.due' },
    emitted: {} as SystemEvent | OperationEvent | BatchEvent,
  },
  actors: {
    writeRecords: fromPromise<CommitReport, { readonly writes: readonly StoreWrite[] }>(
      notProvided('writeRecords'),
    ),
  },
  delays: {
    gatherTime: ({ context }) => gatherTime(context),
    retryDelay: 1_000,
    pruneInterval: 60_000,
    prunePace: 20,
  },
  guards: {
    hasWaiting: ({ context }) => context.waiting.length > 0,
    hasGathered: ({ context }) => gatherTime(context) === 0,
    isFlushing: ({ context }) => context.isFlushing,
    isContradiction: (_, { error }: { error: unknown }) => error instanceof ContradictionError,
    isRepeatable: (_, { error }: { error: unknown }) => !(error instanceof InterruptedCommitError),
    /** The contradicting request is one of several: which one is not known yet. */
    isSharedContradiction: ({ context }, { error }: { error: unknown }) =>
      error instanceof ContradictionError && context.writing.length > 1,
  },
  actions: {
    enqueueRequest: assign({
      waiting: ({ context }, { request }: { request: RecordRequested }) => [...context.waiting, request],
    }),
    enqueuePrune: assign(({ context: { waiting, now, retention } }) => {
      const prune: RecordRequested = {
        type: 'record.requested',
        writes: [{ type: 'pruned', before: now() - retention }],
        reply: null,
        onFailure: 'reject',
      }
      return { waiting: [...waiting, prune] }
    }),
    delayPrune: raise({ type: 'prune.due' }, { id: 'prune', delay: 'pruneInterval' }),
    /** Old records are left: the next write that deletes some follows soon. Other writes come between the two. */
    hastenPrune: enqueueActions(({ enqueue }, { hasPrunable }: CommitReport) => {
      if (!hasPrunable) return
      enqueue.cancel('prune')
      enqueue.raise({ type: 'prune.due' }, { id: 'prune', delay: 'prunePace' })
    }),
    noteFlushing: assign({ isFlushing: true }),
    tellFlushed: sendTo(to('gateway'), { type: 'flushed' }),
    takeWaiting: assign(({ context: { waiting, suspects, now } }) =>
      suspects === 0
        ? { writing: waiting, waiting: [], committedAt: now() }
        : {
            writing: waiting.slice(0, 1),
            waiting: waiting.slice(1),
            suspects: suspects - 1,
            committedAt: now(),
          },
    ),
    /** Reports the operations of a commit in a single event, because each event costs the nonceTracker a transition. */
    answerRecorded: enqueueActions(({ context, enqueue }) => {
      const admitted: OperationId[] = []
      for (const { reply } of context.writing) {
        if (reply?.to === 'nonceTracker') admitted.push(reply.token)
        if (reply?.to === 'wallet') enqueue.sendTo(to('wallet'), { type: 'recorded', token: reply.token })
      }
      if (admitted.length > 0) {
        const recorded: OperationsRecorded = { type: 'operations.recorded', ids: admitted }
        enqueue.sendTo(to('nonceTracker'), recorded)
      }
      for (const { events = [] } of context.writing) for (const event of events) enqueue.emit(event)
      enqueue.assign({ writing: [], failure: null })
    }),
    announceCommit: enqueueActions(({ enqueue }, { ignored, hasPrunable: _, ...report }: CommitReport) => {
      enqueue.emit({ type: 'store.committed', ...report })
      for (const transition of ignored) {
        enqueue.emit({ type: 'transition.ignored', ...transition, at: report.at })
      }
    }),
    separate: assign(({ context: { writing, waiting } }) => ({
      writing: [],
      waiting: [...writing, ...waiting],
      suspects: writing.length,
    })),
    /** A duplicate is no failure of the store. */
    setAside: enqueueActions(({ context, enqueue }, { error }: { error: unknown }) => {
      const types = context.writing.flatMap(({ writes }) => writes).map(({ type }) => type)
      const message = `write dropped (${types.join(', ')}): ${error}`
      const isDuplicate = error instanceof DuplicateError
      for (const { asker, failed } of rejections(context.writing, message)) {
        enqueue.sendTo(to(asker), isDuplicate ? { ...failed, isDuplicate } : failed)
      }
      enqueue.assign({ writing: [] })
      if (isDuplicate) return
      enqueue.emit({ type: 'store.failing', message, at: context.now() })
    }),
    rejectOrKeep: enqueueActions(({ context, enqueue }, { error }: { error: unknown }) => {
      const message = String(error)
      for (const { asker, failed } of rejections(context.writing, message)) enqueue.sendTo(to(asker), failed)
      const kept = context.writing.filter(({ onFailure }) => onFailure === 'retry')
      enqueue.assign({
        writing: [],
        waiting: [...kept, ...context.waiting],
        suspects: 0,
        failure: message,
      })
      enqueue.emit({ type: 'store.failing', message, at: context.now() })
    }),
  },
})

/** The answers to requests that were dropped. */
function rejections(requests: readonly RecordRequested[], message: string) {
  return requests.flatMap(({ reply, onFailure }) => {
    if (onFailure === 'retry' || reply === null) return []
    const failed: RecordFailed = { type: 'record.failed', token: reply.token, message }
    return [{ asker: reply.to, failed }]
  })
}
