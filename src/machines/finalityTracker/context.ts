/** The data of the finalityTracker, and the result of its effect. */
import type { BatchId } from '../../domain/batch.ts'
import type { PendingBatchConfig } from '../../domain/config.ts'
import { noTags } from '../../domain/finality.ts'
import type { Hash, Now } from '../../domain/primitives.ts'
import type { ClimbingBatch } from '../../domain/recovery.ts'
import type { ChainEnds } from '../../policy/finality.ts'
import type { TrackedBatch } from './levels.ts'

/** The pending block of a node. */
export interface PendingBlock {
  /** Null when the node does not name a number: the block after the head. */
  readonly blockNumber: number | null
  readonly transactions: readonly Hash[]
}

export type FinalityConfig = Pick<PendingBatchConfig, 'confirmations' | 'preconfirmations'>

export interface FinalityTrackerContext {
  readonly config: FinalityConfig
  /** In the order of their first report. */
  readonly batches: ReadonlyMap<BatchId, TrackedBatch>
  readonly ends: ChainEnds
  /** Transactions in a row that a block included without a preconfirmation. */
  readonly misses: number
  readonly now: Now
}

export interface FinalityTrackerInput {
  readonly config: FinalityConfig
  /** Batches of the former run, oldest first. */
  readonly climbing: readonly ClimbingBatch[]
  readonly now: Now
}

export function startContext({ config, climbing, now }: FinalityTrackerInput): FinalityTrackerContext {
  return {
    config,
    batches: new Map(climbing.map((batch) => [batch.batchId, { ...batch, hashes: [], seenIn: null }])),
    ends: { headNumber: 0, tags: noTags },
    misses: 0,
    now,
  }
}
