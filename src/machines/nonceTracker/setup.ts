/** The actions of the nonceTracker's statechart, by name. */
import { enqueueActions, fromCallback, setup, spawnChild } from 'xstate'
import type { Arrival } from '../../domain/arrival.ts'
import type { OperationEvent } from '../../domain/events.ts'
import type { OpEnvelope, OperationId, QueuedOperation } from '../../domain/operation.ts'
import type { Millis } from '../../domain/primitives.ts'
import type { SettledOperation } from '../../domain/recovery.ts'
import type { FailureReason } from '../../domain/status.ts'
import {
  type Inbox,
  type OperationSubmitted,
  type OperationsArrived,
  type OperationsExpired,
  type OperationsLeft,
  type OperationsReady,
  type OperationsWithdrawn,
  type RecordFailed,
  type RecordRequested,
  type Refusal,
  recordRequested,
  to,
} from '../protocol.ts'
import type { NonceTrackerContext, NonceTrackerInput } from './context.ts'
import { expiredWaiting, type Failure, removeFailed } from './deadline.ts'
import { type LaneEffects, type Lanes, mergeEffects, noEffects } from './laneState.ts'
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
import { limitRefusal, waitingIn } from './limits.ts'
import { requeue, revive } from './reclaim.ts'
import { endBackOffs } from './returnEvicted.ts'

/** The refusal of an operation after a failed commit. */
const STORE_FAILED: Refusal = {
  code: 'store_unavailable',
  message: 'The store did not take the operation; nothing was stored. Please try again.',
}

/** The failure of an arrival whose position or claim is taken. */
const REPLACED: FailureReason = {
  type: 'Unknown',
  message: 'an operation that a reorg brought back has the same nonce or address',
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
  actors: {
    /** Reports the operations that other processes have stored. A store that belongs to one process has none. */
    watchArrivals: fromCallback<OperationsArrived>(() => {}),
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
    startWatching: spawnChild('watchArrivals', { id: 'watchArrivals' }),
    /** Another process has acknowledged the operations: each is admitted, or fails. No limit applies any more. */
    admitArrivals: enqueueActions(({ context, enqueue }, { arrivals }: Omit<OperationsArrived, 'type'>) => {
      const at = context.now()
      let { lanes, nextSequence } = context
      for (const arrival of arrivals) {
        const admitted: OpEnvelope = { ...arrival.envelope, sequence: nextSequence }
        nextSequence += 1
        const accepted = { type: 'operation.accepted', envelope: admitted, hasArrived: true } as const
        const failure = failureOfArrival(lanes, arrival)
        if (failure !== null) {
          const { writes, ...failed } = failureOf(admitted, failure, at)
          enqueue.sendTo(to('requestTracker'), { ...failed, writes: [accepted, ...writes] })
          continue
        }
        lanes = admit(lanes, queuedPart(admitted), arrival.chainNonce, at)
        enqueue.sendTo(to('requestTracker'), {
          type: 'record.requested',
          writes: [accepted],
          reply: { to: 'nonceTracker', token: admitted.id },
          onFailure: 'retry',
        })
      }
      enqueue.assign({ lanes, nextSequence })
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
    withdrawAdmission: enqueueActions(({ context, enqueue }, failed: Omit<RecordFailed, 'type'>) => {
      const id = failed.token
      const operation = context.lanes.storing.get(id)
      if (operation === undefined) return
      const [lanes, effects] = removeOperation(context.lanes, operation, null, context.now())
      enqueue.assign({ lanes })
      sendEffects(enqueue, effects)
      const refused = failed.isDuplicate ? refusalWith('duplicate_request_in_flight') : STORE_FAILED
      enqueue.sendTo(to('intake'), { type: 'admission.refused', id, refusal: refused })
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
  return code === null ? limitRefusal(waitingIn(lanes, envelope), limits) : refusalWith(code)
}

/**
 * Why an arrival fails; null to admit it. The store has kept its position and claims free of duplicates. But the chain may have gone
 * on, and a reorg may have brought back an operation with the same position or claim.
 */
function failureOfArrival(lanes: Lanes, { envelope, chainNonce }: Arrival): FailureReason | null {
  const refused = refusal(lanes, envelope, chainNonce)
  if (refused === null) return null
  if (refused === 'duplicate_request_in_flight') return REPLACED
  return { type: 'NonceTooLow', expected: lanes.lanes.get(envelope.lane?.leaf ?? '')?.next ?? 0 }
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
