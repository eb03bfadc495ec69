/** The guards, actions and effect slots of the pendingBatch's statechart, by name. */
import { assign, enqueueActions, fromPromise, sendTo, setup } from 'xstate'
import type { TransactionAttempt } from '../../domain/batch.ts'
import type { BlockHead } from '../../domain/chain.ts'
import type { BatchEvent, ResubmissionReason } from '../../domain/events.ts'
import type { Hash } from '../../domain/primitives.ts'
import type { StoreWrite } from '../../domain/writes.ts'
import { notProvided } from '../notProvided.ts'
import {
  type AttemptsRestored,
  type BatchInbox,
  type BatchInclusionChanged,
  type BatchTrimmed,
  type NonceSettled,
  recordRequested,
  type SignatureRequested,
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
import { guards } from './guards.ts'
import { finalizedBatch, newestAttempt, settledEvents, signatureRequest } from './rules.ts'

export const batchSetup = setup({
  types: {
    context: {} as PendingBatchContext,
    input: {} as PendingBatchInput,
    output: {} as PendingBatchOutput,
    events: {} as BatchInbox,
    emitted: {} as BatchEvent,
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
  guards,
  actions: {
    addAttempt: assign(({ context }, { attempt }: { attempt: TransactionAttempt }) => ({
      attempts: [...context.attempts, attempt],
    })),
    beginResubmitting: assign(({ context }, { reason }: { reason: ResubmissionReason }) => ({
      resubmissionReason: reason,
      lastOffer: { at: context.now(), headNumber: context.headNumber },
    })),
    beginBroadcasting: assign({ sending: ({ context }) => newestAttempt(context) }),
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
    noteNextNonce: assign({ nextNonceSince: ({ context }) => context.nextNonceSince ?? context.now() }),
    /** After a reorg the wallet reads the account on the new branch, and sends `nonce.next` again. */
    forgetNextNonce: assign({ nextNonceSince: null }),
    applyLoaded: assign((_, { loaded }: { loaded: SignedBatch }) => signedBefore(loaded)),
    restoreAttempts: sendTo(
      to('wallet'),
      ({ context }): AttemptsRestored => ({ type: 'attempts.restored', attempts: context.attempts }),
    ),
    noteHead: assign(({ context }, { head }: { head: BlockHead }) => ({
      headNumber: head.number,
      isSeen: context.isSeen || guards.isIncluded({ context }, { head }),
      blocksSinceBroadcast: context.blocksSinceBroadcast + 1,
      blocksSinceCheck: context.blocksSinceCheck + 1,
      blocksSinceSubmission: context.blocksSinceSubmission + (context.submittedAt === null ? 0 : 1),
    })),
    beginChecking: assign({ isSeen: false, blocksSinceCheck: 0 }),
    noteInclusion: assign((_, { report }: { report: InclusionReport }) => ({
      inclusion: report.inclusion,
      displacedAt: report.consumedBy === 'unknown' ? report.blockNumber : null,
    })),
    noteVerdicts: assign(({ context }, { report }: { report: OutcomeReport }) =>
      report.type === 'settled'
        ? { statuses: { ...context.statuses, ...report.statuses }, gasUsed: report.gasUsed }
        : {},
    ),
    notePause: assign(({ context }) => ({ pausedAt: context.now() })),
    noteFailure: assign((_, { failure }: { failure: string }) => ({ failure })),
    recordPlan: enqueueActions(({ context, enqueue }) => {
      if (context.plan === null) return
      enqueue.sendTo(to('requestTracker'), recordRequested(plannedWrite(context, context.plan)))
    }),
    recordInclusion: sendTo(to('requestTracker'), ({ context }) => recordRequested(includedWrite(context))),
    requestSignature: sendTo(to('wallet'), ({ context }): SignatureRequested => signatureRequest(context)),
    reportInclusion: sendTo(
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
    /** Announces an accepted attempt once, also after a rebroadcast. */
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
    /** Announces and records the orphaned inclusion. */
    announceReorg: enqueueActions(({ context, enqueue }) => {
      const event = reorgedEvent(context)
      if (event === null) return
      enqueue.emit(event)
      enqueue.sendTo(to('requestTracker'), recordRequested(includedWrite({ ...context, inclusion: null })))
    }),
    /** Operations removed by simulation leave the batch at once, and the lanes go on. */
    applySimulation: enqueueActions(({ context, enqueue }, { report }: { report: SimulationReport }) => {
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
      const write: StoreWrite = { type: 'batch.trimmed', batchId, statuses, evidenceBlock, at }
      enqueue.sendTo(to('requestTracker'), recordRequested(write, settledEvents(dropped, statuses, at)))
      const trimmed: BatchTrimmed = {
        type: 'batch.trimmed',
        batchId,
        operations: dropped,
        statuses,
        evidenceBlock,
      }
      enqueue.sendTo(to('opsBatcher'), trimmed)
    }),
    settleBatch: enqueueActions(({ context, enqueue }) => {
      const at = context.now()
      const batch = finalizedBatch(context, at)
      const settled: BatchEvent = {
        type: batch.failure === null ? 'batch.finalized' : 'batch.failed',
        batch,
        at,
      }
      const events = [...settledEvents(context.operations, batch.statuses, at), settled]
      enqueue.sendTo(to('requestTracker'), recordRequested({ type: 'batch.settled', batch }, events))
    }),
  },
})
