/**
 * opsBatcher: holds the operations whose turn has come, decides when and what to send, and is the parent of the batches.
 *
 * | state      | entered when                                        | left when                                          |
 * | ---------- | --------------------------------------------------- | -------------------------------------------------- |
 * | Idle       | nothing is ready                                    | an operation is ready                              |
 * | Collecting | an operation is ready: the batch window opens       | the window closes, a batch is full, or none is left |
 * | Selecting  | a batch is to be chosen                             | at once: it is spawned, or there is a reason to wait |
 * | Throttled  | it must not send now; `throttled` says why          | the reason is gone; nothing is ready any more      |
 * | Draining   | the gateway stops                                   | the last batch has ended                           |
 * | Drained    | no batch is in flight and none will be              | never                                              |
 *
 * Batches live in slots whose ids are used again: `slot-0` to `slot-n`. What is said to a batch passes through here by
 * batch id, so a late answer never reaches a slot's next tenant. A batch has no name in the system: if this actor died
 * while one was being spawned, nothing would ever free the name.
 *
 * A batch that ends is remembered for some blocks: when a reorg orphans its block, it lives again in a slot of its own. So is
 * an operation that ended at simulation, which then returns to its lane. A nonce that nobody stands for gets a batch without
 * operations.
 *
 * Promises: a lane rides in one batch at a time, but for those that are brought back; at most `maxConcurrentBatches` are on
 * their way into a block (more only when that many were signed before a restart, are brought back, or fill a nonce); the
 * window of an idle batcher opens with the operation, not with a clock's beat.
 */
import { assign, type DoneActorEvent, type ErrorActorEvent, enqueueActions, sendTo, setup } from 'xstate'
import type { BatchId } from '../../domain/batch.ts'
import type { OpsBatcherConfig, PendingBatchConfig } from '../../domain/config.ts'
import type { BatchEvent, SystemEvent, ThrottleReason } from '../../domain/events.ts'
import type { OperationId } from '../../domain/operation.ts'
import type { Address, Gas, Millis, Now } from '../../domain/primitives.ts'
import type { ResumableBatch, SettledWork } from '../../domain/recovery.ts'
import { type GasModel, gasModel, observeGas } from '../../policy/gasModel.ts'
import { orderingPolicy } from '../../policy/ordering.ts'
import { ReadyQueue } from '../../policy/readyQueue.ts'
import type { BatchOrigin, PendingBatchInput, PendingBatchOutput } from '../pendingBatch/context.ts'
import { pendingBatchMachine } from '../pendingBatch/pendingBatch.ts'
import {
  type BatchAddressed,
  type BatchInclusionChanged,
  type BatchTrimmed,
  type BlockObserved,
  type ChainReorged,
  type NoncesMissing,
  type OperationsLeft,
  type OperationsReady,
  type OperationsRequeued,
  type OperationsRevived,
  type OperationsWithdrawn,
  type RecordRequested,
  type Tick,
  to,
  type WalletAvailability,
} from '../protocol.ts'
import { type DispatchView, decide, freeSlot, inFlight, isBatchFull, slotOf, withSlot } from './dispatch.ts'
import { REORG_WINDOW, rememberBatch, rememberOperations, splitAt } from './settledWork.ts'

export interface OpsBatcherContext extends DispatchView {
  readonly transactions: PendingBatchConfig
  readonly target: Address
  readonly throttled: ThrottleReason | null
  readonly resumable: readonly ResumableBatch[]
  /** What ended in one of the last blocks: a reorg may take those away. */
  readonly settled: SettledWork
  readonly newId: () => BatchId
  readonly now: Now
}

export interface OpsBatcherInput {
  readonly batching: OpsBatcherConfig
  readonly transactions: PendingBatchConfig
  /** The multicall contract. */
  readonly target: Address
  /** What each kind is estimated to cost, until it is measured. */
  readonly gas: GasModel['start']
  /** Batches that were signed before a restart. */
  readonly resumable: readonly ResumableBatch[]
  /** What had ended in one of the last blocks. */
  readonly settled: SettledWork
  /** Makes a fresh batch id. */
  readonly newId: () => BatchId
  readonly now: Now
}

