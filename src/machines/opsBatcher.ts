/**
 * opsBatcher: holds the operations whose turn has come, decides when and what to send, and is the parent of the batches.
 *
 * | state      | entered when                                        | left when                                          |
 * | ---------- | --------------------------------------------------- | -------------------------------------------------- |
 * | Idle       | nothing is ready                                    | an operation is ready                              |
 * | Collecting | an operation is ready: the batch window opens       | the window closes, or a batch is full              |
 * | Selecting  | a batch is to be chosen                             | at once: it is spawned, or there is a reason to wait |
 * | Throttled  | it must not send now; `throttled` says why          | the reason is gone                                 |
 * | Draining   | the gateway stops                                   | the last batch has ended                           |
 * | Drained    | no batch is in flight and none will be              | never                                              |
 *
 * Batches live in slots whose ids are used again: `slot-0` to `slot-n`. What is said to a batch passes through here by
 * batch id, so a late answer never reaches a slot's next tenant. A batch has no name in the system: if this actor died
 * while one was being spawned, nothing would ever free the name.
 *
 * Promises: a lane rides in one batch at a time; at most `maxConcurrentBatches` are on their way into a block (more only when
 * that many were signed before a restart); the window of an idle batcher opens with the operation, not with a clock's beat.
 */
import { assign, type DoneActorEvent, type ErrorActorEvent, enqueueActions, sendParent, setup } from 'xstate'
import type { BatchId } from '../domain/batch.ts'
import type { BatchingConfig, TransactionConfig } from '../domain/config.ts'
import type { BatchEvent, SystemEvent, ThrottleReason } from '../domain/events.ts'
import type { Address, Now } from '../domain/primitives.ts'
import type { ResumableBatch } from '../domain/recovery.ts'
import { type GasModel, gasModel, observeGas } from '../policy/gasModel.ts'
import { orderingPolicy } from '../policy/ordering.ts'
import { ReadyQueue } from '../policy/readyQueue.ts'
import type { PendingBatchInput, PendingBatchOutput } from './batchContext.ts'
import { type DispatchView, decide, freeSlot, inFlight, isBatchFull, placed, slotOf } from './dispatch.ts'
import { pendingBatchMachine } from './pendingBatch.ts'
import {
  ACTORS,
  type BatchAddressed,
  type BatchDropped,
  type BatchPlaced,
  type BlockObserved,
  type ChainReorged,
  type OperationsReady,
  type OperationsSettled,
  type OperationsWithdrawn,
  type RecordRequested,
  type Tick,
  type WalletAvailability,
} from './protocol.ts'

export interface OpsBatcherContext extends DispatchView {
  readonly transactions: TransactionConfig
  readonly target: Address
  readonly throttled: ThrottleReason | null
  readonly resumable: readonly ResumableBatch[]
  readonly newId: () => BatchId
  readonly now: Now
}

export interface OpsBatcherInput {
  readonly batching: BatchingConfig
  readonly transactions: TransactionConfig
  /** The multicall contract. */
  readonly target: Address
  /** What each kind is estimated to cost, until it is measured. */
  readonly gas: GasModel['start']
  /** Batches that were signed before a restart. */
  readonly resumable: readonly ResumableBatch[]
  /** Makes a fresh batch id. */
  readonly newId: () => BatchId
  readonly now: Now
}

type OpsBatcherEvent =
  | OperationsReady
  | OperationsWithdrawn
  | BatchAddressed
  | BatchDropped
  | BatchPlaced
  | BlockObserved
  | ChainReorged
  | Tick
  | WalletAvailability
  | { readonly type: 'chain.stalled' | 'chain.followed' | 'drain' }
  | DoneActorEvent<PendingBatchOutput>
  | ErrorActorEvent

