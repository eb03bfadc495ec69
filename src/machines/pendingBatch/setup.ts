/** The guards, actions and effect slots of the pendingBatch's statechart, by name. */
import { assign, enqueueActions, fromPromise, sendTo, setup } from 'xstate'
import type { BatchPlan, BatchState, TransactionAttempt } from '../../domain/batch.ts'
import type { BlockHead } from '../../domain/chain.ts'
import type { BatchEvent, ResubmissionReason } from '../../domain/events.ts'
import type { FinalityTags } from '../../domain/finality.ts'
import type { Hash } from '../../domain/primitives.ts'
import type { Refusal } from '../../domain/refusal.ts'
import type { StoreWrite } from '../../domain/writes.ts'
import { reasonOf } from '../failingEffects.ts'
import { notProvided } from '../notProvided.ts'
import {
  type AttemptsRestored,
  type BatchInbox,
  type BatchInclusionChanged,
  type BatchTrimmed,
  type Fees,
  type NonceSettled,
  recordRequested,
  type SignatureRequested,
  type SignatureWithdrawn,
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
  enteredWrite,
  includedEvent,
  includedWrite,
  plannedWrite,
  refusedEvent,
  refusedWrite,
  reorgedEvent,
  resubmittedEvent,
  simulatedEvent,
  submittedEvent,
  submittedWrite,
  suspectedEvent,
  transactionsChanged,
} from './events.ts'
import { type BatchEffect, changeOf, type FailureEvent } from './failures.ts'
import { guards } from './guards.ts'
import { gasAfter, nextBackOff } from './refusals.ts'
import { signatureRequest } from './replacement.ts'
import { finalizedBatch, newestAttempt, planOf, settledEvents } from './rules.ts'

