/** The guards, actions and effect slots of the pendingBatch statechart, by name. */
import { assign, enqueueActions, fromPromise, sendTo, setup } from 'xstate'
import type { TransactionAttempt } from '../../domain/batch.ts'
import type { BatchEvent, OperationEvent, ResubmissionReason } from '../../domain/events.ts'
import type { Hash } from '../../domain/primitives.ts'
import type { StoreWrite } from '../../domain/writes.ts'
import { notProvided } from '../notProvided.ts'
import {
  type AttemptsRestored,
  type BatchInclusionChanged,
  type BatchMessage,
  type BatchTrimmed,
  type BlockObserved,
  type ChainReorged,
  type NonceSettled,
  type RecordRequested,
  type SignatureRequested,
  type Tick,
  to,
} from '../protocol.ts'
import {
  type BroadcastResult,
  type InclusionReport,
  type OutcomeInput,
  type OutcomeReport,
  type PendingBatchContext,
  type PendingBatchInput,
  type PendingBatchOutput,
  type SignedBatch,
  type SimulationInput,
  type SimulationReport,
  signedBefore,
} from './context.ts'
import {
  displacedEvent,
  includedEvent,
  includedWrite,
  plannedWrite,
  reorgedEvent,
  resubmittedEvent,
  simulatedEvent,
  submittedEvent,
  submittedWrite,
} from './events.ts'
import {
  finalizedBatch,
  isCancelled,
  isCheckDue,
  isDeepEnough,
  isIncludedIn,
  isLost,
  isOverdue,
  isRebroadcastDue,
  isRetryDue,
  isSameInclusion,
  isUnsent,
  newestAttempt,
  PAUSE_MS,
  resubmissions,
  settledEvents,
  signatureRequest,
} from './rules.ts'

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
    loadBatch: fromPromise<SignedBatch, { readonly batchId: string }>(notProvided('loadBatch')),
    simulateBatch: fromPromise<SimulationReport, SimulationInput>(notProvided('simulateBatch')),
    broadcast: fromPromise<BroadcastResult, { readonly attempt: TransactionAttempt }>(
      notProvided('broadcast'),
    ),
    readInclusion: fromPromise<
      InclusionReport,
      { readonly hashes: readonly Hash[]; readonly nonce: number; readonly confirmations: number }
    >(notProvided('readInclusion')),
    readOutcome: fromPromise<OutcomeReport, OutcomeInput>(notProvided('readOutcome')),
  },
  guards: {
    isResumed: ({ context }) => context.origin === 'resumed',
    isRevived: ({ context }) => context.origin === 'revived',
    isHealing: ({ context }) => context.gapNonce !== null,
    hasPlan: (_, { report }: { report: SimulationReport }) => report.plan !== null,
    isFound: (_, { report }: { report: InclusionReport }) => report.inclusion !== null,
    isUnmoved: ({ context }, { report }: { report: InclusionReport }) => isSameInclusion(context, report),
    isLost: ({ context }, { report }: { report: InclusionReport }) => isLost(context, report),
    isUnsent: ({ context }) => isUnsent(context),
    isRefused: ({ context }) => context.lastBroadcast?.accepted === false,
    isPauseOver: ({ context, event }) => event.type === 'tick' && event.at - context.pausedAt >= PAUSE_MS,
    isSeen: ({ context }) => context.isSeen,
    isIncluded: ({ context, event }) => event.type === 'block.observed' && isIncludedIn(context, event.head),
    isCheckDue: ({ context, event }) => event.type === 'block.observed' && isCheckDue(context),
    isRebroadcastDue: ({ context, event }) =>
      event.type === 'block.observed' && isRebroadcastDue(context) && !isIncludedIn(context, event.head),
    isDeepEnough: ({ context }) => isDeepEnough(context),
    isCancelled: ({ context }) => isCancelled(context),
    isOverdue: ({ context, event }) => event.type === 'tick' && isOverdue(context, event.at),
    isRetryDue: ({ context, event }) => event.type === 'tick' && isRetryDue(context, event.at),
    mayReplace: ({ context }) => resubmissions(context) < context.config.maxResubmissions,
  },
  actions: {
    addAttempt: assign(({ context, event }) =>
      event.type === 'transaction.signed' ? { attempts: [...context.attempts, event.attempt] } : {},
    ),
    beginResubmitting: assign(({ context }, { reason }: { reason: ResubmissionReason }) => ({
      resubmissionReason: reason,
      lastOffer: { at: context.now(), headNumber: context.headNumber },
    })),
    beginSending: assign({ sending: ({ context }) => newestAttempt(context) }),
    noteBroadcast: assign(({ context }, { accepted }: { accepted: boolean }) => {
      const { sending, lastBroadcast, lastOffer, headNumber, submittedAt } = context
      if (sending === null) return {}
      const at = context.now()
      return {
        lastBroadcast: { hash: sending.hash, at, accepted },
        blocksSinceBroadcast: 0,
        lastOffer: lastBroadcast?.hash === sending.hash ? lastOffer : { at, headNumber },
        submittedAt: submittedAt ?? (accepted ? at : null),
      }
    }),
    noteTurn: assign({ headSince: ({ context }) => context.headSince ?? context.now() }),
    /** Whose turn it is on the other branch, the wallet will read. */
    forgetTurn: assign({ headSince: null }),
    takeLoaded: assign((_, { loaded }: { loaded: SignedBatch }) => signedBefore(loaded)),
    restoreAttempts: sendTo(
      to('wallet'),
      ({ context }): AttemptsRestored => ({ type: 'attempts.restored', attempts: context.attempts }),
    ),
    noteHead: assign(({ context, event }) =>
      event.type === 'block.observed'
        ? {
            headNumber: event.head.number,
            isSeen: context.isSeen || isIncludedIn(context, event.head),
            blocksSinceBroadcast: context.blocksSinceBroadcast + 1,
            blocksSinceCheck: context.blocksSinceCheck + 1,
            blocksSinceSubmission: context.blocksSinceSubmission + (context.submittedAt === null ? 0 : 1),
          }
        : {},
    ),
    beginChecking: assign({ isSeen: false, blocksSinceCheck: 0 }),
    noteInclusion: assign((_, { report }: { report: InclusionReport }) => ({
      inclusion: report.inclusion,
      lostAt: report.consumedBy === 'unknown' ? report.blockNumber : null,
    })),
    noteOutcome: assign(({ context }, { report }: { report: OutcomeReport }) =>
      report.type === 'settled'
        ? { statuses: { ...context.statuses, ...report.statuses }, gasUsed: report.gasUsed }
        : {},
    ),
    notePause: assign(({ context }) => ({ pausedAt: context.now() })),
    noteFailure: assign({ failure: (_, { failure }: { failure: string }) => failure }),
    recordPlan: enqueueActions(({ context, enqueue }) => {
      if (context.plan === null) return
      enqueue.sendTo(to('requestTracker'), recordRequested(plannedWrite(context, context.plan)))
    }),
    recordInclusion: sendTo(to('requestTracker'), ({ context }) => recordRequested(includedWrite(context))),
    askSignature: sendTo(to('wallet'), ({ context }): SignatureRequested => signatureRequest(context)),
    tellInclusion: sendTo(
      to('opsBatcher'),
      ({ context }): BatchInclusionChanged => ({
        type: 'batch.inclusionChanged',
        batchId: context.batchId,
        isIncluded: context.inclusion !== null,
      }),
    ),
    settleNonce: sendTo(
      to('wallet'),
      ({ context }): NonceSettled => ({ type: 'nonce.settled', nonce: newestAttempt(context).nonce }),
    ),
    /** A node has taken the bytes: that is told once for each transaction, however often it is sent. */
    announceSubmission: enqueueActions(({ context, enqueue }) => {
      const { sending, announced } = context
      if (sending === null || announced === sending.hash) return
      enqueue.sendTo(to('requestTracker'), recordRequested(submittedWrite(context, sending)))
      enqueue.emit(submittedEvent(context, sending))
      enqueue.assign({ announced: sending.hash })
    }),
    announceDisplacement: enqueueActions(({ context, enqueue }, { report }: { report: InclusionReport }) => {
      enqueue.emit(displacedEvent(context, report))
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
      enqueue.sendTo(to('requestTracker'), recordRequested(includedWrite({ ...context, inclusion: null })))
    }),
    /** What simulation dropped leaves at once: its users learn it now, and its lanes go on. */
    takeReport: enqueueActions(({ context, enqueue }, { report }: { report: SimulationReport }) => {
      const { batchId } = context
      const { plan, statuses, evidenceBlock, measured, at } = report
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
        to('requestTracker'),
        recordRequested({ type: 'batch.trimmed', batchId, statuses, evidenceBlock, at }),
      )
      const message: BatchTrimmed = {
        type: 'batch.trimmed',
        batchId,
        operations: dropped,
        statuses,
        evidenceBlock,
      }
      enqueue.sendTo(to('opsBatcher'), message)
      for (const event of settledEvents(dropped, statuses, at)) enqueue.emit(event)
    }),
    conclude: enqueueActions(({ context, enqueue }) => {
      const at = context.now()
      const batch = finalizedBatch(context, at)
      enqueue.sendTo(to('requestTracker'), recordRequested({ type: 'batch.settled', batch }))
      for (const event of settledEvents(context.operations, batch.statuses, at)) enqueue.emit(event)
      enqueue.emit({ type: batch.failure === null ? 'batch.finalized' : 'batch.failed', batch, at })
    }),
  },
})
