/**
 * nonceTracker: lets operations in, and tells whose turn it is.
 *
 * It owns the lanes (one sequence of operations for each account, by signature nonce) and the claims (a new authenticator
 * address belongs to one operation in flight). It is the one place where "is this a duplicate?" is decided, at the moment
 * in which the place is taken, so two requests that raced through pre-flight cannot both get in.
 *
 * | state    | entered when | left when |
 * | -------- | ------------ | --------- |
 * | Tracking | at the start | never     |
 *
 * What it hears: `operation.submitted` (admitted and sent to disk, or denied), `operations.recorded` and `record.failed`
 * (admitted operations are on disk and take their turns, or one is forgotten), `operations.left` (places and claims are
 * freed, or the evicted come back), `operations.revived` and `operations.requeued` (places and claims are taken again, riding
 * or waiting; what had ended and whose place somebody else has by now stays as it is), `tick` (deadlines and pauses).
 * Promises: an operation becomes ready only when it is on disk and every earlier nonce of its account is ahead of it, or when
 * it has waited for one as long as the lane's deadline allows: then simulation decides, once, and only when the chain does
 * not accept its nonce yet it fails as too high. What was evicted is tried again; it is given up only when it ran out of gas
 * in as many batches as it may be tried in (`costsTry`).
 */
import { enqueueActions, setup } from 'xstate'
import type { OperationEvent } from '../../domain/events.ts'
import type { OpEnvelope, OperationId, QueuedOperation } from '../../domain/operation.ts'
import type { DurationMs, Millis, Now } from '../../domain/primitives.ts'
import type { SettledOperation } from '../../domain/recovery.ts'
import { costsTry, type FailureReason } from '../../domain/status.ts'
import { noVerdict } from '../pendingBatch/rules.ts'
import {
  type Admission,
  type OperationSubmitted,
  type OperationsLeft,
  type OperationsReady,
  type OperationsRecorded,
  type OperationsRequeued,
  type OperationsRevived,
  type OperationsWithdrawn,
  type RecordFailed,
  type RecordRequested,
  type Tick,
  to,
} from '../protocol.ts'
import { type LaneEffects, type Lanes, mergeEffects, nothing } from './laneState.ts'
import {
  admit,
  comeBack,
  countWaiting,
  leave,
  refusal,
  releaseOverdue,
  requeue,
  restore,
  revive,
  stored,
  wake,
} from './lanes.ts'

export interface NonceTrackerContext {
  readonly lanes: Lanes
  /** Whose turn it was at the start, until the batcher is told. */
  readonly restored: LaneEffects
  /** What is to be queued again, at the start. */
  readonly orphaned: readonly SettledOperation[]
  readonly nextSequence: number
  readonly laneTimeout: DurationMs
  readonly maxTries: number
  readonly now: Now
}

export interface NonceTrackerInput {
  /** Operations that were queued when the gateway last stopped, in order of admission. */
  readonly queued: readonly QueuedOperation[]
  /** Operations of batches that go on: they keep their places and claims. */
  readonly riding: readonly QueuedOperation[]
  /** Those whose end at simulation a reorg has undone while nobody watched. */
  readonly orphaned: readonly SettledOperation[]
  readonly nextSequence: number
  /** How long an operation waits for an earlier nonce of its account. */
  readonly laneTimeout: DurationMs
  /** Most batches in which an operation may run out of gas. */
  readonly maxTries: number
  readonly now: Now
}

type NonceTrackerEvent =
  | OperationSubmitted
  | OperationsRecorded
  | RecordFailed
  | OperationsLeft
  | OperationsRevived
  | OperationsRequeued
  | Tick

