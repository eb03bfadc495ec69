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
 * | · Pausing           | the simulation failed                        | the pause is over                                   |
 * | ReadyToSubmit       | there is a plan, or a gap to fill            | the wallet delivers a stored attempt, or refuses    |
 * | Submitted           | there is an attempt                          | the batch is settled, or a replacement is due       |
 * | · Broadcasting      | an attempt is to be broadcast                | a node answered, or the broadcast failed            |
 * | · AwaitingInclusion | no attempt is included                       | a block shows a hash; a check, rebroadcast or replacement is due |
 * | · Checking          | a hash was seen, a reorg, or a check is due  | the receipt is found or not, or reading failed      |
 * | · Pausing           | reading failed, or the included block is orphaned | the pause is over                              |
 * | · Confirming        | the receipt is in a block                    | there are enough confirmations; a reorg             |
 * | · Reading           | there are enough confirmations               | each operation has a verdict; a reorg; the block is orphaned |
 * | · · Running         | the verdicts are to be read                  | the verdicts are read, or reading failed; a reorg   |
 * | · · Pausing         | reading failed                               | the pause is over; a reorg                          |
 * | Resubmitting        | the batch was not included in time, or its fees are too low | the wallet delivers a replacement, or refuses; a check is due |
 * | Finalized           | each operation has a verdict, or the gap is filled | never                                         |
 * | Failed              | a cancel or a foreign transaction has consumed the nonce | never                                   |
 *
 * Promises: no attempt is broadcast before it is stored. The batch watches the hashes of all attempts until its nonce
 * is settled. A batch never fails for lack of inclusion, and an outage evicts no operation. A batch fails only when a
 * different transaction has consumed the nonce. The operations then return to the lanes.
 */
import { and } from 'xstate'
import type { RefusalClass } from '../../domain/refusal.ts'
import type { BlockObserved } from '../protocol.ts'
import { type BroadcastResult, type InclusionReport, startContext } from './context.ts'
import { finalizedBatch, hashesOf, newestAttempt, outcomeInput } from './rules.ts'
import { batchSetup } from './setup.ts'

interface OfBlock {
  readonly event: BlockObserved
}
interface OfCheck {
  readonly event: { readonly output: InclusionReport }
}

const noteHead = { type: 'noteHead', params: ({ event }: OfBlock) => ({ head: event.head }) } as const
const isIncluded = { type: 'isIncluded', params: ({ event }: OfBlock) => ({ head: event.head }) } as const
const noteInclusion = {
  type: 'noteInclusion',
  params: ({ event }: OfCheck) => ({ report: event.output }),
} as const
const isPauseOver = {
  type: 'isPauseOver',
  params: ({ event }: { readonly event: { readonly at: number } }) => ({ at: event.at }),
} as const

const NONCE_CLASSES: readonly RefusalClass[] = ['nonceTooLow']
/** Only these classes may raise a price. */
const PRICE_CLASSES: readonly RefusalClass[] = ['replacement', 'underpriced', 'feeBelowBlock']

function isRefusedAs(result: BroadcastResult, classes: readonly RefusalClass[]): boolean {
  return result.type === 'refused' && classes.includes(result.refusal.class)
}

