/** The region `Evidence` of a submitted batch: looks for the transaction that consumed the nonce, and reads the verdicts. */
import { and } from 'xstate'
import { settlementDepth } from '../../policy/finality.ts'
import type { BlockObserved } from '../protocol.ts'
import type { InclusionReport } from './context.ts'
import { hashesOf, newestAttempt, outcomeInput } from './rules.ts'
import { batchSetup } from './setup.ts'

interface OfBlock {
  readonly event: BlockObserved
}
interface OfCheck {
  readonly event: { readonly output: InclusionReport }
}

const noteHead = { type: 'noteHead', params: ({ event }: OfBlock) => ({ head: event.head }) } as const
const noteInclusion = {
  type: 'noteInclusion',
  params: ({ event }: OfCheck) => ({ report: event.output }),
} as const
const isPauseOver = {
  type: 'isPauseOver',
  params: ({ event }: { readonly event: { readonly at: number } }) => ({ at: event.at }),
} as const
const noteCheck = ['noteChecked', { type: 'noteSuccess', params: { effect: 'readInclusion' } }] as const

/** An included attempt needs no delivery. */
const CONFIRMING = ['Confirming', '#pendingBatch.Submitted.Delivery.Delivered'] as const

export const evidence = batchSetup.createStateConfig({
  initial: 'Watching',
  on: {
    // Every state of this region notes the head, and the region `Delivery` never does: a block counts once.
    'block.observed': { actions: noteHead },
  },
  states: {
    Watching: {
      always: { guard: 'isSeen', target: 'Checking' },
      on: {
        'block.observed': { guard: 'isCheckDue', target: 'Checking', actions: noteHead },
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
          settledBlock: context.headNumber - settlementDepth(context.config, context),
        }),
        onDone: [
          {
            guard: { type: 'isSameInclusion', params: ({ event }) => ({ report: event.output }) },
            target: [...CONFIRMING],
            actions: [...noteCheck, 'reportTransactions'],
          },
          {
            guard: { type: 'hasInclusion', params: ({ event }) => ({ report: event.output }) },
            target: [...CONFIRMING],
            actions: [
              ...noteCheck,
              'announceReorg',
              noteInclusion,
              'recordInclusion',
              'announceInclusion',
              'reportInclusion',
              'reportTransactions',
            ],
          },
          {
            guard: { type: 'isDisplaced', params: ({ event }) => ({ report: event.output }) },
            target: '#pendingBatch.Failed',
            actions: [
              ...noteCheck,
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
            target: 'Watching',
            actions: [...noteCheck, 'announceReorg', noteInclusion, 'reportInclusion'],
          },
        ],
        onError: {
          target: 'Pausing',
          actions: {
            type: 'noteFailing',
            params: ({ event }) => ({ effect: 'readInclusion', error: event.error }),
          },
        },
      },
      on: {
        'block.observed': {
          guard: { type: 'isIncluded', params: ({ event }) => ({ head: event.head }) },
          target: 'Checking',
          reenter: true,
          actions: noteHead,
        },
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
                  { type: 'noteSuccess', params: { effect: 'readOutcome' } },
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
                  { type: 'noteSuccess', params: { effect: 'readOutcome' } },
                  'settleNonce',
                ],
              },
              {
                target: [
                  '#pendingBatch.Submitted.Evidence.Pausing',
                  '#pendingBatch.Submitted.Delivery.Resting',
                ],
                actions: ['notePause', { type: 'noteSuccess', params: { effect: 'readOutcome' } }],
              },
            ],
            onError: {
              target: 'Pausing',
              actions: {
                type: 'noteFailing',
                params: ({ event }) => ({ effect: 'readOutcome', error: event.error }),
              },
            },
          },
        },
        Pausing: {
          on: { tick: { guard: isPauseOver, target: 'Running' } },
        },
      },
    },
  },
})
