/**
 * nonceTracker: keeps one lane per account, and decides which operations are ready.
 *
 * A lane is the nonce sequence of an account. A claim is an authenticator address reserved for one operation in flight.
 * Duplicates are decided when an operation takes a position: of two submissions with a concurrent pre-flight, only one
 * is admitted. Processes that do not lead store operations, too: they arrive here, and each is admitted or fails.
 *
 * | state    | entered when | left when |
 * | -------- | ------------ | --------- |
 * | Tracking | at the start | never     |
 *
 * Promises:
 * - An operation that has arrived ends exactly once.
 * - An operation is ready only when on disk, and only when every earlier nonce of the account is ready or in a batch.
 * - The exception is an operation at the lane deadline. The overdue operation is promoted once, and the simulation
 *   decides: the operation fails as too high only if the chain does not accept the nonce yet.
 * - An evicted operation is tried again. The operation fails only after running out of gas in `maxTries` batches
 *   (`isCharged`), or at its deadline. The deadline is checked while no transaction has the operation.
 * - After a reorg, settled operations take back positions and claims. An operation keeps the verdict if the position or
 *   a claim is taken meanwhile.
 */
import { startContext } from './context.ts'
import { nonceTrackerSetup } from './setup.ts'

export const nonceTrackerMachine = nonceTrackerSetup.createMachine({
  id: 'nonceTracker',
  context: ({ input }) => startContext(input),
  initial: 'Tracking',
  states: {
    Tracking: {
      entry: ['resumeQueued', 'requeueOrphaned', 'startWatching'],
      on: {
        'operations.arrived': { actions: { type: 'admitArrivals', params: ({ event }) => event } },
        'operation.submitted': { actions: { type: 'decideAdmission', params: ({ event }) => event } },
        'operations.recorded': { actions: { type: 'confirmAdmissions', params: ({ event }) => event } },
        'record.failed': {
          actions: { type: 'withdrawAdmission', params: ({ event }) => event },
        },
        'operations.left': { actions: { type: 'applyStatuses', params: ({ event }) => event } },
        'operations.expired': { actions: { type: 'failExpired', params: ({ event }) => event } },
        'operations.revived': { actions: { type: 'reviveOperations', params: ({ event }) => event } },
        'operations.requeued': {
          actions: { type: 'requeueOperations', params: ({ event }) => event },
        },
        tick: { actions: { type: 'checkDeadlines', params: ({ event }) => event } },
      },
    },
  },
})
