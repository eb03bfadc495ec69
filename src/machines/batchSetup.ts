/** The guards, actions and effect slots of the pendingBatch statechart, by name. */
import { assign, enqueueActions, fromPromise, sendTo, setup } from 'xstate'
import type { TransactionAttempt } from '../domain/batch.ts'
import type { BatchEvent, OperationEvent, ResubmissionReason } from '../domain/events.ts'
import type { Hash } from '../domain/primitives.ts'
import type { StoreWrite } from '../domain/writes.ts'
import {
  BLOCKS_BETWEEN_CHECKS,
  type BroadcastOutcome,
  finalizedBatch,
  highestFees,
  type InclusionReport,
  isDeepEnough,
  isIncludedIn,
  isOverdue,
  isSameInclusion,
  isUnsent,
  newestAttempt,
  type OutcomeInput,
  type OutcomeReport,
  PAUSE_MS,
  type PendingBatchContext,
  type PendingBatchInput,
  type PendingBatchOutput,
  type SimulationInput,
  type SimulationReport,
  settledEvents,
  transactionRequest,
} from './batchContext.ts'
import {
  includedEvent,
  includedWrite,
  reorgedEvent,
  resubmittedEvent,
  simulatedEvent,
  submittedEvent,
} from './batchEvents.ts'
import { notProvided } from './ports.ts'
import {
  ACTORS,
  type BatchDropped,
  type BatchMessage,
  type BatchPlaced,
  type BlockObserved,
  type ChainReorged,
  type NonceSettled,
  type RecordRequested,
  type ReplacementRequested,
  type SignatureRequested,
  type Tick,
} from './protocol.ts'

function recordRequested(write: StoreWrite): RecordRequested {
  return { type: 'record.requested', writes: [write], reply: null, onFailure: 'retry' }
}

type PendingBatchEvent = BatchMessage | BlockObserved | ChainReorged | Tick