type OpsBatcherEvent =
  | OperationsReady
  | OperationsWithdrawn
  | BatchAddressed
  | BatchTrimmed
  | BatchInclusionChanged
  | BlockObserved
  | ChainReorged
  | NoncesMissing
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
    hasNone: ({ context }) => context.queue.size === 0,
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
    noteChain: assign(({ context, event }) => {
      if (event.type !== 'block.observed') return {}
      const oldest = event.head.number - REORG_WINDOW + 1
      return { chain: event.chain, settled: splitAt(context.settled, oldest).from }
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
        slots: withSlot(context.slots, index, { batchId, operations, gapNonce: null, isIncluded: false }),
        batchNumber: context.batchNumber + 1,
      })
      const input = batchInput(context, { batchId, operations, gasCap, createdAt: at }, { type: 'planned' })
      // Before the batch's own writes: the store must know the batch that they are of.
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
    /** One batch without operations for each nonce that nobody stands for; they need no permit. */
    healNonces: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'nonces.missing') return
      const at = context.now()
      let { slots } = context
      for (const nonce of event.nonces) {
        if (slots.some((slot) => slot?.gapNonce === nonce)) continue
        const index = freeSlot(slots)
        const batchId = context.newId()
        slots = withSlot(slots, index, { batchId, operations: [], gapNonce: nonce, isIncluded: false })
        const chosen = { batchId, operations: [], gasCap: 0, createdAt: at }
        const input = batchInput(context, chosen, { type: 'healing', nonce })
        enqueue.sendTo(to('requestTracker'), batchOpened(batchId, [], 0, at))
        enqueue.spawnChild('pendingBatch', { id: `slot-${index}`, input })
        enqueue.emit({ type: 'wallet.healing', batchId, nonce, at })
      }
      enqueue.assign({ slots })
    }),
    /** Brings back the batches whose blocks a reorg has orphaned after their end; `reviveOperations` forgets them. */
    reviveBatches: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'chain.reorged') return
      const at = context.now()
      let { slots } = context
      for (const { batchId, operations, inclusion } of splitAt(context.settled, event.orphanedFrom).from
        .batches) {
        const index = freeSlot(slots)
        slots = withSlot(slots, index, { batchId, operations, gapNonce: null, isIncluded: false })
        const chosen = { batchId, operations, gasCap: 0, createdAt: at }
        const input = batchInput(context, chosen, { type: 'revived' })
        enqueue.spawnChild('pendingBatch', { id: `slot-${index}`, input })
        const revived: RecordRequested = {
          type: 'record.requested',
          writes: [{ type: 'batch.revived', batchId, at }],
          reply: null,
          onFailure: 'retry',
        }
        enqueue.sendTo(to('requestTracker'), revived)
        const back: OperationsRevived = { type: 'operations.revived', operations }
        enqueue.sendTo(to('nonceTracker'), back)
        const { blockNumber } = inclusion
        enqueue.emit({ type: 'batch.revived', batchId, operations: operations.length, blockNumber, at })
      }
      enqueue.assign({ slots })
    }),
    /** Gives back to their lanes the operations whose ends at simulation stood on blocks that a reorg has orphaned. */
    reviveOperations: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'chain.reorged') return
      const { from, below } = splitAt(context.settled, event.orphanedFrom)
      enqueue.assign({ settled: below })
      if (from.operations.length === 0) return
      const requeued: OperationsRequeued = { type: 'operations.requeued', ends: from.operations }
      enqueue.sendTo(to('nonceTracker'), requeued)
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
      if (event.type !== 'batch.trimmed') return
      const { operations, statuses, evidenceBlock, batchId } = event
      const index = slotOf(context.slots, batchId)
      const slot = context.slots[index]
      if (slot === undefined || slot === null) return
      const kept = slot.operations.filter(({ id }) => statuses[id] === undefined)
      enqueue.assign({
        slots: withSlot(context.slots, index, { ...slot, operations: kept }),
        settled: rememberOperations(context.settled, operations, evidenceBlock),
      })
      const settled: OperationsLeft = { type: 'operations.left', operations, statuses }
      enqueue.sendTo(to('nonceTracker'), settled)
    }),
    noteInclusionChange: assign({
      slots: ({ context, event }) =>
        event.type === 'batch.inclusionChanged'
          ? context.slots.map((slot) =>
              slot?.batchId === event.batchId ? { ...slot, isIncluded: event.isIncluded } : slot,
            )
          : context.slots,
    }),
    endBatch: enqueueActions(({ context, event, enqueue }) => {
      if (!('output' in event)) return
      const { batch, inclusion, operations, measured } = event.output
      const judged = operations.filter(({ id }) => batch.statuses[id]?.type !== 'Evicted')
      const index = slotOf(context.slots, batch.batchId)
      enqueue.stopChild(`slot-${index}`)
      enqueue.assign({
        slots: withSlot(context.slots, index, null),
        settled:
          inclusion === null
            ? context.settled
            : rememberBatch(context.settled, { batchId: batch.batchId, inclusion, operations: judged }),
        model: measured.reduce(
          (model, { kind, operations: count, gas }) => observeGas(model, kind, count, gas),
          context.model,
        ),
      })
      const settled: OperationsLeft = { type: 'operations.left', operations, statuses: batch.statuses }
      enqueue.sendTo(to('nonceTracker'), settled)
    }),
    tellEnd: sendTo(to('gateway'), { type: 'batch.settled' }),
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
      slots: resumable.map(({ record, operations, attempts }) => ({
        batchId: record.id,
        operations,
        gapNonce: record.plan === null ? (attempts[0]?.nonce ?? null) : null,
        isIncluded: false,
      })),
      chain: null,
      isChainFollowed: false,
      isWalletAvailable: false,
      model: gasModel(input.gas),
      batchNumber: 0,
      throttled: null,
      resumable,
      settled: input.settled,
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
    'chain.reorged': { actions: ['tellAllBatches', 'reviveBatches', 'reviveOperations'] },
    'nonces.missing': { actions: 'healNonces' },
    'chain.stalled': { actions: 'noteReachability' },
    'chain.followed': { actions: 'noteReachability' },
    'wallet.available': { actions: 'noteWallet' },
    'wallet.unavailable': { actions: 'noteWallet' },
    tick: { actions: 'tellAllBatches' },
    'batch.addressed': { actions: 'tellBatch' },
    'batch.trimmed': { actions: 'releaseDropped' },
    'batch.inclusionChanged': { actions: 'noteInclusionChange' },
    'xstate.done.actor.*': { actions: ['endBatch', 'tellEnd'] },
    drain: '.Draining',
  },
  states: {
    Idle: {
      always: { guard: 'hasReady', target: 'Collecting' },
    },
    Collecting: {
      after: { batchWindow: 'Selecting' },
      always: [
        { guard: 'hasNone', target: 'Idle' },
        { guard: 'isFull', target: 'Selecting' },
      ],
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
        { guard: 'hasNone', target: 'Idle' },
        { guard: 'canSend', target: 'Selecting' },
      ],
    },
    Draining: {
      always: { guard: 'isDrained', target: 'Drained' },
    },
    Drained: { type: 'final' },
  },
})

/** What a batch in a slot is given. */
function batchInput(
  { transactions, target, now }: OpsBatcherContext,
  chosen: Pick<PendingBatchInput, 'batchId' | 'operations' | 'gasCap' | 'createdAt'>,
  origin: BatchOrigin,
): PendingBatchInput {
  return { ...chosen, config: transactions, target, now, origin }
}

function batchOpened(
  batchId: BatchId,
  operations: readonly OperationId[],
  gasBudget: Gas,
  at: Millis,
): RecordRequested {
  return {
    type: 'record.requested',
    writes: [{ type: 'batch.opened', batchId, operations, gasBudget, at }],
    reply: null,
    onFailure: 'retry',
  }
}
