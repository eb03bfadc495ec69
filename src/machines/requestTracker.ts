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
 * | Failing | the store refused a commit          | the pause is over: what must not be lost is tried again |
 *
 * Promises: a write asked for with `retry` is never dropped; one asked for with `reject` is either on disk or its
 * asker is told `record.failed`; nobody is told `recorded` before the commit has returned.
 */
import { assign, emit, enqueueActions, fromPromise, sendParent, setup } from 'xstate'
import type { SystemEvent } from '../domain/events.ts'
import type { DurationMs, Millis, Now } from '../domain/primitives.ts'
import type { StoreWrite } from '../domain/writes.ts'
import { notProvided } from './ports.ts'
import {
  ACTORS,
  type BatchAddressed,
  type Recorded,
  type RecordFailed,
  type RecordRequested,
  type Tick,
} from './protocol.ts'

/** What the commit effect reports. */
export interface CommitReport {
  readonly writes: number
  readonly duration: DurationMs
  readonly at: Millis
}

/** The gateway stops: it wants to hear `flushed` when nothing is left to write. */
export interface FlushRequested {
  readonly type: 'flush.requested'
}

/** How often what is past its retention is forgotten. */
const PRUNE_INTERVAL_MS = 60_000

export interface RequestTrackerContext {
  /** Asked for and not yet part of a commit, in order of arrival. */
  readonly waiting: readonly RecordRequested[]
  /** Part of the commit under way. */
  readonly writing: readonly RecordRequested[]
  readonly failure: string | null
  readonly isFlushing: boolean
  /** How long an ended operation is remembered. */
  readonly retention: DurationMs
  readonly prunedAt: Millis
  readonly now: Now
}

export const requestTrackerMachine = setup({
  types: {
    context: {} as RequestTrackerContext,
    input: {} as { readonly now: Now; readonly retention: DurationMs },
    events: {} as RecordRequested | Tick | FlushRequested,
    emitted: {} as SystemEvent,
  },
  actors: {
    commit: fromPromise<CommitReport, { readonly writes: readonly StoreWrite[] }>(notProvided('commit')),
  },
  delays: { retryDelay: 1_000 },
  guards: {
    hasWaiting: ({ context }) => context.waiting.length > 0,
    isFlushing: ({ context }) => context.isFlushing,
    isPruneDue: ({ context, event }) =>
      event.type === 'tick' && event.at - context.prunedAt >= PRUNE_INTERVAL_MS,
  },
  actions: {
    enqueueWrite: assign({
      waiting: ({ context, event }) =>
        event.type === 'record.requested' ? [...context.waiting, event] : context.waiting,
    }),
    enqueuePrune: assign(({ context }) => {
      const at = context.now()
      const prune: RecordRequested = {
        type: 'record.requested',
        writes: [{ type: 'pruned', before: at - context.retention }],
        reply: null,
        onFailure: 'reject',
      }
      return { waiting: [...context.waiting, prune], prunedAt: at }
    }),
    noteFlushing: assign({ isFlushing: true }),
    tellFlushed: sendParent({ type: 'flushed' }),
    takeWaiting: assign(({ context }) => ({ writing: context.waiting, waiting: [] })),
    answerRecorded: enqueueActions(({ context, enqueue }) => {
      for (const { reply } of context.writing) {
        if (reply === null) continue
        const message: Recorded = { type: 'recorded', token: reply.token }
        if (reply.to === 'batch') {
          const addressed: BatchAddressed = { type: 'batch.addressed', batchId: reply.token, message }
          enqueue.sendTo(({ system }) => system.get(ACTORS.opsBatcher), addressed)
        } else {
          enqueue.sendTo(({ system }) => system.get(reply.to), message)
        }
      }
      enqueue.assign({ writing: [], failure: null })
    }),
    rejectOrKeep: enqueueActions(({ context, enqueue }, { message }: { message: string }) => {
      for (const { reply, onFailure } of context.writing) {
        if (onFailure === 'retry' || reply === null || reply.to === 'batch') continue
        const failed: RecordFailed = { type: 'record.failed', token: reply.token, message }
        enqueue.sendTo(({ system }) => system.get(reply.to), failed)
      }
      const kept = context.writing.filter(({ onFailure }) => onFailure === 'retry')
      enqueue.assign({ writing: [], waiting: [...kept, ...context.waiting], failure: message })
    }),
  },
}).createMachine({
  id: 'requestTracker',
  context: ({ input }) => ({
    waiting: [],
    writing: [],
    failure: null,
    isFlushing: false,
    retention: input.retention,
    prunedAt: input.now(),
    now: input.now,
  }),
  initial: 'Idle',
  on: {
    'record.requested': { actions: 'enqueueWrite' },
    'flush.requested': { actions: 'noteFlushing' },
    tick: { guard: 'isPruneDue', actions: 'enqueuePrune' },
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
        id: 'commit',
        src: 'commit',
        input: ({ context }) => ({ writes: context.writing.flatMap(({ writes }) => writes) }),
        onDone: {
          target: 'Idle',
          actions: [
            'answerRecorded',
            emit(({ event }) => ({ type: 'store.committed' as const, ...event.output })),
          ],
        },
        onError: {
          target: 'Failing',
          actions: [
            { type: 'rejectOrKeep', params: ({ event }) => ({ message: String(event.error) }) },
            emit(({ context, event }) => ({
              type: 'store.failing' as const,
              message: String(event.error),
              at: context.now(),
            })),
          ],
        },
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
