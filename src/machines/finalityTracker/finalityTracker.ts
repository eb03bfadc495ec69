/**
 * finalityTracker: follows the transactions of all batches up the levels of finality, also after the batches are settled.
 *
 * The batches report their attempts and inclusions. The chainMonitor reports blocks, reorgs and tags. While a transaction
 * waits for inclusion, the effect `readPending` may ask for the pending block: a chain with preconfirmations shows the
 * transaction there earlier than in the latest block.
 *
 * | state    | entered when                                 | left when                                            |
 * | -------- | -------------------------------------------- | ---------------------------------------------------- |
 * | Resting  | at the start; the pause is over              | a transaction waits for inclusion, and the pending block may tell more than the latest |
 * | Asking   | a transaction waits for inclusion            | the endpoint has answered, or the call failed        |
 * | Pausing  | the endpoint has answered, or the call failed | 200 ms have passed                                  |
 *
 * With `PRECONFIRMATIONS=auto` the pending block is not asked for any more after 5 transactions in a row that came into a
 * block without a preconfirmation. Every 50th transaction is then a new try.
 *
 * Promises:
 * - A level is published after its commit, and once, unless it was taken back.
 * - A reorg takes back all levels of an orphaned block. A level that is taken back is published.
 * - A preconfirmation whose block comes without the transaction is published.
 * - At most `MOST_BATCHES` batches are followed: on a chain without the tag `finalized` the oldest are forgotten.
 */
import { startContext } from './context.ts'
import { finalityTrackerSetup } from './setup.ts'

export const finalityTrackerMachine = finalityTrackerSetup.createMachine({
  id: 'finalityTracker',
  context: ({ input }) => startContext(input),
  initial: 'Resting',
  on: {
    'transactions.changed': { actions: { type: 'noteTransactions', params: ({ event }) => event } },
    'block.observed': { actions: { type: 'noteBlock', params: ({ event }) => ({ head: event.head }) } },
    'tags.observed': { actions: { type: 'noteTags', params: ({ event }) => event } },
    'chain.reorged': { actions: { type: 'noteReorg', params: ({ event }) => event } },
  },
  states: {
    Resting: {
      always: { guard: 'isPendingWanted', target: 'Asking' },
    },
    Asking: {
      invoke: {
        id: 'readPending',
        src: 'readPending',
        onDone: {
          target: 'Pausing',
          actions: { type: 'notePending', params: ({ event }) => ({ pending: event.output }) },
        },
        // The next try follows. The call is counted with its endpoint, and no verdict depends on the answer.
        onError: 'Pausing',
      },
    },
    Pausing: {
      after: { askPause: 'Resting' },
    },
  },
})
