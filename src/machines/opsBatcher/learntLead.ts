/** What the opsBatcher learns from its batches about the lead: the time from a departure to its block. Pure. */
import type { BatchId } from '../../domain/batch.ts'
import type { SystemEvent } from '../../domain/events.ts'
import { afterBroadcast, afterInclusion, type Lead, leadTime } from '../../policy/departure.ts'
import type { BatchInclusionChanged } from '../protocol.ts'
import type { OpsBatcherContext } from './context.ts'
import { changeSlot, type Slots } from './slots.ts'

type Learner = Pick<OpsBatcherContext, 'lead' | 'slots' | 'chain' | 'now'>

/** The lead after an endpoint has accepted an attempt of a batch. Only the first attempt counts. */
export function leadAfterBroadcast({ lead, slots, chain, now }: Learner, batchId: BatchId): Lead {
  const slot = slots.find((each) => each?.batchId === batchId)
  const blockTime = chain?.nextBlock?.blockTime
  if (slot == null || slot.departure === null || slot.isBroadcast || blockTime === undefined) return lead
  return afterBroadcast(lead, now() - slot.departure.at, blockTime)
}

/**
 * Judges the departure of an included batch: whether the batch is in the block that it left for.
 * @returns null for a batch without a departure, and for one that was judged before
 */
export function judgeDeparture(
  { lead, slots, chain, now }: Learner,
  { batchId, blockNumber }: Omit<BatchInclusionChanged, 'type'>,
): { readonly lead: Lead; readonly slots: Slots; readonly event: SystemEvent } | null {
  const departure = slots.find((slot) => slot?.batchId === batchId)?.departure
  const blockTime = chain?.nextBlock?.blockTime
  if (departure == null || blockNumber === null || blockTime === undefined) return null
  const isMissed = blockNumber > departure.blockNumber
  const learnt = afterInclusion(lead, isMissed, blockTime)
  return {
    lead: learnt,
    slots: changeSlot(slots, batchId, { departure: null }),
    event: { type: 'departure.judged', batchId, isMissed, lead: leadTime(learnt), at: now() },
  }
}
