/**
 * requestTracker: the only writer of status changes.
 *
 * An actor that has something to store sends `record.requested`. Requests that wait at the same time share one commit
 * (group commit), in order of arrival. So one `fsync` serves many requests, and a later write never overtakes an earlier
 * one. Once a minute a write is added that deletes what is older than the retention time.
 *
 * | state     | entered when                                            | left when                                        |
 * | --------- | ------------------------------------------------------- | ------------------------------------------------ |
 * | Idle      | no write waits                                          | a write is requested (Gathering), or a flush (Flushed) |
 * | Gathering | a write waits                                           | 10 ms have passed since the last commit started  |
 * | Writing   | the last commit started at least 10 ms ago              | the commit succeeded (Idle) or failed            |
 * | Failing   | the store failed                                        | the retry delay is over                          |
 * | Flushed   | no write waits, and the gateway is stopping             | a late write is requested                        |
 *
 * A write that contradicts the stored data is a defect of its sender, and a retry would fail again. The requests of such a
 * commit are committed one at a time. The contradicting request is dropped, and `store.failing` names it.
 *
 * Promises:
 * - A request with `onFailure: 'retry'` is not dropped while the store fails, unless it contradicts the stored data.
 * - A request with `onFailure: 'reject'` is on disk, or its sender receives `record.failed`.
 * - No sender receives `recorded` before the commit has succeeded.
 */
import { requestTrackerSetup, startContext } from './setup.ts'

export const requestTrackerMachine = requestTrackerSetup.createMachine({
  id: 'requestTracker',
  context: ({ input }) => startContext(input),
  entry: 'delayPrune',
  initial: 'Idle',
  on: {
    'record.requested': {
      actions: { type: 'enqueueRequest', params: ({ event }) => ({ request: event }) },
    },
    'flush.requested': { actions: 'noteFlushing' },
    'prune.due': { actions: ['enqueuePrune', 'delayPrune'] },
  },
  states: {
    Idle: {
      always: [
        { guard: 'hasWaiting', target: 'Gathering' },
        { guard: 'isFlushing', target: 'Flushed' },
      ],
    },
    Gathering: {
      always: { guard: 'hasGathered', target: 'Writing' },
      after: { gatherTime: 'Writing' },
    },
    Writing: {
      entry: 'takeWaiting',
      invoke: {
        id: 'writeRecords',
        src: 'writeRecords',
        input: ({ context }) => ({ writes: context.writing.flatMap(({ writes }) => writes) }),
        onDone: {
          target: 'Idle',
          actions: ['answerRecorded', { type: 'announceCommit', params: ({ event }) => event.output }],
        },
        onError: [
          {
            guard: { type: 'isSharedContradiction', params: ({ event }) => ({ error: event.error }) },
            target: 'Idle',
            actions: 'separate',
          },
          {
            guard: { type: 'isContradiction', params: ({ event }) => ({ error: event.error }) },
            target: 'Idle',
            actions: { type: 'setAside', params: ({ event }) => ({ error: event.error }) },
          },
          {
            target: 'Failing',
            actions: { type: 'rejectOrKeep', params: ({ event }) => ({ error: event.error }) },
          },
        ],
      },
    },
    Failing: {
      after: { retryDelay: 'Idle' },
    },
    Flushed: {
      entry: 'tellFlushed',
      always: { guard: 'hasWaiting', target: 'Gathering' },
    },
  },
})
