/** The actions of the nonceTracker's statechart, by name. */
import { enqueueActions, setup } from 'xstate'
import type { OperationEvent } from '../../domain/events.ts'
import type { OpEnvelope, OperationId, QueuedOperation } from '../../domain/operation.ts'
import type { Millis } from '../../domain/primitives.ts'
import type { SettledOperation } from '../../domain/recovery.ts'
import {
  type Inbox,
  type OperationSubmitted,
  type OperationsExpired,
  type OperationsLeft,
  type OperationsReady,
  type OperationsWithdrawn,
  type RecordRequested,
  type Refusal,
  recordRequested,
  to,
} from '../protocol.ts'
import type { NonceTrackerContext, NonceTrackerInput } from './context.ts'
import { expiredWaiting, type Failure, removeFailed } from './deadline.ts'
import { type LaneEffects, mergeEffects, noEffects } from './laneState.ts'
import {
  type AdmissionRefusal,
  admit,
  countWaiting,
  holderOf,
  promoteOverdue,
  refusal,
  removeOperation,
  stored,
} from './lanes.ts'
import { applyStatuses, failureOf, settledEvent } from './leftOperations.ts'
import { limitRefusal } from './limits.ts'
import { requeue, revive } from './reclaim.ts'
import { endBackOffs } from './returnEvicted.ts'

/** The refusal of an operation after a failed commit. */
const STORE_FAILED: Refusal = {
  code: 'store_unavailable',
  message: 'The store did not take the operation; nothing was stored. Please try again.',
}

export interface ForOperations {
  readonly operations: readonly QueuedOperation[]
}

export const nonceTrackerSetup = setup({
  types: {
    context: {} as NonceTrackerContext,
    input: {} as NonceTrackerInput,
    events: {} as Inbox['nonceTracker'],
  },
  actions: {
    decideAdmission: enqueueActions(({ context, enqueue }, submission: OperationSubmitted) => {
      const { envelope, chainNonce, status } = submission
      const { id } = envelope
      const at = context.now()
      const refused = refusalOf(context, submission)
      if (refused !== null) {
        enqueue.sendTo(to('intake'), { type: 'admission.refused', id, refusal: refused })
        return
      }
      const admitted: OpEnvelope = { ...envelope, sequence: context.nextSequence }
      enqueue.assign({
        lanes: admit(
          context.lanes,
          { ...queuedPart(admitted), ...(status && { isSettled: true as const }) },
          chainNonce,
          at,
        ),
        nextSequence: context.nextSequence + 1,
      })
      const write: RecordRequested = {
        type: 'record.requested',
        writes: [
          { type: 'operation.accepted', envelope: admitted },
          ...(status ? [{ type: 'operation.finalized' as const, id, status, at }] : []),
        ],
        reply: { to: 'nonceTracker', token: id },
        onFailure: 'reject',
        ...(status && { events: [settledEvent(admitted, status, at)] }),
      }
      enqueue.sendTo(to('requestTracker'), write)
    }),
    /** Operations on disk take part in the lanes. All callers are answered in one event. */
    confirmAdmissions: enqueueActions(({ context, enqueue }, { ids }: { ids: readonly OperationId[] }) => {
      const at = context.now()
      const admitted = ids.filter((id) => context.lanes.storing.has(id))
      if (admitted.length === 0) return
      let { lanes } = context
      const changes: LaneEffects[] = []
      for (const id of admitted) {
        const [next, effects] = stored(lanes, id, at)
        lanes = next
        changes.push(effects)
      }
      enqueue.assign({ lanes })
      enqueue.sendTo(to('intake'), { type: 'operations.admitted', ids: admitted })
      sendEffects(enqueue, mergeEffects(changes))
    }),
    withdrawAdmission: enqueueActions(({ context, enqueue }, { id }: { id: OperationId }) => {
      const operation = context.lanes.storing.get(id)
      if (operation === undefined) return
      const [lanes, effects] = removeOperation(context.lanes, operation, null, context.now())
      enqueue.assign({ lanes })
      sendEffects(enqueue, effects)
      enqueue.sendTo(to('intake'), { type: 'admission.refused', id, refusal: STORE_FAILED })
    }),
    applyStatuses: enqueueActions(({ context, enqueue }, left: Omit<OperationsLeft, 'type'>) => {
      const { lanes, effects, failed } = applyStatuses(context, left)
      enqueue.assign({ lanes })
      sendEffects(enqueue, effects)
      failAll(enqueue, failed, context.now())
    }),
    /** Operations that the opsBatcher has removed from its queue at their deadline. */
    failExpired: enqueueActions(({ context, enqueue }, expired: Omit<OperationsExpired, 'type'>) => {
      const at = context.now()
      const failures = expired.operations.map((operation): Failure => [operation, expired.reason])
      const [lanes, effects] = removeFailed(context.lanes, failures, at)
      enqueue.assign({ lanes })
      sendEffects(enqueue, effects)
      failAll(enqueue, failures, at)
    }),
    reviveOperations: enqueueActions(({ context, enqueue }, { operations }: ForOperations) => {
      const [lanes, effects] = revive(context.lanes, operations, context.now())
      enqueue.assign({ lanes })
      sendEffects(enqueue, effects)
    }),
    requeueOperations: enqueueActions(
      ({ context, enqueue }, { settled }: { settled: readonly SettledOperation[] }) => {
        const at = context.now()
        const operations = settled.map(({ operation }) => operation)
        const [lanes, { requeued, ...effects }] = requeue(context.lanes, operations, at)
        enqueue.assign({ lanes })
        if (requeued.length === 0) return
        for (const { operation, evidenceBlock } of settled) {
          const { id, kind } = operation
          if (!requeued.includes(operation)) continue
          const { blockNumber } = evidenceBlock
          const revived: OperationEvent = { type: 'operation.revived', id, kind, blockNumber, at }
          enqueue.sendTo(
            to('requestTracker'),
            recordRequested({ type: 'operation.revived', id, at }, [revived]),
          )
        }
        sendEffects(enqueue, effects)
      },
    ),
    /** Fails expired operations behind a missing nonce, promotes overdue operations, and ends back-offs. */
    checkDeadlines: enqueueActions(({ context, enqueue }, { at }: { at: Millis }) => {
      if (countWaiting(context.lanes) === 0) return
      const expired = expiredWaiting(context.lanes, at - context.operationDeadline)
      const [left, removal] = removeFailed(context.lanes, expired, at)
      const [promoted, overdue] = promoteOverdue(left, at - context.laneTimeout)
      const [lanes, backedOff] = endBackOffs(promoted, at)
      enqueue.assign({ lanes })
      sendEffects(enqueue, mergeEffects([removal, overdue, backedOff]))
      failAll(enqueue, expired, at)
    }),
    resumeQueued: enqueueActions(({ context, enqueue }) => {
      sendEffects(enqueue, context.restored)
      enqueue.assign({ restored: noEffects })
    }),
    requeueOrphaned: enqueueActions(({ context, enqueue }) => {
      if (context.orphaned.length === 0) return
      enqueue.raise({ type: 'operations.requeued', settled: context.orphaned })
      enqueue.assign({ orphaned: [] })
    }),
  },
})