export const opsBatcherMachine = setup({
  types: {
    context: {} as OpsBatcherContext,
    input: {} as OpsBatcherInput,
    events: {} as OpsBatcherEvent,
    emitted: {} as BatchEvent | SystemEvent,
    children: {} as Record<`slot-${number}`, 'pendingBatch'>,
  },
  actors: { pendingBatch: pendingBatchMachine },
  delays: { batchWindow: ({ context }) => context.config.window },
  guards: {
    hasReady: ({ context }) => context.queue.size > 0,
    isFull: ({ context }) => isBatchFull(context, context.now()),
    canSend: ({ context }) => decide(context, context.now()).type === 'send',
    isDrained: ({ context }) => inFlight(context) === 0,
  },
  actions: {
    addReady: assign({
      queue: ({ context, event }) =>
        event.type === 'operations.ready' ? context.queue.add(event.operations) : context.queue,
    }),
    removeWithdrawn: assign({
      queue: ({ context, event }) =>
        event.type === 'operations.withdrawn' ? context.queue.remove(event.operations) : context.queue,
    }),
    noteChain: assign({
      chain: ({ context, event }) => (event.type === 'block.observed' ? event.chain : context.chain),
    }),
    noteReachability: assign({
      isChainFollowed: ({ context, event }) =>
        event.type === 'chain.followed' || (event.type !== 'chain.stalled' && context.isChainFollowed),
    }),
    noteWallet: assign({ isWalletAvailable: ({ event }) => event.type === 'wallet.available' }),
    noteReason: assign({
      throttled: ({ context }) => {
        const decision = decide(context, context.now())
        return decision.type === 'wait' ? decision.reason : null
      },
    }),
    clearReason: assign({ throttled: null }),
    announceThrottle: enqueueActions(({ context, enqueue }) => {
      const { throttled, now } = context
      if (throttled !== null) enqueue.emit({ type: 'batcher.throttled', reason: throttled, at: now() })
    }),
    spawnBatch: enqueueActions(({ context, enqueue }) => {
      const at = context.now()
      const decision = decide(context, at)
      if (decision.type === 'wait') return
      const { operations, gasBudget, gasCap } = decision
      const index = freeSlot(context.slots)
      const batchId = context.newId()
      const ids = operations.map(({ id }) => id)
      enqueue.assign({
        queue: context.queue.remove(operations),
        slots: placed(context.slots, index, { batchId, operations, isIncluded: false }),
        batchNumber: context.batchNumber + 1,
      })
      const input: PendingBatchInput = {
        batchId,
        operations,
        gasCap,
        config: context.transactions,
        target: context.target,
        createdAt: at,
        now: context.now,
        resumed: null,
      }
      enqueue.spawnChild('pendingBatch', { id: `slot-${index}`, input })
      const opened: RecordRequested = {
        type: 'record.requested',
        writes: [{ type: 'batch.opened', batchId, operations: ids, gasBudget, at }],
        reply: { to: 'batch', token: batchId },
        onFailure: 'retry',
      }
      enqueue.sendTo(({ system }) => system.get(ACTORS.requestTracker), opened)
      enqueue.emit({ type: 'batch.spawned', batchId, slot: index, operations: ids, gasBudget, at })
    }),
    resumeBatches: enqueueActions(({ context, enqueue }) => {
      for (const [index, { record, operations, attempts }] of context.resumable.entries()) {
        const input: PendingBatchInput = {
          batchId: record.id,
          operations,
          gasCap: record.gasBudget,
          config: context.transactions,
          target: context.target,
          createdAt: record.createdAt,
          now: context.now,
          resumed: { record, attempts },
        }
        enqueue.spawnChild('pendingBatch', { id: `slot-${index}`, input })
      }
      enqueue.assign({ resumable: [] })
    }),
    tellAllBatches: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'block.observed' && event.type !== 'chain.reorged' && event.type !== 'tick') return
      for (const [index, slot] of context.slots.entries()) {
        if (slot !== null) enqueue.sendTo(`slot-${index}`, event)
      }
    }),
    tellBatch: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'batch.addressed') return
      const index = slotOf(context.slots, event.batchId)
      if (index >= 0) enqueue.sendTo(`slot-${index}`, event.message)
    }),
    releaseDropped: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'batch.dropped') return
      const { operations, statuses, batchId } = event
      const index = slotOf(context.slots, batchId)
      const slot = context.slots[index]
      if (slot === undefined || slot === null) return
      const kept = slot.operations.filter(({ id }) => statuses[id] === undefined)
      enqueue.assign({ slots: placed(context.slots, index, { ...slot, operations: kept }) })
      const settled: OperationsSettled = { type: 'operations.settled', operations, statuses }
      enqueue.sendTo(({ system }) => system.get(ACTORS.nonceTracker), settled)
    }),
    notePlace: assign({
      slots: ({ context, event }) =>
        event.type === 'batch.placed'
          ? context.slots.map((slot) =>
              slot?.batchId === event.batchId ? { ...slot, isIncluded: event.isIncluded } : slot,
            )
          : context.slots,
    }),
    endBatch: enqueueActions(({ context, event, enqueue }) => {
      if (!('output' in event)) return
      const { batch, operations, measured } = event.output
      const index = slotOf(context.slots, batch.batchId)
      enqueue.stopChild(`slot-${index}`)
      enqueue.assign({
        slots: placed(context.slots, index, null),
        model: measured.reduce(
          (model, { kind, operations: count, gas }) => observeGas(model, kind, count, gas),
          context.model,
        ),
      })
      const settled: OperationsSettled = { type: 'operations.settled', operations, statuses: batch.statuses }
      enqueue.sendTo(({ system }) => system.get(ACTORS.nonceTracker), settled)
    }),
    tellEnd: sendParent({ type: 'batch.ended' }),
  },
}).createMachine({
  id: 'opsBatcher',
  context: ({ input }) => {
    const { batching, resumable } = input
    return {
      config: batching,
      transactions: input.transactions,
      target: input.target,
      queue: ReadyQueue.empty(orderingPolicy(batching.ordering, batching.ageing)),
      slots: resumable.map(({ record, operations }) => ({
        batchId: record.id,
        operations,
        isIncluded: false,
      })),
      chain: null,
      isChainFollowed: false,
      isWalletAvailable: false,
      model: gasModel(input.gas),
      batchNumber: 0,
      throttled: null,
      resumable,
      newId: input.newId,
      now: input.now,
    }
  },
  entry: 'resumeBatches',
  initial: 'Idle',
  on: {
    'operations.ready': { actions: 'addReady' },
    'operations.withdrawn': { actions: 'removeWithdrawn' },
    'block.observed': { actions: ['noteChain', 'tellAllBatches'] },
    'chain.reorged': { actions: 'tellAllBatches' },
    'chain.stalled': { actions: 'noteReachability' },
    'chain.followed': { actions: 'noteReachability' },
    'wallet.available': { actions: 'noteWallet' },
    'wallet.unavailable': { actions: 'noteWallet' },
    tick: { actions: 'tellAllBatches' },
    'batch.addressed': { actions: 'tellBatch' },
    'batch.dropped': { actions: 'releaseDropped' },
    'batch.placed': { actions: 'notePlace' },
    'xstate.done.actor.*': { actions: ['endBatch', 'tellEnd'] },
    drain: '.Draining',
  },
  states: {
    Idle: {
      always: { guard: 'hasReady', target: 'Collecting' },
    },
    Collecting: {
      after: { batchWindow: 'Selecting' },
      always: { guard: 'isFull', target: 'Selecting' },
    },
    Selecting: {
      always: [{ guard: 'canSend', target: 'Idle', actions: 'spawnBatch' }, { target: 'Throttled' }],
    },
    Throttled: {
      entry: ['noteReason', 'announceThrottle'],
      exit: 'clearReason',
      // The reason may change while it waits; what is shown is the one of now.
      on: { tick: { actions: ['tellAllBatches', 'noteReason'] } },
      always: [
        { guard: ({ context }) => context.queue.size === 0, target: 'Idle' },
        { guard: 'canSend', target: 'Selecting' },
      ],
    },
    Draining: {
      always: { guard: 'isDrained', target: 'Drained' },
    },
    Drained: { type: 'final' },
  },
})