export const nonceTrackerMachine = setup({
  types: {
    context: {} as NonceTrackerContext,
    input: {} as NonceTrackerInput,
    events: {} as NonceTrackerEvent,
    emitted: {} as Admission | OperationEvent,
  },
  actions: {
    decideAdmission: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'operation.submitted') return
      const { envelope, chainNonce } = event
      const { id, kind } = envelope
      const at = context.now()
      const code = refusal(context.lanes, envelope, chainNonce)
      if (code !== null) {
        enqueue.emit({ type: 'admission.denied', id, kind, code, message: code, at })
        return
      }
      const admitted: OpEnvelope = { ...envelope, sequence: context.nextSequence }
      enqueue.assign({
        lanes: admit(context.lanes, queuedPart(admitted), chainNonce, at),
        nextSequence: context.nextSequence + 1,
      })
      const write: RecordRequested = {
        type: 'record.requested',
        writes: [{ type: 'operation.accepted', envelope: admitted }],
        reply: { to: 'nonceTracker', token: id },
        onFailure: 'reject',
      }
      enqueue.sendTo(to('requestTracker'), write)
    }),
    grantAdmissions: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'operations.recorded') return
      const at = context.now()
      let { lanes } = context
      const changes: LaneEffects[] = []
      for (const id of event.ids) {
        const operation = lanes.storing.get(id)
        if (operation === undefined) continue
        const [next, effects] = stored(lanes, id, at)
        lanes = next
        changes.push(effects)
        enqueue.emit({ type: 'admission.granted', id, kind: operation.kind, at })
      }
      enqueue.assign({ lanes })
      for (const message of toBatcher(mergeEffects(changes))) {
        enqueue.sendTo(to('opsBatcher'), message)
      }
    }),
    withdrawAdmission: enqueueActions(({ context, event, enqueue }) => {
      const operation = event.type === 'record.failed' ? context.lanes.storing.get(event.token) : undefined
      if (operation === undefined) return
      const { id, kind } = operation
      const at = context.now()
      const [lanes, effects] = leave(context.lanes, operation, null, at)
      enqueue.assign({ lanes })
      for (const follows of toBatcher(effects)) {
        enqueue.sendTo(to('opsBatcher'), follows)
      }
      const message = 'The store did not take the operation; nothing was stored. Please try again.'
      enqueue.emit({ type: 'admission.denied', id, kind, code: 'store_unavailable', message, at })
    }),
    applyVerdicts: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'operations.left') return
      const { lanes, effects, failed } = applyVerdicts(context, event)
      enqueue.assign({ lanes })
      for (const message of toBatcher(effects)) {
        enqueue.sendTo(to('opsBatcher'), message)
      }
      for (const [operation, reason] of failed) {
        const { write, settled } = failure(operation, reason, context.now())
        enqueue.sendTo(to('requestTracker'), write)
        enqueue.emit(settled)
      }
    }),
    reviveOperations: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'operations.revived') return
      const [lanes, effects] = revive(context.lanes, event.operations, context.now())
      enqueue.assign({ lanes })
      for (const message of toBatcher(effects)) {
        enqueue.sendTo(to('opsBatcher'), message)
      }
    }),
    requeueOperations: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'operations.requeued') return
      const at = context.now()
      const operations = event.ends.map(({ operation }) => operation)
      const [lanes, { requeued, ...effects }] = requeue(context.lanes, operations, at)
      enqueue.assign({ lanes })
      if (requeued.length === 0) return
      const write: RecordRequested = {
        type: 'record.requested',
        writes: requeued.map(({ id }) => ({ type: 'operation.revived', id, at })),
        reply: null,
        onFailure: 'retry',
      }
      enqueue.sendTo(to('requestTracker'), write)
      for (const { operation, evidenceBlock } of event.ends) {
        const { id, kind } = operation
        if (!requeued.includes(operation)) continue
        enqueue.emit({ type: 'operation.revived', id, kind, blockNumber: evidenceBlock.blockNumber, at })
      }
      for (const message of toBatcher(effects)) {
        enqueue.sendTo(to('opsBatcher'), message)
      }
    }),
    promoteOverdue: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'tick' || countWaiting(context.lanes) === 0) return
      const [released, overdue] = releaseOverdue(context.lanes, event.at - context.laneTimeout)
      const [lanes, rested] = wake(released, event.at)
      enqueue.assign({ lanes })
      for (const message of toBatcher(mergeEffects([overdue, rested]))) {
        enqueue.sendTo(to('opsBatcher'), message)
      }
    }),
    resumeQueued: enqueueActions(({ context, enqueue }) => {
      for (const message of toBatcher(context.restored)) {
        enqueue.sendTo(to('opsBatcher'), message)
      }
      enqueue.assign({ restored: nothing })
    }),
    requeueOrphaned: enqueueActions(({ context, enqueue }) => {
      if (context.orphaned.length === 0) return
      enqueue.raise({ type: 'operations.requeued', ends: context.orphaned })
      enqueue.assign({ orphaned: [] })
    }),
  },
}).createMachine({
  id: 'nonceTracker',
  context: ({ input }) => {
    const [lanes, restored] = restore(input, input.now())
    return {
      lanes,
      restored,
      orphaned: input.orphaned,
      nextSequence: input.nextSequence,
      laneTimeout: input.laneTimeout,
      maxTries: input.maxTries,
      now: input.now,
    }
  },
  initial: 'Tracking',
  states: {
    Tracking: {
      entry: ['resumeQueued', 'requeueOrphaned'],
      on: {
        'operation.submitted': { actions: 'decideAdmission' },
        'operations.recorded': { actions: 'grantAdmissions' },
        'record.failed': { actions: 'withdrawAdmission' },
        'operations.left': { actions: 'applyVerdicts' },
        'operations.revived': { actions: 'reviveOperations' },
        'operations.requeued': { actions: 'requeueOperations' },
        tick: { actions: 'promoteOverdue' },
      },
    },
  },
})

