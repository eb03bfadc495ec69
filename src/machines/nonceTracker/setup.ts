/** The actions of the nonceTracker's statechart, by name. */
import { enqueueActions, setup } from 'xstate'
import type { OperationEvent } from '../../domain/events.ts'
import type { OpEnvelope, QueuedOperation } from '../../domain/operation.ts'
import type { Millis } from '../../domain/primitives.ts'
import type { SettledOperation } from '../../domain/recovery.ts'
import {
  type Admission,
  type Inbox,
  type OperationsLeft,
  type OperationsReady,
  type OperationsWithdrawn,
  type RecordRequested,
  to,
} from '../protocol.ts'
import type { NonceTrackerContext, NonceTrackerInput } from './context.ts'
import { type LaneEffects, mergeEffects, noEffects } from './laneState.ts'
import { admit, countWaiting, promoteOverdue, refusal, removeOperation, stored } from './lanes.ts'
import { applyStatuses, failureOf } from './leftOperations.ts'
import { requeue, revive } from './reclaim.ts'
import { endBackOffs } from './returnEvicted.ts'

interface ForOperations {
  readonly operations: readonly QueuedOperation[]
}

export const nonceTrackerSetup = setup({
  types: {
    context: {} as NonceTrackerContext,
    input: {} as NonceTrackerInput,
    events: {} as Inbox['nonceTracker'],
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
      sendEffects(enqueue, mergeEffects(changes))
    }),
    withdrawAdmission: enqueueActions(({ context, event, enqueue }) => {
      const operation = event.type === 'record.failed' ? context.lanes.storing.get(event.token) : undefined
      if (operation === undefined) return
      const { id, kind } = operation
      const at = context.now()
      const [lanes, effects] = removeOperation(context.lanes, operation, null, at)
      enqueue.assign({ lanes })
      sendEffects(enqueue, effects)
      const message = 'The store did not take the operation; nothing was stored. Please try again.'
      enqueue.emit({ type: 'admission.denied', id, kind, code: 'store_unavailable', message, at })
    }),
    applyStatuses: enqueueActions(({ context, enqueue }, left: Omit<OperationsLeft, 'type'>) => {
      const { lanes, effects, failed } = applyStatuses(context, left)
      enqueue.assign({ lanes })
      sendEffects(enqueue, effects)
      for (const [operation, reason] of failed) {
        const { write, settled } = failureOf(operation, reason, context.now())
        enqueue.sendTo(to('requestTracker'), write)
        enqueue.emit(settled)
      }
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
        const write: RecordRequested = {
          type: 'record.requested',
          writes: requeued.map(({ id }) => ({ type: 'operation.revived', id, at })),
          reply: null,
          onFailure: 'retry',
        }
        enqueue.sendTo(to('requestTracker'), write)
        for (const { operation, evidenceBlock } of settled) {
          const { id, kind } = operation
          if (!requeued.includes(operation)) continue
          enqueue.emit({ type: 'operation.revived', id, kind, blockNumber: evidenceBlock.blockNumber, at })
        }
        sendEffects(enqueue, effects)
      },
    ),
    /** Promotes overdue operations, and ends back-offs. */
    checkDeadlines: enqueueActions(({ context, enqueue }, { at }: { at: Millis }) => {
      if (countWaiting(context.lanes) === 0) return
      const [promoted, overdue] = promoteOverdue(context.lanes, at - context.laneTimeout)
      const [lanes, backedOff] = endBackOffs(promoted, at)
      enqueue.assign({ lanes })
      sendEffects(enqueue, mergeEffects([overdue, backedOff]))
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

/** The part of XState's `enqueue` that `sendEffects` uses. */
interface Enqueue {
  sendTo(actor: ReturnType<typeof to<'opsBatcher'>>, event: OperationsReady | OperationsWithdrawn): void
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

/** The part of an envelope that the queue needs. */
function queuedPart({ operation: _operation, signer: _signer, ...queued }: OpEnvelope): QueuedOperation {
  return queued
}
