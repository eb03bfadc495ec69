/** The region `Delivery` of a submitted batch: broadcasts the newest attempt until an attempt is included. */

import { reasonOf } from '../failingEffects.ts'
import type { BlockObserved } from '../protocol.ts'
import type { BroadcastResult } from './context.ts'
import { type Edge, noAnswer, smallerPlanInput } from './refusals.ts'
import { newestAttempt } from './rules.ts'
import { batchSetup } from './setup.ts'

interface OfBroadcast {
  readonly event: { readonly output: BroadcastResult }
}

/** The guard for an edge after a broadcast. */
function takes(edge: Edge) {
  return {
    type: 'isEdge',
    params: ({ event }: OfBroadcast) => ({ result: event.output, edge }),
  } as const
}

function refusalOf({ event: { output } }: OfBroadcast) {
  return { refusal: output.type === 'refused' ? output.refusal : noAnswer('') }
}

const noteRefused = { type: 'noteRefused', params: refusalOf } as const
const atTick = ({ event }: { readonly event: { readonly at: number } }) => ({ at: event.at })
const isOverdue = { type: 'isOverdue', params: atTick } as const
const beginReplacing = { type: 'beginResubmitting', params: { reason: 'Timeout' } } as const

export const delivery = batchSetup.createStateConfig({
  initial: 'Resting',
  on: {
    // A signature that was requested before a check.
    'transaction.signed': {
      actions: { type: 'addAttempt', params: ({ event }) => ({ attempt: event.attempt }) },
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
            guard: takes('rest'),
            target: 'Resting',
            actions: ['noteAccepted', { type: 'noteSuccess', params: { effect: 'broadcast' } }],
          },
          {
            guard: takes('check'),
            target: ['Resting', '#pendingBatch.Submitted.Evidence.Checking'],
            actions: ['noteConsumed', { type: 'noteSuccess', params: { effect: 'broadcast' } }],
          },
          {
            guard: takes('raise'),
            target: '#pendingBatch.Resubmitting',
            actions: [noteRefused, { type: 'beginResubmitting', params: { reason: 'Underpriced' } }],
          },
          {
            guard: takes('shrink'),
            target: 'Replanning',
            actions: noteRefused,
          },
          {
            guard: takes('addGas'),
            target: '#pendingBatch.Resubmitting',
            actions: [
              noteRefused,
              { type: 'addGas', params: refusalOf },
              { type: 'beginResubmitting', params: { reason: 'GasTooLow' } },
            ],
          },
          {
            guard: takes('sign'),
            target: '#pendingBatch.Resubmitting',
            actions: [noteRefused, { type: 'beginResubmitting', params: { reason: 'TooLarge' } }],
          },
          {
            guard: takes('cancel'),
            target: '#pendingBatch.Resubmitting',
            actions: [
              noteRefused,
              'demandCancel',
              { type: 'beginResubmitting', params: { reason: 'TooLarge' } },
            ],
          },
          {
            target: 'BackingOff',
            actions: [noteRefused, { type: 'reportRefusal', params: refusalOf }],
          },
        ],
        onError: {
          target: 'BackingOff',
          actions: {
            type: 'noteRefused',
            params: ({ event }) => ({ refusal: noAnswer(reasonOf(event.error)) }),
          },
        },
      },
    },
    Resting: {
      always: { guard: 'isUnsent', target: 'Broadcasting' },
      on: {
        'block.observed': {
          guard: {
            type: 'isRebroadcastDue',
            params: ({ event }: { readonly event: BlockObserved }) => ({ head: event.head }),
          },
          target: 'Broadcasting',
        },
        tick: { guard: isOverdue, target: '#pendingBatch.Resubmitting', actions: beginReplacing },
      },
    },
    BackingOff: {
      always: { guard: 'isUnsent', target: 'Broadcasting' },
      on: {
        tick: [
          { guard: isOverdue, target: '#pendingBatch.Resubmitting', actions: beginReplacing },
          { guard: { type: 'isBackOffOver', params: atTick }, target: 'Broadcasting' },
        ],
      },
    },
    Replanning: {
      invoke: {
        id: 'simulateBatch',
        src: 'simulateBatch',
        input: ({ context }) => smallerPlanInput(context),
        onDone: [
          {
            guard: { type: 'hasPlan', params: ({ event }) => ({ report: event.output }) },
            target: '#pendingBatch.Resubmitting',
            actions: [
              { type: 'addPlan', params: ({ event }) => ({ report: event.output }) },
              { type: 'beginResubmitting', params: { reason: 'TooLarge' } },
              { type: 'noteSuccess', params: { effect: 'simulateBatch' } },
            ],
          },
          {
            target: '#pendingBatch.Resubmitting',
            actions: [
              'demandCancel',
              { type: 'beginResubmitting', params: { reason: 'TooLarge' } },
              { type: 'noteSuccess', params: { effect: 'simulateBatch' } },
            ],
          },
        ],
        // The refused bytes again: the next refusal plans again.
        onError: {
          target: 'BackingOff',
          actions: {
            type: 'noteFailing',
            params: ({ event }) => ({ effect: 'simulateBatch', error: event.error }),
          },
        },
      },
      on: {
        tick: { guard: isOverdue, target: '#pendingBatch.Resubmitting', actions: beginReplacing },
      },
    },
    Delivered: {
      on: { 'chain.reorged': 'Resting' },
    },
  },
})
