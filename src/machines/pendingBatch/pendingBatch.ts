/**
 * pendingBatch: sends the operations of a batch in one transaction, until every operation has a verdict.
 *
 * A batch begins in four ways: planned (the batcher has chosen operations), healing (no operations, the batch only
 * fills a gap with a self-transfer), resumed (signed before a restart) or revived (settled, then its block was
 * orphaned).
 *
 * | state               | entered when                                 | left when                                           |
 * | ------------------- | -------------------------------------------- | --------------------------------------------------- |
 * | Pending             | the batch begins                             | at once; a revived batch is loaded from the store first |
 * | · Opening           | the batch begins                             | at once                                             |
 * | · Restoring         | the batch is revived; the pause is over      | its attempts are loaded, or loading failed          |
 * | · Pausing           | loading failed                               | the pause is over                                   |
 * | Simulating          | its operations are to be simulated           | there is a plan, or no operation is left            |
 * | · Running           | the simulation starts                        | the report arrives, or the simulation failed        |
 * | · Pausing           | the simulation failed                        | the pause is over, or an operation passed its deadline |
 * | ReadyToSubmit       | there is a plan, or a gap to fill            | the wallet delivers a stored attempt, or refuses    |
 * | Submitted           | there is an attempt                          | the batch is settled, or a replacement is due       |
 * | · Delivery          | in parallel with Evidence                    | with Submitted                                      |
 * | · · Broadcasting    | an attempt is to be broadcast                | the endpoints have answered                         |
 * | · · Resting         | an endpoint accepted the attempt, or its nonce is consumed | a rebroadcast or a replacement is due |
 * | · · BackingOff      | no endpoint accepted the attempt, and only the same bytes may help | the pause is over, or a replacement is due |
 * | · · Replanning      | the attempt is too large, or too expensive for a node | there is a smaller plan, or none is possible |
 * | · · Delivered       | an attempt is included                       | a reorg; the block is orphaned                      |
 * | · Evidence          | in parallel with Delivery                    | with Submitted                                      |
 * | · · Watching        | no attempt is included                       | a block shows a hash, or a check is due             |
 * | · · Checking        | a hash was seen, the nonce is consumed, a reorg, or a check is due | the receipt is found or not, or reading failed |
 * | · · Pausing         | reading failed, or the included block is orphaned | the pause is over                              |
 * | · · Confirming      | the receipt is in a block                    | its block has the level of the verdicts; a reorg    |
 * | · · Reading         | its block has the level of the verdicts      | each operation has a verdict; a reorg; the block is orphaned |
 * | · · · Running       | the verdicts are to be read                  | the verdicts are read, or reading failed; a reorg   |
 * | · · · Pausing       | reading failed                               | the pause is over; a reorg                          |
 * | Resubmitting        | the attempt is to be replaced                | the wallet delivers an attempt, or refuses; a check is due |
 * | Finalized           | each operation has a verdict, or the gap is filled | never                                         |
 * | Failed              | a cancel or a foreign transaction has consumed the nonce, or an operation passed its deadline before the signature | never |
 *
 * Delivery does not wait for Evidence: a check that fails or hangs stops neither a rebroadcast nor a replacement.
 * `refusals.ts` lists what a refusal of each class leads to. A smaller plan keeps the nonce and the fees. The operations
 * outside it stay in the batch until the nonce is settled, because refused bytes may still be included.
 *
 * Promises: no attempt is broadcast before it is stored. The batch watches the hashes of all attempts until its nonce
 * is settled. A batch never fails for lack of inclusion, and an outage evicts no operation. A batch with an attempt fails
 * only when a different transaction has consumed the nonce. Without an attempt, it also fails at the deadline of an
 * operation. The operations then return to the lanes. Only a refusal of the price, or an
 * accepted transaction without inclusion, raises a fee above the market. Every time limit counts from the first broadcast,
 * accepted or not.
 */
import type { BlockObserved } from '../protocol.ts'
import { startContext } from './context.ts'
import { delivery } from './delivery.ts'
import { evidence } from './evidence.ts'
import { finalizedBatch, gasUsage, simulationInput } from './rules.ts'
import { batchSetup } from './setup.ts'

const noteHead = {
  type: 'noteHead',
  params: ({ event }: { readonly event: BlockObserved }) => ({ head: event.head }),
} as const
const isPauseOver = {
  type: 'isPauseOver',
  params: ({ event }: { readonly event: { readonly at: number } }) => ({ at: event.at }),
} as const

const isDeadlinePassed = {
  type: 'isDeadlinePassed',
  params: ({ event }: { readonly event: { readonly at: number } }) => ({ at: event.at }),
} as const
const noteDeadline = {
  type: 'noteFailure',
  params: { failure: 'an operation passed its deadline before the signature' },
} as const

