/**
 * levelWait: waits for one HTTP request until an operation has reached a level of finality, or cannot reach it any more.
 *
 * The actor is started with the request and stands outside the system of the gateway. It reads the progress of the operation
 * from the store, and reads again after each `news`. So a level that was reached before the wait began counts, and a level
 * that a reorg took back does not.
 *
 * | state     | entered when                            | left when                                            |
 * | --------- | --------------------------------------- | ---------------------------------------------------- |
 * | Open      | at the start                            | the wait is over; the time is over; it is cancelled  |
 * | · Reading | at the start; there is news             | the store has answered, or failed                    |
 * | · Waiting | the level is not reached                | there is news                                        |
 * | Ended     | the wait is over                        | never                                                |
 *
 * Promises: the actor ends after the given time at the latest. A failed read ends the wait: the request then reads itself,
 * and reports the failure.
 */
import { levelWaitSetup, startContext } from './setup.ts'

export const levelWaitMachine = levelWaitSetup.createMachine({
  id: 'levelWait',
  context: ({ input }) => startContext(input),
  initial: 'Open',
  states: {
    Open: {
      initial: 'Reading',
      after: { limit: 'Ended' },
      on: {
        news: '.Reading',
        'operation.batched': { actions: { type: 'noteBatch', params: ({ event }) => event } },
        cancelled: 'Ended',
      },
      states: {
        Reading: {
          invoke: {
            id: 'readProgress',
            src: 'readProgress',
            input: ({ context }) => ({ id: context.id }),
            onDone: [
              {
                guard: { type: 'isOver', params: ({ event }) => ({ progress: event.output }) },
                target: '#levelWait.Ended',
              },
              {
                target: 'Waiting',
                actions: { type: 'noteFirstBatch', params: ({ event }) => ({ progress: event.output }) },
              },
            ],
            onError: '#levelWait.Ended',
          },
        },
        Waiting: {},
      },
    },
    Ended: { type: 'final' },
  },
})
