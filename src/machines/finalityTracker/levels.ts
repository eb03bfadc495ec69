/** How the levels of one batch change: with its inclusion, with a block, with the tags, and with a reorg. Pure. */
import type { BatchId, Inclusion } from '../../domain/batch.ts'
import type { BlockHead } from '../../domain/chain.ts'
import type { BatchEvent } from '../../domain/events.ts'
import { FINALITY_LEVELS, type Finality, type LevelReached, type Levels } from '../../domain/finality.ts'
import type { Hash, Millis } from '../../domain/primitives.ts'
import { type ChainEnds, type FinalityRule, witnessOf } from '../../policy/finality.ts'

/** A batch with transactions whose last level is still to come. */
export interface TrackedBatch {
  readonly batchId: BatchId
  /** Hashes of the attempts that carry operations. */
  readonly hashes: readonly Hash[]
  readonly inclusion: Inclusion | null
  readonly isSettled: boolean
  readonly finality: Finality | null
  /** Number of the block that has shown an attempt, while the batch has not reported the inclusion yet; else null. */
  readonly seenIn: number | null
}

/** The batch after a change, and the events that the change makes true. */
export interface Change {
  readonly batch: TrackedBatch
  readonly events: readonly BatchEvent[]
}

/** The levels above `preconfirmed`. */
const CANONICAL_LEVELS = ['included', 'confirmed', 'safe', 'finalized'] as const

/** A batch of which nothing is known yet. */
export function newBatch(batchId: BatchId): TrackedBatch {
  return { batchId, hashes: [], inclusion: null, isSettled: false, finality: null, seenIn: null }
}

/** True while no block has shown an attempt, and no pending block has. */
export function isAwaited({ hashes, inclusion, isSettled, seenIn, finality }: TrackedBatch): boolean {
  return hashes.length > 0 && inclusion === null && !isSettled && seenIn === null && finality === null
}

/** True for a settled batch when no level is left, or none can follow. An unsettled batch reports once more. */
export function isDone({ inclusion, isSettled, finality }: TrackedBatch): boolean {
  return isSettled && (inclusion === null || finality?.levels.finalized !== undefined)
}

/** Notes an attempt in the pending block. */
export function preconfirm(
  batch: TrackedBatch,
  transactions: ReadonlySet<Hash>,
  reached: LevelReached,
): Change {
  const txHash = batch.hashes.find((hash) => transactions.has(hash))
  if (txHash === undefined) return unchanged(batch)
  return {
    batch: { ...batch, finality: { txHash, levels: { preconfirmed: reached } } },
    events: [reachedEvent(batch, txHash, 'preconfirmed', reached)],
  }
}

/** Notes an attempt in a block. A preconfirmation fails when its block came without the transaction. */
export function seeBlock(batch: TrackedBatch, head: BlockHead, at: Millis): Change {
  if (batch.inclusion !== null || batch.seenIn !== null) return unchanged(batch)
  const { finality } = batch
  const watched = finality === null ? batch.hashes : [...batch.hashes, finality.txHash]
  if (watched.some((hash) => head.transactions.includes(hash))) {
    return unchanged({ ...batch, seenIn: head.number })
  }
  const preconfirmed = finality?.levels.preconfirmed
  if (preconfirmed === undefined || head.number < preconfirmed.blockNumber) return unchanged(batch)
  return failPreconfirmation(batch, at)
}

/** Takes the inclusion that the batch has reported. */
export function include(batch: TrackedBatch, inclusion: Inclusion | null, at: Millis): Change {
  const before = batch.inclusion
  const isOrphaned = before !== null && before.blockHash !== inclusion?.blockHash
  const lost = isOrphaned ? loseLevels(batch, before.blockNumber, at) : unchanged(batch)
  const isUntrue = inclusion === null ? batch.isSettled : inclusion.txHash !== lost.batch.finality?.txHash
  const kept = isUntrue ? failPreconfirmation(lost.batch, at) : unchanged(lost.batch)
  return { batch: { ...kept.batch, inclusion, seenIn: null }, events: [...lost.events, ...kept.events] }
}

/** Adds the levels that the including block has reached. */
export function climb(
  batch: TrackedBatch,
  { config: { confirmations }, ends }: { config: Pick<FinalityRule, 'confirmations'>; ends: ChainEnds },
  at: Millis,
): Change {
  const { inclusion, finality } = batch
  if (inclusion === null) return unchanged(batch)
  const { txHash, blockNumber } = inclusion
  const levels: { -readonly [L in keyof Levels]: Levels[L] } = { ...finality?.levels }
  const events: BatchEvent[] = []
  for (const level of CANONICAL_LEVELS) {
    if (levels[level] !== undefined) continue
    const witness = witnessOf(level, blockNumber, confirmations, ends)
    if (witness === null) continue
    levels[level] = { blockNumber: witness, at }
    events.push(reachedEvent(batch, txHash, level, { blockNumber: witness, at }))
  }
  return events.length === 0
    ? unchanged(batch)
    : { batch: { ...batch, finality: { txHash, levels } }, events }
}

/** A reorg takes back all levels of a transaction whose block is orphaned. */
export function orphan(batch: TrackedBatch, orphanedFrom: number, at: Millis): Change {
  const { inclusion, seenIn, finality } = batch
  const blockNumber = inclusion?.blockNumber ?? seenIn ?? finality?.levels.preconfirmed?.blockNumber
  if (blockNumber === undefined || blockNumber < orphanedFrom) return unchanged(batch)
  const lost = loseLevels(batch, blockNumber, at)
  return { batch: { ...lost.batch, inclusion: null, seenIn: null }, events: lost.events }
}

/** A change after a change. */
export function andThen({ batch, events }: Change, next: (batch: TrackedBatch) => Change): Change {
  const after = next(batch)
  return { batch: after.batch, events: [...events, ...after.events] }
}

function unchanged(batch: TrackedBatch): Change {
  return { batch, events: [] }
}

function loseLevels(batch: TrackedBatch, blockNumber: number, at: Millis): Change {
  const { batchId, finality } = batch
  if (finality === null) return unchanged(batch)
  const { txHash } = finality
  const levels = FINALITY_LEVELS.filter((level) => finality.levels[level] !== undefined)
  return {
    batch: { ...batch, finality: null },
    events: [{ type: 'batch.levelsLost', batchId, txHash, levels, blockNumber, at }],
  }
}

function failPreconfirmation(batch: TrackedBatch, at: Millis): Change {
  const { batchId, finality } = batch
  const preconfirmed = finality?.levels.preconfirmed
  if (finality === null || preconfirmed === undefined) return unchanged({ ...batch, finality: null })
  const { txHash } = finality
  const { blockNumber } = preconfirmed
  return {
    batch: { ...batch, finality: null },
    events: [{ type: 'batch.preconfirmationFailed', batchId, txHash, blockNumber, at }],
  }
}

function reachedEvent(
  { batchId }: TrackedBatch,
  txHash: Hash,
  level: (typeof FINALITY_LEVELS)[number],
  { blockNumber, at }: LevelReached,
): BatchEvent {
  return { type: 'batch.levelReached', batchId, txHash, level, blockNumber, at }
}
