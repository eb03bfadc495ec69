/**
 * requestTracker: the only writer of status changes.
 *
 * Actors send `record.requested` with their writes. Waiting requests share a commit (group commit), in order of arrival: one
 * `fsync` serves many requests, and a later write never overtakes an earlier write. Once a minute a write is added that
 * deletes records older than the retention time. If more of them are left than one write deletes, the next such write follows
 * after 20 ms.
 *
 * | state     | entered when                                            | left when                                        |
 * | --------- | ------------------------------------------------------- | ------------------------------------------------ |
 * | Idle      | no write waits                                          | a write is requested (Gathering), or a flush (Flushed) |
 * | Gathering | a write waits                                           | 10 ms have passed since the last commit started  |
 * | Writing   | the last commit started at least 10 ms ago              | the commit succeeded (Idle) or failed            |
 * | Failing   | the store failed                                        | the retry delay is over                          |
 * | Flushed   | no write waits, and the gateway is stopping             | a late write is requested                        |
 *
 * A write that contradicts the stored data is a defect of the sender, and a retry would fail again. The requests of the failed
 * commit are then committed individually. The contradicting request is dropped, and `store.failing` names the request.
 *
 * After a commit whose store ended during the commit, nobody knows whether its writes are stored. This actor then crashes,
 * and the gateway restarts from the store.
 *
 * Promises:
 * - A request with `onFailure: 'retry'` is not dropped while the store fails, unless it contradicts the stored data.
 * - A request with `onFailure: 'reject'` is on disk, or its sender receives `record.failed`.
 * - No sender receives `recorded` before the commit has succeeded.
 * - The public events of a request are published after the commit, so a listener can read their facts from the store.
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
          actions: [
            'answerRecorded',
            { type: 'announceCommit', params: ({ event }) => event.output },
            { type: 'hastenPrune', params: ({ event }) => event.output },
          ],
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
          // An error without a handler crashes this actor: the gateway restarts from the store.
          {
            guard: { type: 'isRepeatable', params: ({ event }) => ({ error: event.error }) },
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