export const batchSetup = setup({
  types: {
    context: {} as PendingBatchContext,
    input: {} as PendingBatchInput,
    output: {} as PendingBatchOutput,
    events: {} as PendingBatchEvent,
    emitted: {} as BatchEvent | OperationEvent,
  },
  actors: {
    simulateBatch: fromPromise<SimulationReport, SimulationInput>(notProvided('simulateBatch')),
    broadcast: fromPromise<BroadcastOutcome, { readonly attempt: TransactionAttempt }>(
      notProvided('broadcast'),
    ),
    readInclusion: fromPromise<
      InclusionReport,
      { readonly hashes: readonly Hash[]; readonly nonce: number; readonly confirmations: number }
    >(notProvided('readInclusion')),
    readOutcome: fromPromise<OutcomeReport, OutcomeInput>(notProvided('readOutcome')),
  },
  guards: {
    isResumed: ({ context }) => context.attempts.length > 0,
    hasPlan: (_, { report }: { report: SimulationReport }) => report.plan !== null,
    isFound: (_, { report }: { report: InclusionReport }) => report.inclusion !== null,
    isUnmoved: ({ context }, { report }: { report: InclusionReport }) => isSameInclusion(context, report),
    isUnbroadcast: ({ context }) => context.lastBroadcast === null,
    isRefused: ({ context }) => context.lastBroadcast?.accepted === false,
    isPauseOver: ({ context, event }) => event.type === 'tick' && event.at - context.pausedAt >= PAUSE_MS,
    isSeen: ({ context }) => context.isSeen,
    isIncluded: ({ context, event }) => event.type === 'block.observed' && isIncludedIn(context, event.head),
    isCheckDue: ({ context, event }) =>
      event.type === 'block.observed' && (context.blocksSinceBroadcast + 1) % BLOCKS_BETWEEN_CHECKS === 0,
    isDeepEnough: ({ context }) => isDeepEnough(context),
    isOverdue: ({ context, event }) => event.type === 'tick' && isOverdue(context, event.at),
    isUnsent: ({ context, event }) => event.type === 'tick' && isUnsent(context, event.at),
    mayReplace: ({ context }) => context.resubmissions < context.config.maxResubmissions,
    /** Two looks at different heads agree: the nonce is consumed and none of our hashes has a receipt. */
    isLost: ({ context }, { report }: { report: InclusionReport }) =>
      report.nonceConsumed && context.lostAt !== null && report.blockNumber > context.lostAt,
  },
  actions: {
    addAttempt: assign(({ context, event }) =>
      event.type === 'transaction.signed' ? { attempts: [...context.attempts, event.attempt] } : {},
    ),
    noteReplacement: assign(({ context }) => ({ resubmissions: context.resubmissions + 1 })),
    noteReason: assign({ resubmissionReason: (_, { reason }: { reason: ResubmissionReason }) => reason }),
    noteBroadcast: assign(({ context }, { accepted }: { accepted: boolean }) => ({
      lastBroadcast: { at: context.now(), accepted },
      blocksSinceBroadcast: 0,
      submittedAt: context.submittedAt ?? (accepted ? context.now() : null),
    })),
    noteHead: assign(({ context, event }) =>
      event.type === 'block.observed'
        ? {
            headNumber: event.head.number,
            isSeen: context.isSeen || isIncludedIn(context, event.head),
            blocksSinceBroadcast: context.blocksSinceBroadcast + 1,
            blocksSinceSubmission: context.blocksSinceSubmission + (context.submittedAt === null ? 0 : 1),
          }
        : {},
    ),
    clearSeen: assign({ isSeen: false }),
    noteInclusion: assign((_, { report }: { report: InclusionReport }) => ({
      inclusion: report.inclusion,
      lostAt: report.inclusion === null && report.nonceConsumed ? report.blockNumber : null,
    })),
    noteOutcome: assign(({ context }, { report }: { report: OutcomeReport }) =>
      report.type === 'settled'
        ? { statuses: { ...context.statuses, ...report.statuses }, gasUsed: report.gasUsed }
        : {},
    ),
    notePause: assign(({ context }) => ({ pausedAt: context.now() })),
    noteLost: assign({ failure: 'its nonce was consumed by a transaction that this gateway did not send' }),
    record: sendTo(
      ({ system }) => system.get(ACTORS.requestTracker),
      (_, { write }: { write: StoreWrite }) => recordRequested(write),
    ),
    askSignature: sendTo(
      ({ system }) => system.get(ACTORS.wallet),
      ({ context }): SignatureRequested => ({
        type: 'signature.requested',
        request: transactionRequest(context),
      }),
    ),
    askReplacement: sendTo(
      ({ system }) => system.get(ACTORS.wallet),
      ({ context }): ReplacementRequested => ({
        type: 'replacement.requested',
        request: transactionRequest(context),
        nonce: newestAttempt(context).nonce,
        highest: highestFees(context),
      }),
    ),
    tellPlace: sendTo(
      ({ system }) => system.get(ACTORS.opsBatcher),
      ({ context }): BatchPlaced => ({
        type: 'batch.placed',
        batchId: context.batchId,
        isIncluded: context.inclusion !== null,
      }),
    ),
    releaseNonce: sendTo(
      ({ system }) => system.get(ACTORS.wallet),
      ({ context }): NonceSettled => ({ type: 'nonce.settled', nonce: newestAttempt(context).nonce }),
    ),
    announceSubmission: enqueueActions(({ context, enqueue }) => {
      enqueue.emit(submittedEvent(context))
    }),
    announceResubmission: enqueueActions(({ context, enqueue }, { replaced }: { replaced: boolean }) => {
      enqueue.emit(resubmittedEvent(context, replaced))
    }),
    announceInclusion: enqueueActions(({ context, enqueue }) => {
      const event = includedEvent(context)
      if (event !== null) enqueue.emit(event)
    }),
    /** When it was in a block and is not any more, that is said and written down. */
    announceReorg: enqueueActions(({ context, enqueue }) => {
      const event = reorgedEvent(context)
      if (event === null) return
      enqueue.emit(event)
      enqueue.sendTo(
        ({ system }) => system.get(ACTORS.requestTracker),
        recordRequested(includedWrite({ ...context, inclusion: null })),
      )
    }),
    /** What simulation dropped leaves at once: its users learn it now, and its lanes go on. */
    takeReport: enqueueActions(({ context, enqueue }, { report }: { report: SimulationReport }) => {
      const { batchId } = context
      const { plan, statuses, measured, at } = report
      const dropped = context.operations.filter(({ id }) => statuses[id] !== undefined)
      enqueue.emit(simulatedEvent(context, report))
      enqueue.assign({
        plan,
        statuses,
        measured,
        operations: context.operations.filter(({ id }) => statuses[id] === undefined),
        simulationCompletedAt: at,
        failure: null,
      })
      if (dropped.length === 0) return
      enqueue.sendTo(
        ({ system }) => system.get(ACTORS.requestTracker),
        recordRequested({ type: 'batch.dropped', batchId, statuses, at }),
      )
      const message: BatchDropped = { type: 'batch.dropped', batchId, operations: dropped, statuses }
      enqueue.sendTo(({ system }) => system.get(ACTORS.opsBatcher), message)
      for (const event of settledEvents(dropped, statuses, at)) enqueue.emit(event)
    }),
    conclude: enqueueActions(({ context, enqueue }) => {
      const at = context.now()
      const batch = finalizedBatch(context, at)
      enqueue.sendTo(
        ({ system }) => system.get(ACTORS.requestTracker),
        recordRequested({ type: 'batch.settled', batch }),
      )
      for (const event of settledEvents(context.operations, batch.statuses, at)) enqueue.emit(event)
      enqueue.emit({ type: batch.failure === null ? 'batch.finalized' : 'batch.failed', batch, at })
    }),
  },
})