export const batchSetup = setup({
  types: {
    context: {} as PendingBatchContext,
    input: {} as PendingBatchInput,
    output: {} as PendingBatchOutput,
    events: {} as BatchInbox,
    emitted: {} as BatchEvent | FailureEvent,
  },
  actors: {
    loadBatch: fromPromise<SignedBatch, { readonly batchId: string }>(notProvided('loadBatch')),
    simulateBatch: fromPromise<SimulationReport, SimulationInput>(notProvided('simulateBatch')),
    broadcast: fromPromise<BroadcastResult, { readonly attempt: TransactionAttempt }>(
      notProvided('broadcast'),
    ),
    readInclusion: fromPromise<
      InclusionReport,
      { readonly hashes: readonly Hash[]; readonly nonce: number; readonly settledBlock: number }
    >(notProvided('readInclusion')),
    readOutcome: fromPromise<OutcomeReport, OutcomeInput>(notProvided('readOutcome')),
  },
  guards,
  actions: {
    /** The stored state is the state of the actor. */
    recordState: enqueueActions(({ context, enqueue }, { state }: { state: BatchState }) => {
      if (context.storedState === state) return
      enqueue.assign({ storedState: state })
      enqueue.sendTo(to('requestTracker'), recordRequested(enteredWrite(context, state)))
    }),
    noteSuccess: enqueueActions(({ context, enqueue }, { effect }: { effect: BatchEffect }) => {
      const { failing, event } = changeOf(context, effect, null)
      enqueue.assign({ failing })
      if (event !== null) enqueue.emit(event)
    }),
    /** Notes that an effect failed. The next try follows after a pause. */
    noteFailing: enqueueActions(
      ({ context, enqueue }, { effect, error }: { effect: BatchEffect; error: unknown }) => {
        const { failing, event } = changeOf(context, effect, reasonOf(error))
        enqueue.assign({ failing, pausedAt: context.now() })
        if (event !== null) enqueue.emit(event)
      },
    ),
    /** Adds a signed attempt. Equal bytes have equal hashes: they are no new attempt. */
    addAttempt: enqueueActions(({ context, enqueue }, { attempt }: { attempt: TransactionAttempt }) => {
      const isNew = context.attempts.every(({ hash }) => hash !== attempt.hash)
      const attempts = isNew ? [...context.attempts, attempt] : context.attempts
      enqueue.assign({ attempts })
      if (context.attempts.length > 0) enqueue.emit(resubmittedEvent({ ...context, attempts }, isNew))
    }),
    /** At a sufficient price the endpoint may be at fault. */
    suspectEndpoint: enqueueActions(({ context, enqueue }, { market }: { market: Fees }) => {
      const event = suspectedEvent(context, market)
      if (event !== null) enqueue.emit(event)
    }),
    beginResubmitting: assign(({ context }, { reason }: { reason: ResubmissionReason }) => ({
      resubmissionReason: reason,
      lastOffer: { at: context.now(), headNumber: context.headNumber },
    })),
    countRefusedReplacement: assign({
      refusedReplacements: ({ context }) => context.refusedReplacements + 1,
    }),
    beginBroadcasting: assign(({ context }) => {
      const { lastBroadcast, lastOffer, offeredAt, headNumber } = context
      const sending = newestAttempt(context)
      const at = context.now()
      const isFirst = lastBroadcast?.hash !== sending.hash
      return {
        sending,
        offeredAt: offeredAt ?? at,
        lastOffer: isFirst ? { at, headNumber } : lastOffer,
        backOff: isFirst ? 0 : context.backOff,
      }
    }),
    /** Announces an accepted attempt once, also after a rebroadcast. */
    noteAccepted: enqueueActions(({ context, enqueue }) => {
      const { sending, accepted, submittedAt, batchId } = context
      if (sending === null) return
      const { hash, gasLimit } = sending
      const at = context.now()
      if (accepted !== hash) {
        enqueue.sendTo(to('opsBatcher'), { type: 'batch.broadcast', batchId, gasLimit })
        enqueue.sendTo(to('requestTracker'), recordRequested(submittedWrite(context, sending)))
        enqueue.emit(submittedEvent(context, sending))
        enqueue.sendTo(to('finalityTracker'), transactionsChanged(context, false))
      }
      enqueue.assign({
        lastBroadcast: { hash, at, refusal: null },
        blocksSinceBroadcast: 0,
        accepted: hash,
        backOff: 0,
        submittedAt: submittedAt ?? at,
      })
    }),
    /** A consumed nonce says nothing about the attempt: the check decides. */
    noteConsumed: assign(({ context }) => {
      const { hash } = context.sending ?? newestAttempt(context)
      return {
        lastBroadcast: { hash, at: context.now(), refusal: null },
        blocksSinceBroadcast: 0,
        backOff: 0,
      }
    }),
    /** Keeps the words of the node in the attempt. The store gets each new text once. */
    noteRefused: enqueueActions(({ context, enqueue }, { refusal }: { refusal: Refusal }) => {
      const { hash, refusal: before } = context.sending ?? newestAttempt(context)
      const { failing, event } = changeOf(context, 'broadcast', refusal.words)
      enqueue.emit(refusedEvent(context, hash, refusal))
      if (event !== null) enqueue.emit(event)
      if (before?.words !== refusal.words || before.class !== refusal.class) {
        enqueue.sendTo(to('requestTracker'), recordRequested(refusedWrite(context, hash, refusal)))
      }
      const refused = (attempt: TransactionAttempt) =>
        attempt.hash === hash ? { ...attempt, refusal } : attempt
      enqueue.assign({
        attempts: context.attempts.map(refused),
        sending: context.sending === null ? null : refused(context.sending),
        lastBroadcast: { hash, at: context.now(), refusal },
        blocksSinceBroadcast: 0,
        backOff: nextBackOff(context),
        failing,
      })
    }),
    /** Tells the actor that can act on the refusal. */
    reportRefusal: enqueueActions(({ context: { batchId }, enqueue }, { refusal }: { refusal: Refusal }) => {
      const { class: kind, words } = refusal
      if (kind === 'funds') enqueue.sendTo(to('wallet'), { type: 'funds.insufficient', batchId, words })
      if (kind === 'config') enqueue.sendTo(to('wallet'), { type: 'configuration.refused', batchId, words })
      if (kind === 'accountLimit') enqueue.sendTo(to('opsBatcher'), { type: 'account.limited', batchId })
    }),
    demandCancel: assign({ mustCancel: true }),
    /** Adds gas to the plan, or to the cancel. */
    addGas: enqueueActions(({ context, enqueue }, { refusal }: { refusal: Refusal }) => {
      const sent = context.sending ?? newestAttempt(context)
      const gasLimit = gasAfter(context, refusal)
      if (gasLimit === null) return
      if (sent.purpose === 'cancel') return enqueue.assign({ cancelGas: gasLimit })
      const plan: BatchPlan = { ...planOf(context, sent), gasLimit }
      enqueue.assign({ plans: [...context.plans, plan] })
      enqueue.sendTo(to('requestTracker'), recordRequested(plannedWrite(context, plan, context.now())))
    }),
    /**
     * Adds a smaller plan. The operations outside it stay in the batch, because refused bytes may still be included. So the
     * statuses of this simulation are not used.
     */
    addPlan: enqueueActions(
      ({ context, enqueue }, { report: { plan, extraReserve, at } }: { report: SimulationReport }) => {
        if (plan === null) return
        enqueue.assign({ plans: [...context.plans, plan], extraReserve })
        enqueue.sendTo(to('requestTracker'), recordRequested(plannedWrite(context, plan, at)))
      },
    ),
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
    noteTags: assign({ tags: (_, { tags }: { tags: FinalityTags }) => tags }),
    beginChecking: assign({ blocksSinceCheck: 0 }),
    noteInclusion: assign((_, { report }: { report: InclusionReport }) => ({
      inclusion: report.inclusion,
      displacedAt: report.consumedBy === 'unknown' ? report.blockNumber : null,
    })),
    noteChecked: assign({ isSeen: false }),
    noteVerdicts: assign(({ context }, { report }: { report: OutcomeReport }) =>
      report.type === 'settled'
        ? {
            statuses: { ...context.statuses, ...report.statuses },
            gasUsed: report.gasUsed,
            cost: report.cost ?? null,
          }
        : {},
    ),
    notePause: assign(({ context }) => ({ pausedAt: context.now() })),
    noteFailure: assign((_, { failure }: { failure: string }) => ({ failure })),
    recordInclusion: sendTo(to('requestTracker'), ({ context }) => recordRequested(includedWrite(context))),
    requestSignature: sendTo(to('wallet'), ({ context }): SignatureRequested => signatureRequest(context)),
    withdrawRequest: sendTo(
      to('wallet'),
      ({ context: { batchId } }): SignatureWithdrawn => ({ type: 'signature.withdrawn', batchId }),
    ),
    reportInclusion: sendTo(
      to('opsBatcher'),
      ({ context }): BatchInclusionChanged => ({
        type: 'batch.inclusionChanged',
        batchId: context.batchId,
        isIncluded: context.inclusion !== null,
        blockNumber: context.inclusion?.blockNumber ?? null,
      }),
    ),
    /** Tells the finalityTracker the hashes and the inclusion. */
    reportTransactions: sendTo(to('finalityTracker'), ({ context }) => transactionsChanged(context, false)),
    settleNonce: sendTo(
      to('wallet'),
      ({ context }): NonceSettled => ({ type: 'nonce.settled', nonce: newestAttempt(context).nonce }),
    ),
    /** A gap's nonce may be consumed by a settled transaction of this gateway: the reading that showed a gap was old. */
    announceDisplacement: enqueueActions(({ context, enqueue }, { report }: { report: InclusionReport }) => {
      if (context.gapNonce === null) enqueue.emit(displacedEvent(context, report))
    }),
    announceRebroadcast: enqueueActions(({ context, enqueue }) => {
      enqueue.emit(resubmittedEvent(context, false))
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
      const orphaned = { ...context, inclusion: null }
      enqueue.sendTo(to('requestTracker'), recordRequested(includedWrite(orphaned)))
      enqueue.sendTo(to('finalityTracker'), transactionsChanged(orphaned, false))
    }),
    /** Operations removed by simulation leave the batch at once, and the lanes go on. */
    applySimulation: enqueueActions(({ context, enqueue }, { report }: { report: SimulationReport }) => {
      const { batchId } = context
      const { plan, statuses, evidenceBlock, measured, extraReserve, at } = report
      const dropped = context.operations.filter(({ id }) => statuses[id] !== undefined)
      enqueue.emit(simulatedEvent(context, report))
      enqueue.assign({
        plans: plan === null ? [] : [plan],
        statuses,
        measured,
        extraReserve,
        operations: context.operations.filter(({ id }) => statuses[id] === undefined),
        simulationCompletedAt: at,
        failure: null,
      })
      if (dropped.length > 0) {
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
      }
      if (plan !== null)
        enqueue.sendTo(to('requestTracker'), recordRequested(plannedWrite(context, plan, at)))
    }),
    settleBatch: enqueueActions(({ context, enqueue }) => {
      const at = context.now()
      const batch = finalizedBatch(context, at)
      const settled: BatchEvent = {
        type: batch.failure === null ? 'batch.finalized' : 'batch.failed',
        batch,
        at,
      }
      const events = [...settledEvents(context.operations, batch.statuses, at, batch.cost?.shares), settled]
      enqueue.sendTo(to('requestTracker'), recordRequested({ type: 'batch.settled', batch }, events))
      enqueue.sendTo(to('finalityTracker'), transactionsChanged(context, true))
    }),
  },
})