export const pendingBatchMachine = batchSetup.createMachine({
  id: 'pendingBatch',
  context: ({ input }) => startContext(input),
  output: ({ context }) => ({
    batch: finalizedBatch(context, context.now()),
    inclusion: context.inclusion,
    operations: context.operations,
    measured: context.measured,
  }),
  initial: 'Pending',
  on: {
    'block.observed': { actions: noteHead },
    'nonce.next': { actions: 'noteNextNonce' },
    'chain.reorged': { actions: 'forgetNextNonce' },
  },
  states: {
    Pending: {
      initial: 'Opening',
      states: {
        Opening: {
          always: [
            { guard: 'isResumed', target: '#pendingBatch.Submitted.Checking' },
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
              target: '#pendingBatch.Submitted.Checking',
              actions: [
                { type: 'applyLoaded', params: ({ event }) => ({ loaded: event.output }) },
                'restoreAttempts',
              ],
            },
            onError: { target: 'Pausing', actions: 'notePause' },
          },
        },
        Pausing: {
          on: { tick: { guard: isPauseOver, target: 'Restoring' } },
        },
      },
    },
    Simulating: {
      initial: 'Running',
      states: {
        Running: {
          invoke: {
            id: 'simulateBatch',
            src: 'simulateBatch',
            input: ({ context }) => ({ operations: context.operations, gasCap: context.gasCap }),
            onDone: [
              {
                guard: { type: 'hasPlan', params: ({ event }) => ({ report: event.output }) },
                target: '#pendingBatch.ReadyToSubmit',
                actions: { type: 'applySimulation', params: ({ event }) => ({ report: event.output }) },
              },
              {
                target: '#pendingBatch.Finalized',
                actions: { type: 'applySimulation', params: ({ event }) => ({ report: event.output }) },
              },
            ],
            onError: { target: 'Pausing', actions: 'notePause' },
          },
        },
        Pausing: {
          on: { tick: { guard: isPauseOver, target: 'Running' } },
        },
      },
    },
    ReadyToSubmit: {
      entry: ['recordPlan', 'requestSignature'],
      on: {
        'transaction.signed': {
          target: 'Submitted',
          actions: { type: 'addAttempt', params: ({ event }) => ({ attempt: event.attempt }) },
        },
        // A first attempt is refused only for a gap, when its nonce is consumed or has attempts again.
        'signature.refused': {
          target: 'Failed',
          actions: { type: 'noteFailure', params: { failure: 'its nonce is not free any more' } },
        },
      },
    },
    Submitted: {
      initial: 'Broadcasting',
      on: {
        'transaction.signed': {
          actions: [
            { type: 'addAttempt', params: ({ event }) => ({ attempt: event.attempt }) },
            { type: 'announceResubmission', params: { replaced: true } },
          ],
        },
      },
      states: {
        Broadcasting: {
          entry: 'beginBroadcasting',
          invoke: {
            id: 'broadcast',
            src: 'broadcast',
            input: ({ context }) => ({ attempt: context.sending ?? newestAttempt(context) }),
            onDone: [
              {
                guard: ({ event }) => event.output.type === 'accepted',
                target: 'AwaitingInclusion',
                actions: ['announceSubmission', { type: 'noteBroadcast', params: { accepted: true } }],
              },
              {
                guard: ({ event }) => isRefusedAs(event.output, NONCE_CLASSES),
                target: 'Checking',
                actions: { type: 'noteBroadcast', params: { accepted: true } },
              },
              {
                guard: and(['hasReplacementsLeft', ({ event }) => isRefusedAs(event.output, PRICE_CLASSES)]),
                target: '#pendingBatch.Resubmitting',
                actions: [
                  { type: 'noteBroadcast', params: { accepted: false } },
                  { type: 'beginResubmitting', params: { reason: 'Underpriced' } },
                ],
              },
              {
                target: 'AwaitingInclusion',
                actions: { type: 'noteBroadcast', params: { accepted: false } },
              },
            ],
            onError: {
              target: 'AwaitingInclusion',
              actions: { type: 'noteBroadcast', params: { accepted: false } },
            },
          },
        },
        AwaitingInclusion: {
          always: [
            { guard: 'isSeen', target: 'Checking' },
            { guard: 'isUnsent', target: 'Broadcasting' },
          ],
          on: {
            'block.observed': [
              { guard: 'isCheckDue', target: 'Checking', actions: noteHead },
              {
                guard: { type: 'isRebroadcastDue', params: ({ event }) => ({ head: event.head }) },
                target: 'Broadcasting',
                actions: noteHead,
              },
            ],
            tick: [
              {
                guard: { type: 'isOverdue', params: ({ event }) => ({ at: event.at }) },
                target: '#pendingBatch.Resubmitting',
                actions: { type: 'beginResubmitting', params: { reason: 'Timeout' } },
              },
              {
                guard: { type: 'isRetryDue', params: ({ event }) => ({ at: event.at }) },
                target: 'Broadcasting',
              },
            ],
          },
        },
        Checking: {
          entry: 'beginChecking',
          invoke: {
            id: 'readInclusion',
            src: 'readInclusion',
            input: ({ context }) => ({
              hashes: hashesOf(context),
              nonce: newestAttempt(context).nonce,
              confirmations: context.config.confirmations,
            }),
            onDone: [
              {
                guard: { type: 'isSameInclusion', params: ({ event }) => ({ report: event.output }) },
                target: 'Confirming',
              },
              {
                guard: { type: 'hasInclusion', params: ({ event }) => ({ report: event.output }) },
                target: 'Confirming',
                actions: [
                  'announceReorg',
                  noteInclusion,
                  'recordInclusion',
                  'announceInclusion',
                  'reportInclusion',
                ],
              },
              {
                guard: { type: 'isDisplaced', params: ({ event }) => ({ report: event.output }) },
                target: '#pendingBatch.Failed',
                actions: [
                  'announceReorg',
                  noteInclusion,
                  { type: 'announceDisplacement', params: ({ event }) => ({ report: event.output }) },
                  {
                    type: 'noteFailure',
                    params: { failure: 'its nonce was consumed by a foreign transaction' },
                  },
                  'settleNonce',
                ],
              },
              {
                target: 'AwaitingInclusion',
                actions: ['announceReorg', noteInclusion, 'reportInclusion'],
              },
            ],
            onError: { target: 'Pausing', actions: 'notePause' },
          },
          on: {
            'block.observed': { guard: isIncluded, target: 'Checking', reenter: true, actions: noteHead },
          },
        },
        // Without a pause, endpoints that disagree about a block would cause an endless loop of checks.
        Pausing: {
          on: { tick: { guard: isPauseOver, target: 'Checking' } },
        },
        Confirming: {
          always: { guard: 'isDeepEnough', target: 'Reading' },
          on: {
            'chain.reorged': { target: 'Checking', actions: 'forgetNextNonce' },
          },
        },
        Reading: {
          initial: 'Running',
          on: {
            // The verdicts in reading may depend on an orphaned block.
            'chain.reorged': { target: 'Checking', actions: 'forgetNextNonce' },
          },
          states: {
            Running: {
              invoke: {
                id: 'readOutcome',
                src: 'readOutcome',
                input: ({ context }) => outcomeInput(context),
                onDone: [
                  {
                    guard: and(['isCancelled', ({ event }) => event.output.type === 'settled']),
                    target: '#pendingBatch.Failed',
                    actions: [
                      { type: 'noteVerdicts', params: ({ event }) => ({ report: event.output }) },
                      {
                        type: 'noteFailure',
                        params: {
                          failure: 'it was not included in time, and its nonce was consumed by a cancel',
                        },
                      },
                      'settleNonce',
                    ],
                  },
                  {
                    guard: ({ event }) => event.output.type === 'settled',
                    target: '#pendingBatch.Finalized',
                    actions: [
                      { type: 'noteVerdicts', params: ({ event }) => ({ report: event.output }) },
                      'settleNonce',
                    ],
                  },
                  { target: '#pendingBatch.Submitted.Pausing', actions: 'notePause' },
                ],
                onError: { target: 'Pausing', actions: 'notePause' },
              },
            },
            Pausing: {
              on: { tick: { guard: isPauseOver, target: 'Running' } },
            },
          },
        },
      },
    },
    Resubmitting: {
      entry: 'requestSignature',
      on: {
        'transaction.signed': {
          target: 'Submitted.Broadcasting',
          actions: [
            { type: 'addAttempt', params: ({ event }) => ({ attempt: event.attempt }) },
            { type: 'announceResubmission', params: { replaced: true } },
          ],
        },
        'signature.refused': [
          // The node has just refused these bytes: pause before the rebroadcast.
          { guard: 'isRefused', target: 'Submitted.AwaitingInclusion' },
          {
            target: 'Submitted.Broadcasting',
            actions: { type: 'announceResubmission', params: { replaced: false } },
          },
        ],
        'block.observed': [
          { guard: isIncluded, target: 'Submitted.Checking', actions: noteHead },
          { guard: 'isCheckDue', target: 'Submitted.Checking', actions: noteHead },
        ],
      },
    },
    Finalized: { type: 'final', entry: 'settleBatch' },
    Failed: { type: 'final', entry: 'settleBatch' },
  },
})
