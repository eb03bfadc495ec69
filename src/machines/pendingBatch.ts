/**
 * pendingBatch: one batch from its first moment to the verdict on each of its operations.
 *
 * | state               | entered when                                        | left when                                            |
 * | ------------------- | --------------------------------------------------- | ---------------------------------------------------- |
 * | Pending             | the batcher has chosen its operations               | the batch is on disk; a resumed one goes on at once  |
 * | Simulating          | its operations are to be run together, off chain    | there is a plan, or nothing is left to send          |
 * | · Running, Pausing  | the chain is asked; it did not answer               | it answers; the pause is over                        |
 * | ReadyToSubmit       | it has a plan                                       | the wallet has signed it and the signature is on disk |
 * | Submitted           | it has a signed transaction                         | its outcome is final                                 |
 * | · Broadcasting      | bytes are to be sent                                | a node took them, refused them or did not answer     |
 * | · AwaitingInclusion | bytes were sent                                     | a block shows one of its hashes; time to bid more    |
 * | · Checking          | a hash was seen, or it is time to look              | its receipt was found or not                         |
 * | · Confirming        | its receipt is in a block                           | enough blocks are on top; a reorg                    |
 * | · Reading           | it is confirmed                                     | each operation's outcome is read; its block is gone  |
 * | · · Doubting        | endpoints disagree on its block                     | the pause is over: Checking                          |
 * | Resubmitting        | it was not included in time, or is underpriced      | the wallet signed the same nonce at higher fees, or refused |
 * | Finalized           | every operation has a verdict                       | never                                                |
 * | Failed              | it ends without a transaction of its own on chain   | never                                                |
 *
 * Promises: no transaction is broadcast before it is on disk; all of its hashes are watched until a canonical block has
 * consumed the nonce; not being included is never taken for failure; an outage evicts nobody. A batch that fails gives its
 * operations back to their lanes.
 */
import { and } from 'xstate'
import { finalizedBatch, hashesOf, newestAttempt, outcomeInput, startContext } from './batchContext.ts'
import { includedWrite, plannedWrite, submittedWrite } from './batchEvents.ts'
import { batchSetup } from './batchSetup.ts'

export const pendingBatchMachine = batchSetup.createMachine({
  id: 'pendingBatch',
  context: ({ input }) => startContext(input),
  output: ({ context }) => ({
    batch: finalizedBatch(context, context.now()),
    operations: context.operations,
    measured: context.measured,
  }),
  initial: 'Pending',
  on: { 'block.observed': { actions: 'noteHead' } },
  states: {
    Pending: {
      always: { guard: 'isResumed', target: '#pendingBatch.Submitted.Checking' },
      on: { recorded: 'Simulating' },
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
      entry: [
        { type: 'record', params: ({ context }) => ({ write: plannedWrite(context) }) },
        'askSignature',
      ],
      on: { 'transaction.signed': { target: 'Submitted', actions: 'addAttempt' } },
    },
    Submitted: {
      initial: 'Broadcasting',
      on: { 'transaction.signed': { actions: 'addAttempt' } },
      states: {
        Broadcasting: {
          invoke: {
            id: 'broadcast',
            src: 'broadcast',
            input: ({ context }) => ({ attempt: newestAttempt(context) }),
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
                  { type: 'noteReason', params: { reason: 'Underpriced' } },
                ],
              },
              {
                guard: ({ event }) => event.output === 'underpriced',
                target: 'AwaitingInclusion',
                actions: { type: 'noteBroadcast', params: { accepted: false } },
              },
              {
                target: 'AwaitingInclusion',
                actions: [
                  { type: 'noteBroadcast', params: { accepted: true } },
                  { type: 'record', params: ({ context }) => ({ write: submittedWrite(context) }) },
                  'announceSubmission',
                ],
              },
            ],
            onError: {
              target: 'AwaitingInclusion',
              actions: { type: 'noteBroadcast', params: { accepted: false } },
            },
          },
        },
        AwaitingInclusion: {
          always: { guard: 'isSeen', target: 'Checking' },
          on: {
            'block.observed': [
              { guard: 'isIncluded', target: 'Checking', actions: 'noteHead' },
              { guard: 'isCheckDue', target: 'Checking', actions: 'noteHead' },
            ],
            tick: [
              { guard: 'isUnsent', target: 'Broadcasting' },
              {
                guard: and(['isOverdue', 'mayReplace']),
                target: '#pendingBatch.Resubmitting',
                actions: { type: 'noteReason', params: { reason: 'Timeout' } },
              },
              {
                guard: 'isOverdue',
                target: 'Broadcasting',
                actions: [
                  { type: 'noteReason', params: { reason: 'Timeout' } },
                  { type: 'announceResubmission', params: { replaced: false } },
                ],
              },
            ],
          },
        },
        Checking: {
          entry: 'clearSeen',
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
                  { type: 'record', params: ({ context }) => ({ write: includedWrite(context) }) },
                  'announceInclusion',
                  'tellPlace',
                ],
              },
              {
                guard: { type: 'isLost', params: ({ event }) => ({ report: event.output }) },
                target: '#pendingBatch.Failed',
                actions: ['noteLost', 'releaseNonce'],
              },
              {
                guard: 'isUnbroadcast',
                target: 'Broadcasting',
              },
              {
                target: 'AwaitingInclusion',
                actions: [
                  'announceReorg',
                  { type: 'noteInclusion', params: ({ event }) => ({ report: event.output }) },
                  'tellPlace',
                ],
              },
            ],
            onError: {
              target: 'AwaitingInclusion',
              actions: { type: 'noteBroadcast', params: { accepted: false } },
            },
          },
          on: {
            'block.observed': { guard: 'isIncluded', target: 'Checking', reenter: true, actions: 'noteHead' },
          },
        },
        Confirming: {
          always: { guard: 'isDeepEnough', target: 'Reading' },
          on: {
            'chain.reorged': { target: 'Checking' },
          },
        },
        Reading: {
          initial: 'Running',
          states: {
            Running: {
              invoke: {
                id: 'readOutcome',
                src: 'readOutcome',
                input: ({ context }) => outcomeInput(context),
                onDone: [
                  {
                    guard: ({ event }) => event.output.type === 'settled',
                    target: '#pendingBatch.Finalized',
                    actions: [
                      { type: 'noteOutcome', params: ({ event }) => ({ report: event.output }) },
                      'releaseNonce',
                    ],
                  },
                  { target: 'Doubting', actions: 'notePause' },
                ],
                onError: { target: 'Pausing', actions: 'notePause' },
              },
            },
            // Endpoints that disagree on the block would be asked in turn without end if nobody paused.
            Doubting: {
              on: { tick: { guard: 'isPauseOver', target: '#pendingBatch.Submitted.Checking' } },
            },
            Pausing: {
              on: { tick: { guard: 'isPauseOver', target: 'Running' } },
            },
          },
        },
      },
    },
    Resubmitting: {
      entry: 'askReplacement',
      on: {
        'transaction.signed': {
          target: 'Submitted.Broadcasting',
          actions: [
            'addAttempt',
            'noteReplacement',
            { type: 'announceResubmission', params: { replaced: true } },
          ],
        },
        'replacement.refused': [
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
