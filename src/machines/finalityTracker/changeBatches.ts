/** Changes tracked batches, and requests the commit of each change. Pure. */
import type { BatchId } from '../../domain/batch.ts'
import { type RecordRequested, recordRequested } from '../protocol.ts'
import { type Change, isDone, type TrackedBatch } from './levels.ts'

/** Most batches at a time. A chain finalizes this number of batches in far less than a day. */
export const MOST_BATCHES = 10_000

type Batches = ReadonlyMap<BatchId, TrackedBatch>

/** @returns the batches that are still to be tracked, and the commits */
export function changeBatches(
  batches: Batches,
  changed: Iterable<TrackedBatch>,
  change: (batch: TrackedBatch) => Change,
): { readonly batches: Batches; readonly requests: readonly RecordRequested[] } {
  const next = new Map(batches)
  const requests: RecordRequested[] = []
  for (const before of changed) {
    const { batch, events } = change(before)
    const { batchId, finality } = batch
    if (events.length > 0) {
      requests.push(recordRequested({ type: 'batch.finalityChanged', batchId, finality }, events))
    }
    if (isDone(batch)) next.delete(batchId)
    else next.set(batchId, batch)
  }
  for (const oldest of next.keys()) {
    if (next.size <= MOST_BATCHES) break
    next.delete(oldest)
  }
  return { batches: next, requests }
}
