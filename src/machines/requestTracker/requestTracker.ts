/**
 * requestTracker: the only writer of the store.
 *
 * Whoever has something to remember sends `record.requested`. What arrives while a commit is under way is gathered and
 * committed together (group commit), in order of arrival, so one `fsync` serves many requests and a later write never
 * overtakes an earlier one.
 *
 * | state   | entered when                        | left when                                             |
 * | ------- | ----------------------------------- | ----------------------------------------------------- |
 * | Idle    | nothing is left to write            | a write is requested                                  |
 * | Writing | writes are waiting                  | the commit is done (Idle, or Writing again), or fails |
 * | Flushed | nothing is left to write, and the gateway stops | a late write is requested                 |
 * | Failing | the store could not take a commit   | the pause is over: what must not be lost is tried again |
 *
 * A write that contradicts what is stored is a defect of its asker, and would be refused for ever. So the requests of a
 * commit that is refused for that are committed one at a time; the contradicting one is set aside, and `store.failing` says
 * which it was.
 *
 * Once a minute it forgets what is past its retention.
 *
 * Promises: a write asked for with `retry` is not dropped, however often the store fails, unless it contradicts what is
 * stored; one asked for with `reject` is either on disk or its asker is told `record.failed`; nobody is told that a
 * write is on disk before the commit has returned.
 */
import { and, assign, type ErrorActorEvent, enqueueActions, fromPromise, raise, sendTo, setup } from 'xstate'
import type { SystemEvent } from '../../domain/events.ts'
import type { OperationId } from '../../domain/operation.ts'
import type { DurationMs, Millis, Now } from '../../domain/primitives.ts'
import type { IgnoredTransition, StoreWrite } from '../../domain/writes.ts'
import { notProvided } from '../notProvided.ts'
import {
  type BatchAddressed,
  type OperationsRecorded,
  type Recorded,
  type RecordFailed,
  type RecordRequested,
  to,
} from '../protocol.ts'

/** What the commit effect reports. */
export interface CommitReport {
  readonly writes: number
  readonly duration: DurationMs
  readonly at: Millis
  /** The operations that the writes did not move. */
  readonly ignored: readonly IgnoredTransition[]
}

/**
 * What the commit effect rejects with when one of the writes contradicts what is stored, and would whenever it is tried.
 * With any other error it says that the store cannot take commits now.
 */
export class ContradictionError extends Error {
  override readonly name = 'ContradictionError'
}

/** The gateway stops: it wants to hear `flushed` when nothing is left to write. */
export interface FlushRequested {
  readonly type: 'flush.requested'
}

export interface RequestTrackerContext {
  /** Asked for and not yet part of a commit, in order of arrival. */
  readonly waiting: readonly RecordRequested[]
  /** Part of the commit under way. */
  readonly writing: readonly RecordRequested[]
  /** How many of the first that wait are committed one at a time: one of them contradicts what is stored. */
  readonly suspects: number
  readonly failure: string | null
  readonly isFlushing: boolean
  /** How long an ended operation is remembered. */
  readonly retention: DurationMs
  readonly now: Now
}