/** A duplicate is refused as such also when a limit is reached. */
function refusalOf(
  { lanes, limits }: NonceTrackerContext,
  { envelope, chainNonce }: OperationSubmitted,
): Refusal | null {
  const duplicateOf = holderOf(lanes, envelope, limits.futureNonces === 'refuse' ? 'lane' : 'position')
  if (duplicateOf !== null) {
    const duplicate = refusalWith('duplicate_request_in_flight')
    // Its commit may still fail. A client that got its id would look for an operation that does not exist.
    return lanes.storing.has(duplicateOf) ? duplicate : { ...duplicate, duplicateOf }
  }
  const code = refusal(lanes, envelope, chainNonce)
  return code === null ? limitRefusal(lanes, envelope, limits) : refusalWith(code)
}

/** The message is the code, as in the reference API. */
function refusalWith(code: AdmissionRefusal): Refusal {
  return { code, message: code }
}

/** The part of XState's `enqueue` for `sendEffects`. */
interface Enqueue {
  sendTo(actor: ReturnType<typeof to<'opsBatcher'>>, event: OperationsReady | OperationsWithdrawn): void
}

/** The part of XState's `enqueue` for `failAll`. */
interface EnqueueRecord {
  sendTo(actor: ReturnType<typeof to<'requestTracker'>>, event: RecordRequested): void
}

/** Records failures without a verdict of a batch. */
function failAll(enqueue: EnqueueRecord, failures: readonly Failure[], at: Millis): void {
  for (const [operation, reason] of failures) {
    enqueue.sendTo(to('requestTracker'), failureOf(operation, reason, at))
  }
}

/** Withdrawals go first: an operation in both lists stays ready. */
function sendEffects(enqueue: Enqueue, { ready, withdrawn }: LaneEffects): void {
  if (withdrawn.length > 0) {
    enqueue.sendTo(to('opsBatcher'), { type: 'operations.withdrawn', operations: withdrawn })
  }
  if (ready.length > 0) {
    enqueue.sendTo(to('opsBatcher'), { type: 'operations.ready', operations: ready })
  }
}

/** The part of an envelope for the queue. */
function queuedPart({ operation: _operation, signer: _signer, ...queued }: OpEnvelope): QueuedOperation {
  return queued
}
