/** When the batch window closes. Pure. */
import type { DurationMs, Millis } from '../../domain/primitives.ts'
import { type Departure, type Lead, nextDeparture } from '../../policy/departure.ts'
import type { DispatchView } from './dispatch.ts'
import { gasInFlight, type Slots } from './slots.ts'

/** The window of a batch. It opens with the first ready operation. */
export interface BatchWindow {
  readonly openedAt: Millis
  readonly closesAt: Millis
  /** Number of the block that a batch makes if it starts when the window closes; null for no prediction. */
  readonly blockNumber: number | null
}

export interface WindowView extends Pick<DispatchView, 'config' | 'chain' | 'slots'> {
  readonly lead: Lead
}

/** The window while the next block cannot be predicted, and operations are in flight towards it. */
const BUSY_WINDOW: DurationMs = 250

/**
 * The window of a batch, planned again with each block. With a fixed window it has the configured length. With `auto` it
 * closes in time for the next block. While no block can be predicted, it closes at once if no operation is in flight.
 */
export function planWindow(view: WindowView, openedAt: Millis, at: Millis): BatchWindow {
  const { batchWindow } = view.config
  if (batchWindow !== 'auto') return { openedAt, closesAt: openedAt + batchWindow, blockNumber: null }
  const departure = departureOf(view, at, openedAt)
  if (departure === null) {
    return { openedAt, closesAt: isClear(view.slots) ? at : openedAt + BUSY_WINDOW, blockNumber: null }
  }
  return { openedAt, closesAt: departure.at, blockNumber: departure.blockNumber }
}

/** True if operations that are ready now can still wait for the departure towards a predicted block. */
export function canWaitForBlock(view: WindowView, at: Millis): boolean {
  return view.config.batchWindow === 'auto' && departureOf(view, at, at) !== null
}

function departureOf({ chain, lead, slots }: WindowView, at: Millis, openedAt: Millis): Departure | null {
  return nextDeparture({ nextBlock: chain?.nextBlock ?? null, lead, isClear: isClear(slots) }, at, openedAt)
}

function isClear(slots: Slots): boolean {
  return gasInFlight(slots) === 0
}
