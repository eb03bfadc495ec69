/**
 * When a batch leaves for the next block: as late as it still makes the block, so that it takes along most of the
 * operations that arrive for the block.
 *
 * The lead is the time from the departure to the block. It consists of the usual work (simulate, sign, store, broadcast) and
 * of a margin. The work is measured. The margin follows from the inclusions: it doubles when a block was missed, and narrows
 * slowly when the block was made.
 */
import type { NextBlock } from '../domain/chain.ts'
import type { DurationMs, Millis } from '../domain/primitives.ts'

export interface Lead {
  /** Average time from the start of a batch to its acceptance by an endpoint. */
  readonly work: DurationMs
  readonly margin: DurationMs
}

/** The lead before the first batch. */
export const FIRST_LEAD: Lead = { work: 150, margin: 100 }

/** Weights of a measurement longer or shorter than the average: a lead too short costs a block, a lead too long little. */
const LONGER_WEIGHT = 0.5
const SHORTER_WEIGHT = 0.1

const LEAST_MARGIN: DurationMs = 25
/** A block may be missed for many reasons. So the margin has a limit, as a share of the block time. */
const LARGEST_MARGIN = 1 / 4
/** About one block in 140 is missed when the margin neither grows nor shrinks in the long run. */
const NARROWING = 0.995

/** After so many block times without a block, the prediction is void. */
const MOST_OVERDUE = 4

/** The total lead. */
export function leadTime({ work, margin }: Lead): DurationMs {
  return work + margin
}

export interface Departure {
  readonly at: Millis
  /** Number of the block that the batch can count on; null if it may be too late for the next one. */
  readonly blockNumber: number | null
}

export interface Traffic {
  /** Null while no prediction is possible. */
  readonly nextBlock: NextBlock | null
  readonly lead: Lead
  /** No operation is in flight towards the next block. */
  readonly isClear: boolean
}

/**
 * The next departure at or after a time. After the departure for a block, the next departure is that for the block after it.
 * Only while no operation is in flight, a batch may leave late: the usual work still fits, although the margin does not.
 * @param openedAt start of the window: no window is longer than one block time, even if blocks come early or are missed
 * @returns null if no block can be predicted
 */
export function nextDeparture(
  { nextBlock, lead, isClear }: Traffic,
  at: Millis,
  openedAt: Millis = at,
): Departure | null {
  if (nextBlock === null) return null
  const { blockNumber, expectedAt, blockTime } = nextBlock
  if (at > expectedAt + MOST_OVERDUE * blockTime) return null
  const needed = leadTime(lead)
  const later = Math.max(0, Math.ceil((at + needed - expectedAt) / blockTime))
  const missedAt = expectedAt + (later - 1) * blockTime
  if (isClear && later > 0 && at + lead.work <= missedAt) return { at, blockNumber: null }
  const inTime = expectedAt + later * blockTime - needed
  const latest = Math.max(at, openedAt + blockTime)
  return { at: Math.min(inTime, latest), blockNumber: blockNumber + later }
}

/**
 * The lead after a broadcast.
 * @param taken time from the start of the batch to its acceptance; a long outage counts as one block time
 */
export function afterBroadcast(lead: Lead, taken: DurationMs, blockTime: DurationMs): Lead {
  const change = Math.min(taken, blockTime) - lead.work
  return { ...lead, work: lead.work + change * (change > 0 ? LONGER_WEIGHT : SHORTER_WEIGHT) }
}

/** The lead after the inclusion of a batch that left in time for its block. */
export function afterInclusion(lead: Lead, isMissed: boolean, blockTime: DurationMs): Lead {
  const margin = isMissed
    ? Math.min(2 * lead.margin, Math.max(lead.margin, LARGEST_MARGIN * blockTime))
    : Math.max(LEAST_MARGIN, NARROWING * lead.margin)
  return { ...lead, margin }
}
