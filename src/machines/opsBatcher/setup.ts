/** The guards, actions and delays of the opsBatcher's statechart, by name. */
import { assign, type DoneActorEvent, type ErrorActorEvent, enqueueActions, sendTo, setup } from 'xstate'
import type { BatchId } from '../../domain/batch.ts'
import type { ChainState } from '../../domain/chain.ts'
import type { BatchEvent, SystemEvent } from '../../domain/events.ts'
import type { OperationId, QueuedOperation } from '../../domain/operation.ts'
import type { Gas, Millis } from '../../domain/primitives.ts'
import { weigh } from '../../policy/batchWeight.ts'
import { observeGas } from '../../policy/gasModel.ts'
import { learnReserve } from '../../policy/gasReserve.ts'
import { expiredInQueue } from '../../policy/operationDeadline.ts'
import type { BatchOrigin, PendingBatchOutput } from '../pendingBatch/context.ts'
import { pendingBatchMachine } from '../pendingBatch/pendingBatch.ts'
import {
  type AccountLimited,
  type BatchAddressed,
  type BatchBroadcast,
  type BatchInbox,
  type BatchInclusionChanged,
  type BatchTrimmed,
  type Inbox,
  type RecordRequested,
  recordRequested,
  to,
} from '../protocol.ts'
import { canWaitForBlock, planWindow } from './batchWindow.ts'
import { batchInput, type OpsBatcherContext, type OpsBatcherInput } from './context.ts'
import { afterCancel, afterInclusion, decide, isBatchFull } from './dispatch.ts'
import { judgeDeparture, leadAfterBroadcast } from './learntLead.ts'
import { sendToSlot } from './sendToSlot.ts'
import { forgetBelowWindow, rememberBatch, rememberOperations, splitAt } from './settledWork.ts'
import { changeSlot, countInFlight, freeSlot, newSlot, slotOf, TRANSFER_GAS, withSlot } from './slots.ts'

type OpsBatcherEvent = Inbox['opsBatcher'] | DoneActorEvent<PendingBatchOutput> | ErrorActorEvent

export interface ForOperations {
  readonly operations: readonly QueuedOperation[]
}

export interface ForReorg {
  readonly orphanedFrom: number
}

