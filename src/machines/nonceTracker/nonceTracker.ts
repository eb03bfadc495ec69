/**
 * nonceTracker: keeps one lane per account, and knows which operations are ready.
 *
 * A lane is the nonce sequence of one account. A claim is an authenticator address that only one operation in flight may
 * take. Duplicates are decided here, at the moment in which an operation takes its position: of two submissions that passed
 * the pre-flight at the same time, only one is admitted.
 *
 * | state    | entered when | left when |
 * | -------- | ------------ | --------- |
 * | Tracking | at the start | never     |
 *
 * Promises:
 * - An operation is ready only when it is on disk and every earlier nonce of its account is ready or in a batch.
 * - The exception is an operation that has waited until the lane deadline. It is promoted once, and the simulation decides:
 *   the operation fails as too high only if the chain does not accept its nonce yet.
 * - An evicted operation is tried again. It fails only when it ran out of gas in `maxTries` batches (`isCharged`).
 * - After a reorg, settled operations take their positions and claims again. An operation whose position or claim is taken
 *   meanwhile keeps its verdict.
 */
import { startContext } from './context.ts'
import { nonceTrackerSetup } from './setup.ts'

export const nonceTrackerMachine = nonceTrackerSetup.createMachine({
  id: 'nonceTracker',
  context: ({ input }) => startContext(input),
  initial: 'Tracking',
  states: {
    Tracking: {
      entry: ['resumeQueued', 'requeueOrphaned'],
      on: {
        'operation.submitted': { actions: 'decideAdmission' },
        'operations.recorded': { actions: 'grantAdmissions' },
        'record.failed': { actions: 'withdrawAdmission' },
        'operations.left': { actions: { type: 'applyStatuses', params: ({ event }) => event } },
        'operations.revived': { actions: { type: 'reviveOperations', params: ({ event }) => event } },
        'operations.requeued': {
          actions: { type: 'requeueOperations', params: ({ event }) => event },
        },
        tick: { actions: { type: 'checkDeadlines', params: ({ event }) => event } },
      },
    },
  },
})
