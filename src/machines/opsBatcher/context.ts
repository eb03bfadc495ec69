/** The context of the opsBatcher, and the start after a restart. */
import type { BatchId } from '../../domain/batch.ts'
import type { OpsBatcherConfig, PendingBatchConfig } from '../../domain/config.ts'
import type { ThrottleReason } from '../../domain/events.ts'
import type { Address, Now } from '../../domain/primitives.ts'
import type { ResumableBatch, SettledWork } from '../../domain/recovery.ts'
import { FIRST_LEAD, type Lead } from '../../policy/departure.ts'
import { type GasModel, gasModel } from '../../policy/gasModel.ts'
import { type GasReserve, reserveOf, startReserve } from '../../policy/gasReserve.ts'
import { type OrderingPolicy, orderingPolicy } from '../../policy/orderingPolicy.ts'
import { ReadyQueue } from '../../policy/readyQueue.ts'
import type { BatchOrigin, PendingBatchInput } from '../pendingBatch/context.ts'
import type { BatchWindow } from './batchWindow.ts'
import type { DispatchView } from './dispatch.ts'
import { newSlot, type Slot, type Slots } from './slots.ts'

export interface OpsBatcherContext extends DispatchView {
  /** The window that was opened last; null before the first operation. */
  readonly window: BatchWindow | null
  /** Time from the departure of a batch to its block, as learnt from earlier batches. */
  readonly lead: Lead
  readonly transactions: PendingBatchConfig
  readonly target: Address
  /** Why no batch is sent; null outside the state `Throttled`. */
  readonly throttled: ThrottleReason | null
  /** Batches to resume at the start. Empty afterwards. */
  readonly resumable: readonly ResumableBatch[]
  /** Work of the last blocks, for a reorg to revive. */
  readonly settled: SettledWork
  /** Gas of a limit beyond the simulated gas, learnt from settled batches. */
  readonly gasReserve: GasReserve
  readonly newId: () => BatchId
  readonly now: Now
}

export interface OpsBatcherInput {
  readonly batching: OpsBatcherConfig
  readonly transactions: PendingBatchConfig
  /** The multicall contract. */
  readonly target: Address
  /** Replaces the policy of the configuration. */
  readonly ordering?: OrderingPolicy | undefined
  /** Gas estimate of each kind before the first measurement. */
  readonly gas: GasModel['start']
  /** Batches that were signed before the restart. */
  readonly resumable: readonly ResumableBatch[]
  /** Work settled before the restart, for a reorg to revive. */
  readonly settled: SettledWork
  /** Returns a new batch id. */
  readonly newId: () => BatchId
  readonly now: Now
}

export function startContext(input: OpsBatcherInput): OpsBatcherContext {
  const { batching, resumable } = input
  return {
    config: batching,
    transactions: input.transactions,
    target: input.target,
    queue: ReadyQueue.empty(input.ordering ?? orderingPolicy(batching.ordering, batching.ageing)),
    slots: resumable.map(resumedSlot),
    chain: null,
    isChainFollowed: false,
    isWalletAvailable: false,
    model: gasModel(input.gas, batching.adaptive.gasPerOp),
    gasReserve: startReserve,
    batchNumber: 0,
    window: null,
    lead: FIRST_LEAD,
    throttled: null,
    sizeFactor: 1,
    resumable,
    settled: input.settled,
    newId: input.newId,
    now: input.now,
  }
}

/** A batch without a plan fills the gap at the nonce of its attempts. */
function resumedSlot({ record, operations, attempts }: ResumableBatch): Slot {
  const gapNonce = record.plans.length === 0 ? (attempts[0]?.nonce ?? null) : null
  const gas = attempts.at(-1)?.gasLimit ?? record.gasBudget
  return { ...newSlot(record.id, operations, gas), gapNonce }
}

export function batchInput(
  { transactions, target, slots, gasReserve, now, config: { operationDeadline } }: OpsBatcherContext,
  chosen: Pick<PendingBatchInput, 'batchId' | 'operations' | 'gasCap' | 'createdAt'>,
  origin: BatchOrigin,
): PendingBatchInput {
  return {
    ...chosen,
    ahead: inFlight(slots, chosen.batchId),
    gasReserve: reserveOf(
      gasReserve,
      chosen.operations.map(({ kind }) => kind),
    ),
    config: transactions,
    operationDeadline,
    target,
    now,
    origin,
  }
}

/** The operations of the other batches that are not included yet. */
function inFlight(slots: Slots, batchId: BatchId): PendingBatchInput['ahead'] {
  const others = slots.filter((slot) => slot !== null && !slot.isIncluded && slot.batchId !== batchId)
  return others.map((slot) => slot?.operations ?? [])
}