export const opsBatcherSetup = setup({
  types: {
    context: {} as OpsBatcherContext,
    input: {} as OpsBatcherInput,
    events: {} as OpsBatcherEvent,
    emitted: {} as BatchEvent | SystemEvent,
    children: {} as Record<`slot-${number}`, 'pendingBatch'>,
  },
  actors: { pendingBatch: pendingBatchMachine },
  delays: {
    batchWindow: ({ context }) => Math.max(0, (context.window?.closesAt ?? 0) - context.now()),
  },
  guards: {
    hasReady: ({ context }) => context.queue.size > 0,
    isQueueEmpty: ({ context }) => context.queue.size === 0,
    canCollect: ({ context }) =>
      canWaitForBlock(context, context.now()) && decide(context, context.now()).type === 'send',
    isFull: ({ context }) => isBatchFull(context, context.now()),
    hasBatchToSend: ({ context }) => decide(context, context.now()).type === 'send',
    isDrained: ({ context }) => countInFlight(context.slots) === 0,
  },
  actions: {
    addReady: assign({
      queue: ({ context }, { operations }: ForOperations) => context.queue.add(operations),
    }),
    removeWithdrawn: assign({
      queue: ({ context }, { operations }: ForOperations) => context.queue.remove(operations),
    }),
    /** Ready operations fail at their deadline: no transaction carries them. */
    expireReady: enqueueActions(({ context, enqueue }, { at }: { at: Millis }) => {
      const expired = context.queue.receivedBefore(at - context.config.operationDeadline)
      if (expired.length === 0) return
      const decision = decide(context, at)
      const reason = expiredInQueue(decision.type === 'wait' ? decision.reason : null)
      enqueue.assign({ queue: context.queue.remove(expired) })
      enqueue.sendTo(to('nonceTracker'), { type: 'operations.expired', operations: expired, reason })
    }),
    noteChain: assign({
      chain: (_, { chain }: { chain: ChainState; headNumber: number }) => chain,
      settled: ({ context }, { headNumber }) => forgetBelowWindow(context.settled, headNumber),
    }),
    noteReachability: assign({
      isChainFollowed: (_, { isFollowed }: { isFollowed: boolean }) => isFollowed,
    }),
    noteWallet: assign({
      isWalletAvailable: (_, { isAvailable }: { isAvailable: boolean }) => isAvailable,
    }),
    noteReason: assign({
      throttled: ({ context }) => {
        const decision = decide(context, context.now())
        return decision.type === 'wait' ? decision.reason : null
      },
    }),
    clearReason: assign({ throttled: null }),
    openWindow: assign({ window: ({ context }) => planWindow(context, context.now(), context.now()) }),
    planWindowAgain: assign({
      window: ({ context }) => {
        const at = context.now()
        return planWindow(context, context.window?.openedAt ?? at, at)
      },
    }),
    emitThrottled: enqueueActions(({ context, enqueue }) => {
      const { throttled, now } = context
      if (throttled !== null) enqueue.emit({ type: 'batcher.throttled', reason: throttled, at: now() })
    }),
    spawnBatch: enqueueActions(({ context, enqueue }, { blockNumber }: { blockNumber: number | null }) => {
      const at = context.now()
      const decision = decide(context, at)
      if (decision.type === 'wait') return
      const { operations, gasBudget, gas, gasCap } = decision
      const index = freeSlot(context.slots)
      const batchId = context.newId()
      const ids = operations.map(({ id }) => id)
      const departure = blockNumber === null ? null : { at, blockNumber }
      enqueue.assign({
        queue: context.queue.remove(operations),
        slots: withSlot(context.slots, index, { ...newSlot(batchId, operations, gas), departure }),
        batchNumber: context.batchNumber + 1,
      })
      const input = batchInput(context, { batchId, operations, gasCap, createdAt: at }, { type: 'planned' })
      // The store must know the batch before the batch's own writes arrive.
      enqueue.sendTo(to('requestTracker'), batchOpened(batchId, ids, gasBudget, at))
      enqueue.spawnChild('pendingBatch', { id: `slot-${index}`, input })
      enqueue.emit({ type: 'batch.spawned', batchId, slot: index, operations: ids, gasBudget, at })
    }),
    resumeBatches: enqueueActions(({ context, enqueue }) => {
      for (const [index, { record, operations, attempts }] of context.resumable.entries()) {
        const { id: batchId, createdAt, gasBudget: gasCap } = record
        const origin: BatchOrigin = { type: 'resumed', record, attempts }
        const input = batchInput(context, { batchId, operations, gasCap, createdAt }, origin)
        enqueue.spawnChild('pendingBatch', { id: `slot-${index}`, input })
      }
      enqueue.assign({ resumable: [] })
    }),
    /** Starts a batch without operations for each missing nonce. A gap needs no permit. */
    fillGaps: enqueueActions(({ context, enqueue }, { nonces }: { nonces: readonly number[] }) => {
      const at = context.now()
      let { slots } = context
      for (const nonce of nonces) {
        if (slots.some((slot) => slot?.gapNonce === nonce)) continue
        const index = freeSlot(slots)
        const batchId = context.newId()
        slots = withSlot(slots, index, { ...newSlot(batchId, [], TRANSFER_GAS), gapNonce: nonce })
        const chosen = { batchId, operations: [], gasCap: 0, createdAt: at }
        const input = batchInput(context, chosen, { type: 'healing', nonce })
        enqueue.sendTo(to('requestTracker'), batchOpened(batchId, [], 0, at))
        enqueue.spawnChild('pendingBatch', { id: `slot-${index}`, input })
        enqueue.emit({ type: 'wallet.healing', batchId, nonce, at })
      }
      enqueue.assign({ slots })
    }),
    /** Revives settled batches with an orphaned block. `requeueOperations` then removes the batches from the settled work. */
    reviveBatches: enqueueActions(({ context, enqueue }, { orphanedFrom }: ForReorg) => {
      const at = context.now()
      const { batches } = splitAt(context.settled, orphanedFrom).from
      let { slots } = context
      for (const { batchId, operations, inclusion } of batches) {
        const index = freeSlot(slots)
        const { gas } = weigh(operations, context.model)
        slots = withSlot(slots, index, newSlot(batchId, operations, gas))
        const chosen = { batchId, operations, gasCap: 0, createdAt: at }
        const input = batchInput(context, chosen, { type: 'revived' })
        enqueue.spawnChild('pendingBatch', { id: `slot-${index}`, input })
        const { blockNumber } = inclusion
        const revived: BatchEvent = {
          type: 'batch.revived',
          batchId,
          operations: operations.length,
          blockNumber,
          at,
        }
        enqueue.sendTo(
          to('requestTracker'),
          recordRequested({ type: 'batch.revived', batchId, at }, [revived]),
        )
        enqueue.sendTo(to('nonceTracker'), { type: 'operations.revived', operations })
      }
      enqueue.assign({ slots })
    }),
    /** Returns operations to the lanes after a settlement without a transaction, if the evidence block is orphaned. */
    requeueOperations: enqueueActions(({ context, enqueue }, { orphanedFrom }: ForReorg) => {
      const { from, below } = splitAt(context.settled, orphanedFrom)
      enqueue.assign({ settled: below })
      if (from.operations.length === 0) return
      enqueue.sendTo(to('nonceTracker'), { type: 'operations.requeued', settled: from.operations })
    }),
    notifyBatches: enqueueActions(({ context, enqueue }, { message }: { message: BatchInbox }) => {
      for (const [index, slot] of context.slots.entries()) {
        if (slot !== null) sendToSlot(enqueue, index, message)
      }
    }),
    forwardToBatch: enqueueActions(
      ({ context, enqueue }, { batchId, message }: Omit<BatchAddressed, 'type'>) => {
        const index = slotOf(context.slots, batchId)
        if (index >= 0) sendToSlot(enqueue, index, message)
      },
    ),
    trimBatch: enqueueActions(({ context, enqueue }, trimmed: Omit<BatchTrimmed, 'type'>) => {
      const { operations, statuses, evidenceBlock, batchId } = trimmed
      const index = slotOf(context.slots, batchId)
      const slot = context.slots[index]
      if (slot === undefined || slot === null) return
      const kept = slot.operations.filter(({ id }) => statuses[id] === undefined)
      enqueue.assign({
        slots: withSlot(context.slots, index, { ...slot, operations: kept }),
        settled: rememberOperations(context.settled, operations, evidenceBlock),
      })
      enqueue.sendTo(to('nonceTracker'), { type: 'operations.left', operations, statuses })
    }),
    /** Learns the lead, and announces what is learnt. */
    judgeDeparture: enqueueActions(({ context, enqueue }, inclusion: Omit<BatchInclusionChanged, 'type'>) => {
      const judged = judgeDeparture(context, inclusion)
      if (judged === null) return
      enqueue.assign({ lead: judged.lead, slots: judged.slots })
      enqueue.emit(judged.event)
    }),
    noteInclusion: assign({
      slots: ({ context }, { batchId, isIncluded }: Omit<BatchInclusionChanged, 'type'>) =>
        changeSlot(context.slots, batchId, { isIncluded }),
    }),
    limitAccount: assign({
      slots: ({ context }, { batchId }: Omit<AccountLimited, 'type'>) =>
        changeSlot(context.slots, batchId, { isAccountLimited: true }),
    }),
    noteBroadcast: assign(({ context }, { batchId, gasLimit }: Omit<BatchBroadcast, 'type'>) => ({
      lead: leadAfterBroadcast(context, batchId),
      slots: changeSlot(context.slots, batchId, { gas: gasLimit, isBroadcast: true }),
    })),
    settleBatch: enqueueActions(({ context, enqueue }, { output }: { output: PendingBatchOutput }) => {
      const { batch, inclusion, operations, measured, usage } = output
      const { batchId, statuses } = batch
      const index = slotOf(context.slots, batchId)
      enqueue.stopChild(`slot-${index}`)
      const withVerdict = operations.filter(({ id }) => statuses[id]?.type !== 'Evicted')
      enqueue.assign({
        slots: withSlot(context.slots, index, null),
        sizeFactor: sizeFactorAfter(context, output),
        settled:
          inclusion === null
            ? context.settled
            : rememberBatch(context.settled, { batchId, inclusion, operations: withVerdict }),
        gasReserve: usage === null ? context.gasReserve : learnReserve(context.gasReserve, usage),
        model: measured.reduce(
          (model, { kind, operations: count, gas }) => observeGas(model, kind, count, gas),
          context.model,
        ),
      })
      enqueue.sendTo(to('nonceTracker'), { type: 'operations.left', operations, statuses })
    }),
    reportSettled: sendTo(to('gateway'), { type: 'batch.settled' }),
  },
})

/** A foreign transaction, and a batch without a transaction, say nothing about the size. */
function sizeFactorAfter(
  { sizeFactor }: OpsBatcherContext,
  { batch, inclusion }: PendingBatchOutput,
): number {
  if (inclusion === null) return sizeFactor
  return batch.failure === null ? afterInclusion(sizeFactor) : afterCancel(sizeFactor)
}

function batchOpened(
  batchId: BatchId,
  operations: readonly OperationId[],
  gasBudget: Gas,
  at: Millis,
): RecordRequested {
  return recordRequested({ type: 'batch.opened', batchId, operations, gasBudget, at })
}
