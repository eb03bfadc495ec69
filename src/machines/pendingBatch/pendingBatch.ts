/**
 * pendingBatch: one batch from its first moment to the verdict on each of its operations.
 *
 * | state               | entered when                                         | left when                                            |
 * | ------------------- | ---------------------------------------------------- | ---------------------------------------------------- |
 * | Pending             | the batcher has chosen its operations                | at once; a revived batch is read from the store first |
 * | · Opening           | at once                                              | at once                                              |
 * | · Restoring         | its block was orphaned after its end; the pause is over | its signed transactions are known; the store did not answer |
 * | · Pausing           | the store did not answer                             | the pause is over                                    |
 * | Simulating          | its operations are to be run together, off chain     | there is a plan, or nothing is left to send          |
 * | · Running           | the chain is asked                                   | it answers, or does not                              |
 * | · Pausing           | it did not answer                                    | the pause is over                                    |
 * | ReadyToSubmit       | it has a plan, or only a nonce to fill               | the wallet has signed it and the signature is on disk; it refused |
 * | Submitted           | it has a signed transaction                          | its outcome is final; it is time to bid more         |
 * | · Broadcasting      | bytes are to be sent                                 | a node took them, refused them or did not answer     |
 * | · AwaitingInclusion | bytes were sent                                      | a block shows one of its hashes; time to look, to send or to bid again |
 * | · Checking          | a hash was seen, a reorg, or it is time to look      | its receipt was found or not; the chain did not answer |
 * | · Pausing           | the chain did not answer, or its endpoints disagree  | the pause is over: Checking                          |
 * | · Confirming        | its receipt is in a block                            | enough blocks are on top; a reorg                    |
 * | · Reading           | it is confirmed                                      | each operation's outcome is read; its block is gone  |
 * | · · Running         | the chain is asked                                   | it answers, or does not; a reorg                     |
 * | · · Pausing         | it did not answer                                    | the pause is over; a reorg                           |
 * | Resubmitting        | it was not included in time, or is underpriced       | the wallet signed for the same nonce at higher fees, or refused; time to look |
 * | Finalized           | every operation has a verdict, or its nonce is filled | never                                                |
 * | Failed              | its nonce was consumed by something else: its cancel, or a stranger | never                                                |
 *
 * A batch begins planned (operations were chosen), healing (it has none, and only fills a nonce that nobody stands for),
 * resumed (it was signed before a restart) or revived (its block was orphaned after its end).
 *
 * Promises: no transaction is broadcast before it is on disk; all of its hashes are watched until a canonical block has
 * consumed the nonce; not being included is never taken for failure; an outage evicts nobody. It is given up only by a
 * transaction that consumes its nonce, and then gives its operations back to their lanes.
 */