export const pendingBatchMachine = batchSetup.createMachine({
  id: 'pendingBatch',
  context: ({ input }) => startContext(input),
  output: ({ context }) => ({
    batch: finalizedBatch(context, context.now()),
    inclusion: context.inclusion,
    operations: context.operations,
    measured: context.measured,
    usage: gasUsage(context),
  }),
  initial: 'Pending',
  on: {
    'block.observed': { actions: noteHead },
    'tags.observed': { actions: { type: 'noteTags', params: ({ event }) => ({ tags: event.tags }) } },
    'nonce.next': { actions: 'noteNextNonce' },
    'chain.reorged': { actions: 'forgetNextNonce' },
  },
  states: {
    Pending: {
      initial: 'Opening',
      states: {
        Opening: {
          always: [
            { guard: 'isResumed', target: '#pendingBatch.Submitted.Evidence.Checking' },
            { guard: 'isRevived', target: 'Restoring' },
            { guard: 'isHealing', target: '#pendingBatch.ReadyToSubmit' },
            { target: '#pendingBatch.Simulating' },
          ],
        },
        Restoring: {
          invoke: {
            id: 'loadBatch',
            src: 'loadBatch',
            input: ({ context }) => ({ batchId: context.batchId }),
            onDone: {
              target: '#pendingBatch.Submitted.Evidence.Checking',
              actions: [
                { type: 'applyLoaded', params: ({ event }) => ({ loaded: event.output }) },
                { type: 'noteSuccess', params: { effect: 'loadBatch' } },
                'restoreAttempts',
              ],
            },
            onError: {
              target: 'Pausing',
              actions: {
                type: 'noteFailing',
                params: ({ event }) => ({ effect: 'loadBatch', error: event.error }),
              },
            },
          },
        },
        Pausing: {
          on: { tick: { guard: isPauseOver, target: 'Restoring' } },
        },
      },
    },
    Simulating: {
      entry: { type: 'recordState', params: { state: 'Simulating' } },
      initial: 'Running',
      states: {
        Running: {
          invoke: {
            id: 'simulateBatch',
            src: 'simulateBatch',
            input: ({ context }) => simulationInput(context),
            onDone: [
              {
                guard: { type: 'hasPlan', params: ({ event }) => ({ report: event.output }) },
                target: '#pendingBatch.ReadyToSubmit',
                actions: [
                  { type: 'applySimulation', params: ({ event }) => ({ report: event.output }) },
                  { type: 'noteSuccess', params: { effect: 'simulateBatch' } },
                ],
              },
              {
                target: '#pendingBatch.Finalized',
                actions: [
                  { type: 'applySimulation', params: ({ event }) => ({ report: event.output }) },
                  { type: 'noteSuccess', params: { effect: 'simulateBatch' } },
                ],
              },
            ],
            onError: {
              target: 'Pausing',
              actions: {
                type: 'noteFailing',
                params: ({ event }) => ({ effect: 'simulateBatch', error: event.error }),
              },
            },
          },
        },
        Pausing: {
          on: {
            tick: [
              { guard: isDeadlinePassed, target: '#pendingBatch.Failed', actions: noteDeadline },
              { guard: isPauseOver, target: 'Running' },
            ],
          },
        },
      },
    },
    ReadyToSubmit: {
      entry: [{ type: 'recordState', params: { state: 'ReadyToSubmit' } }, 'requestSignature'],
      on: {
        'transaction.signed': {
          target: 'Submitted',
          actions: { type: 'addAttempt', params: ({ event }) => ({ attempt: event.attempt }) },
        },
        tick: { guard: isDeadlinePassed, actions: 'withdrawRequest' },
        // A first attempt is refused for a gap, when its nonce is consumed or has attempts again, or after a withdrawal.
        'signature.refused': [
          {
            guard: 'isHealing',
            target: 'Failed',
            actions: { type: 'noteFailure', params: { failure: 'its nonce is not free any more' } },
          },
          { target: 'Failed', actions: noteDeadline },
        ],
      },
    },
    Submitted: {
      entry: { type: 'recordState', params: { state: 'Submitted' } },
      type: 'parallel',
      states: { Delivery: delivery, Evidence: evidence },
    },
    Resubmitting: {
      entry: [{ type: 'recordState', params: { state: 'Resubmitting' } }, 'requestSignature'],
      on: {
        'transaction.signed': {
          target: 'Submitted.Delivery.Broadcasting',
          actions: [
            { type: 'suspectEndpoint', params: ({ event }) => ({ market: event.market }) },
            { type: 'addAttempt', params: ({ event }) => ({ attempt: event.attempt }) },
          ],
        },
        'signature.refused': [
          // No endpoint has accepted these bytes: the pause before the rebroadcast goes on.
          {
            guard: 'isBackingOff',
            target: 'Submitted.Delivery.BackingOff',
            actions: 'countRefusedReplacement',
          },
          {
            target: 'Submitted.Delivery.Broadcasting',
            actions: ['countRefusedReplacement', 'announceRebroadcast'],
          },
        ],
        // The wallet may take long: meanwhile the batch is delivered and watched as before.
        'block.observed': [
          {
            guard: {
              type: 'isIncluded',
              params: ({ event }) => ({ head: event.head }),
            },
            target: 'Submitted.Evidence.Checking',
            actions: noteHead,
          },
          { guard: 'isCheckDue', target: 'Submitted.Evidence.Checking', actions: noteHead },
        ],
      },
    },
    Finalized: { type: 'final', entry: 'settleBatch' },
    Failed: { type: 'final', entry: 'settleBatch' },
  },
})
