/** The slots for batches in flight. A free slot is reused: the batches keep few child ids. */
import type { BatchId } from '../../domain/batch.ts'
import type { QueuedOperation } from '../../domain/operation.ts'
import type { Gas, Millis } from '../../domain/primitives.ts'

/** One batch in flight. */
export interface Slot {
  readonly batchId: BatchId
  readonly operations: readonly QueuedOperation[]
  /** Gas limit of the transaction. Before the first acceptance of an attempt, the gas that the plan expects. */
  readonly gas: Gas
  /** Start of a batch that left for a predicted block, and the number of that block. Null for other batches. */
  readonly departure: { readonly at: Millis; readonly blockNumber: number } | null
  /** An endpoint has accepted an attempt. */
  readonly isBroadcast: boolean
  /** The nonce of the gap filled by the batch; null for a batch with operations. */
  readonly gapNonce: number | null
  /** True while the transaction of the batch is in a canonical block. The batch then waits for finality. */
  readonly isIncluded: boolean
  /** A pool refused the transaction, because it holds too many of the wallet. Without effect once the batch is included. */
  readonly isAccountLimited: boolean
}

/** By index; null for a free slot. */
export type Slots = readonly (Slot | null)[]

/** Gas of a plain transfer: a batch without operations fills a gap with one. */
export const TRANSFER_GAS: Gas = 21_000

/** The slot of a batch that starts, or starts again. */
export function newSlot(batchId: BatchId, operations: readonly QueuedOperation[], gas: Gas): Slot {
  const start = { departure: null, isBroadcast: false, isIncluded: false, isAccountLimited: false }
  return { batchId, operations, gas, gapNonce: null, ...start }
}

/** Index of the first free slot, or of a new slot. */
export function freeSlot(slots: Slots): number {
  const free = slots.indexOf(null)
  return free < 0 ? slots.length : free
}

/**
 * The slots with one changed or added. Free slots at the end are removed.
 * @param slot null to free the slot
 */
export function withSlot(slots: Slots, index: number, slot: Slot | null): Slots {
  const changed = [...slots]
  changed[index] = slot
  return changed.slice(0, changed.findLastIndex((entry) => entry !== null) + 1)
}

/** Index of the slot of a batch; -1 when the batch is settled. */
export function slotOf(slots: Slots, batchId: BatchId): number {
  return slots.findIndex((slot) => slot?.batchId === batchId)
}

/** The slots with a change to the slot of one batch. A settled batch changes nothing. */
export function changeSlot(slots: Slots, batchId: BatchId, change: Partial<Slot>): Slots {
  return slots.map((slot) => (slot?.batchId === batchId ? { ...slot, ...change } : slot))
}

/** Number of batches that are not settled. */
export function countInFlight(slots: Slots): number {
  return slots.filter((slot) => slot !== null).length
}

/** Gas of all batches that are not included, reserved in the next block. The transfer of a gap is too small to count. */
export function gasInFlight(slots: Slots): Gas {
  const isCounted = (slot: Slot) => !slot.isIncluded && slot.operations.length > 0
  return slots.reduce((gas, slot) => gas + (slot !== null && isCounted(slot) ? slot.gas : 0), 0)
}