/** An operation that fails here, and why. */
type Failure = readonly [operation: QueuedOperation, reason: FailureReason]

/** Frees or gives back the place of each operation that left a batch. */
function applyVerdicts(
  { lanes: before, maxTries, now }: NonceTrackerContext,
  { operations, statuses }: OperationsLeft,
): { readonly lanes: Lanes; readonly effects: LaneEffects; readonly failed: readonly Failure[] } {
  const at = now()
  let lanes = before
  const changes: LaneEffects[] = []
  const failed: Failure[] = []
  const gone = new Set<OperationId>()
  for (const operation of operations) {
    const status = statuses[operation.id] ?? noVerdict
    const tries = operation.tries + 1
    if (status.type === 'Evicted' && !(costsTry(status) && tries >= maxTries)) {
      const [next, effects] = comeBack(lanes, operation, status, at)
      lanes = next
      changes.push(effects)
      const { expected } = effects
      if (expected !== null) failed.push([operation, { type: 'NonceTooHigh', expected }])
    } else {
      const [next, effects] = leave(lanes, operation, status, at)
      lanes = next
      changes.push(effects)
      gone.add(operation.id)
      if (status.type === 'Evicted') failed.push([operation, exhausted(tries)])
    }
  }
  const { ready, withdrawn } = mergeEffects(changes)
  // One that left, or pauses, may have been released by another that left before it.
  const isReady = ({ id }: QueuedOperation) => !gone.has(id) && !lanes.resting.has(id)
  return { lanes, effects: { ready: ready.filter(isReady), withdrawn }, failed }
}

function exhausted(tries: number): FailureReason {
  return { type: 'Unknown', message: `given up: it ran out of gas in ${tries} batches` }
}

function toBatcher({ ready, withdrawn }: LaneEffects): readonly (OperationsReady | OperationsWithdrawn)[] {
  return [
    ...(withdrawn.length > 0 ? [{ type: 'operations.withdrawn' as const, operations: withdrawn }] : []),
    ...(ready.length > 0 ? [{ type: 'operations.ready' as const, operations: ready }] : []),
  ]
}

function failure(operation: QueuedOperation, reason: FailureReason, at: Millis) {
  const { id, kind, receivedAt } = operation
  const write: RecordRequested = {
    type: 'record.requested',
    writes: [{ type: 'operation.failed', id, reason, at }],
    reply: null,
    onFailure: 'retry',
  }
  const settled: OperationEvent = {
    type: 'operation.settled',
    id,
    kind,
    status: { type: 'Failed', reason, txHash: null },
    receivedAt,
    at,
  }
  return { write, settled }
}

/** The part of an envelope that the queue needs. */
function queuedPart({ operation: _operation, signer: _signer, ...queued }: OpEnvelope): QueuedOperation {
  return queued
}