export const requestTrackerMachine = setup({
  types: {
    context: {} as RequestTrackerContext,
    input: {} as { readonly now: Now; readonly retention: DurationMs },
    events: {} as RecordRequested | FlushRequested | { readonly type: 'prune.due' },
    emitted: {} as SystemEvent,
  },
  actors: {
    writeRecords: fromPromise<CommitReport, { readonly writes: readonly StoreWrite[] }>(
      notProvided('writeRecords'),
    ),
  },
  delays: { retryDelay: 1_000, pruneInterval: 60_000 },
  guards: {
    hasWaiting: ({ context }) => context.waiting.length > 0,
    isGroup: ({ context }) => context.writing.length > 1,
    isFlushing: ({ context }) => context.isFlushing,
  },
  actions: {
    enqueueWrite: assign({
      waiting: ({ context, event }) =>
        event.type === 'record.requested' ? [...context.waiting, event] : context.waiting,
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
    delayPrune: raise({ type: 'prune.due' }, { delay: 'pruneInterval' }),
    noteFlushing: assign({ isFlushing: true }),
    tellFlushed: sendTo(to('gateway'), { type: 'flushed' }),
    takeWaiting: assign(({ context: { waiting, suspects } }) =>
      suspects === 0
        ? { writing: waiting, waiting: [] }
        : { writing: waiting.slice(0, 1), waiting: waiting.slice(1), suspects: suspects - 1 },
    ),
    answerRecorded: enqueueActions(({ context, enqueue }) => {
      const admitted: OperationId[] = []
      for (const { reply } of context.writing) {
        if (reply === null) continue
        if (reply.to === 'nonceTracker') {
          admitted.push(reply.token)
          continue
        }
        const message: Recorded = { type: 'recorded', token: reply.token }
        if (reply.to === 'batch') {
          const addressed: BatchAddressed = { type: 'batch.addressed', batchId: reply.token, message }
          enqueue.sendTo(to('opsBatcher'), addressed)
        } else {
          enqueue.sendTo(to(reply.to), message)
        }
      }
      if (admitted.length > 0) {
        const recorded: OperationsRecorded = { type: 'operations.recorded', ids: admitted }
        enqueue.sendTo(to('nonceTracker'), recorded)
      }
      enqueue.assign({ writing: [], failure: null })
    }),
    reportCommit: enqueueActions(({ enqueue }, { ignored, ...report }: CommitReport) => {
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
    setAside: enqueueActions(({ context, enqueue }, { message: reason }: { message: string }) => {
      const types = context.writing.flatMap(({ writes }) => writes).map(({ type }) => type)
      const message = `${types.join(', ')} is set aside for good: ${reason}`
      for (const { asker, failed } of rejections(context.writing, message)) {
        enqueue.sendTo(to(asker), failed)
      }
      enqueue.assign({ writing: [] })
      enqueue.emit({ type: 'store.failing', message, at: context.now() })
    }),
    rejectOrKeep: enqueueActions(({ context, enqueue }, { message }: { message: string }) => {
      for (const { asker, failed } of rejections(context.writing, message)) {
        enqueue.sendTo(to(asker), failed)
      }
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
}).createMachine({
  id: 'requestTracker',
  context: ({ input }) => ({
    waiting: [],
    writing: [],
    suspects: 0,
    failure: null,
    isFlushing: false,
    retention: input.retention,
    now: input.now,
  }),
  entry: 'delayPrune',
  initial: 'Idle',
  on: {
    'record.requested': { actions: 'enqueueWrite' },
    'flush.requested': { actions: 'noteFlushing' },
    'prune.due': { actions: ['enqueuePrune', 'delayPrune'] },
  },
  states: {
    Idle: {
      always: [
        { guard: 'hasWaiting', target: 'Writing' },
        { guard: 'isFlushing', target: 'Flushed' },
      ],
    },
    Writing: {
      entry: 'takeWaiting',
      invoke: {
        id: 'writeRecords',
        src: 'writeRecords',
        input: ({ context }) => ({ writes: context.writing.flatMap(({ writes }) => writes) }),
        onDone: {
          target: 'Idle',
          actions: ['answerRecorded', { type: 'reportCommit', params: ({ event }) => event.output }],
        },
        onError: [
          { guard: and([isContradiction, 'isGroup']), target: 'Idle', actions: 'separate' },
          {
            guard: isContradiction,
            target: 'Idle',
            actions: { type: 'setAside', params: ({ event }) => ({ message: String(event.error) }) },
          },
          {
            target: 'Failing',
            actions: { type: 'rejectOrKeep', params: ({ event }) => ({ message: String(event.error) }) },
          },
        ],
      },
    },
    Flushed: {
      entry: 'tellFlushed',
      always: { guard: 'hasWaiting', target: 'Writing' },
    },
    Failing: {
      after: { retryDelay: 'Idle' },
    },
  },
})

function isContradiction({ event }: { readonly event: ErrorActorEvent }): boolean {
  return event.error instanceof ContradictionError
}

/** What those are told whose requests may be dropped. */
function rejections(requests: readonly RecordRequested[], message: string) {
  return requests.flatMap(({ reply, onFailure }) => {
    if (onFailure === 'retry' || reply === null || reply.to === 'batch') return []
    const failed: RecordFailed = { type: 'record.failed', token: reply.token, message }
    return [{ asker: reply.to, failed }]
  })
}