import { and } from 'xstate'
import { startContext } from './context.ts'
import { finalizedBatch, hashesOf, newestAttempt, outcomeInput } from './rules.ts'
import { batchSetup } from './setup.ts'

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
    'block.observed': { actions: 'noteHead' },
    'nonce.next': { actions: 'noteTurn' },
    'chain.reorged': { actions: 'forgetTurn' },
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
                { type: 'takeLoaded', params: ({ event }) => ({ loaded: event.output }) },
                'restoreAttempts',
              ],
            },
            onError: { target: 'Pausing', actions: 'notePause' },
          },
        },
        Pausing: {
          on: { tick: { guard: 'isPauseOver', target: 'Restoring' } },
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
                actions: { type: 'takeReport', params: ({ event }) => ({ report: event.output }) },
              },
              {
                target: '#pendingBatch.Finalized',
                actions: { type: 'takeReport', params: ({ event }) => ({ report: event.output }) },
              },
            ],
            onError: { target: 'Pausing', actions: 'notePause' },
          },
        },
        Pausing: {
          on: { tick: { guard: 'isPauseOver', target: 'Running' } },
        },
      },
    },
    ReadyToSubmit: {
      entry: ['recordPlan', 'askSignature'],
      on: {
        'transaction.signed': { target: 'Submitted', actions: 'addAttempt' },
        // Only the nonce of a gap can be taken meanwhile.
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
          actions: ['addAttempt', { type: 'announceResubmission', params: { replaced: true } }],
        },
      },
      states: {
        Broadcasting: {
          entry: 'beginSending',
          invoke: {
            id: 'broadcast',
            src: 'broadcast',
            input: ({ context }) => ({ attempt: context.sending ?? newestAttempt(context) }),
            onDone: [
              {
                guard: ({ event }) => event.output === 'nonceConsumed',
                target: 'Checking',
                actions: { type: 'noteBroadcast', params: { accepted: true } },
              },
              {
                guard: and(['mayReplace', ({ event }) => event.output === 'underpriced']),
                target: '#pendingBatch.Resubmitting',
                actions: [
                  { type: 'noteBroadcast', params: { accepted: false } },
                  { type: 'beginResubmitting', params: { reason: 'Underpriced' } },
                ],
              },
              {
                guard: ({ event }) => event.output === 'underpriced',
                target: 'AwaitingInclusion',
                actions: { type: 'noteBroadcast', params: { accepted: false } },
              },
              {
                target: 'AwaitingInclusion',
                actions: ['announceSubmission', { type: 'noteBroadcast', params: { accepted: true } }],
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
              { guard: 'isCheckDue', target: 'Checking', actions: 'noteHead' },
              { guard: 'isRebroadcastDue', target: 'Broadcasting', actions: 'noteHead' },
            ],
            tick: [
              {
                guard: 'isOverdue',
                target: '#pendingBatch.Resubmitting',
                actions: { type: 'beginResubmitting', params: { reason: 'Timeout' } },
              },
              { guard: 'isRetryDue', target: 'Broadcasting' },
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
                guard: { type: 'isUnmoved', params: ({ event }) => ({ report: event.output }) },
                target: 'Confirming',
              },
              {
                guard: { type: 'isFound', params: ({ event }) => ({ report: event.output }) },
                target: 'Confirming',
                actions: [
                  'announceReorg',
                  { type: 'noteInclusion', params: ({ event }) => ({ report: event.output }) },
                  'recordInclusion',
                  'announceInclusion',
                  'tellInclusion',
                ],
              },
              {
                guard: { type: 'isLost', params: ({ event }) => ({ report: event.output }) },
                target: '#pendingBatch.Failed',
                actions: [
                  'announceReorg',
                  { type: 'noteInclusion', params: ({ event }) => ({ report: event.output }) },
                  { type: 'announceDisplacement', params: ({ event }) => ({ report: event.output }) },
                  {
                    type: 'noteFailure',
                    params: {
                      failure: 'its nonce was consumed by a transaction that this gateway did not send',
                    },
                  },
                  'settleNonce',
                ],
              },
              {
                target: 'AwaitingInclusion',
                actions: [
                  'announceReorg',
                  { type: 'noteInclusion', params: ({ event }) => ({ report: event.output }) },
                  'tellInclusion',
                ],
              },
            ],
            onError: { target: 'Pausing', actions: 'notePause' },
          },
          on: {
            'block.observed': { guard: 'isIncluded', target: 'Checking', reenter: true, actions: 'noteHead' },
          },
        },
        // Endpoints that disagree on a block would be asked in turn without end if nobody paused.
        Pausing: {
          on: { tick: { guard: 'isPauseOver', target: 'Checking' } },
        },
        Confirming: {
          always: { guard: 'isDeepEnough', target: 'Reading' },
          on: {
            'chain.reorged': { target: 'Checking', actions: 'forgetTurn' },
          },
        },
        Reading: {
          initial: 'Running',
          on: {
            // What is being read may be of a block that is gone.
            'chain.reorged': { target: 'Checking', actions: 'forgetTurn' },
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
                      { type: 'noteOutcome', params: ({ event }) => ({ report: event.output }) },
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
                      { type: 'noteOutcome', params: ({ event }) => ({ report: event.output }) },
                      'settleNonce',
                    ],
                  },
                  { target: '#pendingBatch.Submitted.Pausing', actions: 'notePause' },
                ],
                onError: { target: 'Pausing', actions: 'notePause' },
              },
            },
            Pausing: {
              on: { tick: { guard: 'isPauseOver', target: 'Running' } },
            },
          },
        },
      },
    },
    Resubmitting: {
      entry: 'askSignature',
      on: {
        'transaction.signed': {
          target: 'Submitted.Broadcasting',
          actions: ['addAttempt', { type: 'announceResubmission', params: { replaced: true } }],
        },
        'signature.refused': [
          // What a node has just refused is not offered to it again before a pause.
          { guard: 'isRefused', target: 'Submitted.AwaitingInclusion' },
          {
            target: 'Submitted.Broadcasting',
            actions: { type: 'announceResubmission', params: { replaced: false } },
          },
        ],
        'block.observed': [
          { guard: 'isIncluded', target: 'Submitted.Checking', actions: 'noteHead' },
          { guard: 'isCheckDue', target: 'Submitted.Checking', actions: 'noteHead' },
        ],
      },
    },
    Finalized: { type: 'final', entry: 'conclude' },
    Failed: { type: 'final', entry: 'conclude' },
  },
})
