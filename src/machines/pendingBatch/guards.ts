/** The guards of the pendingBatch's statechart: pure conditions. */
import type { BlockHead } from '../../domain/chain.ts'
import type { Millis } from '../../domain/primitives.ts'
import { isSettled } from '../../policy/finality.ts'
import type { BroadcastResult, InclusionReport, PendingBatchContext, SimulationReport } from './context.ts'
import { type Edge, edgeAfter } from './refusals.ts'
import { includableFor, isAccepted, isCancelDue, isReplaceable, resubmissions } from './replacement.ts'
import {
  BLOCKS_BETWEEN_BROADCASTS,
  BLOCKS_BETWEEN_CHECKS,
  isCancelIncluded,
  newestAttempt,
  PAUSE_MS,
} from './rules.ts'

interface Known {
  readonly context: PendingBatchContext
}
export interface InBlock {
  readonly head: BlockHead
}
export interface AtTime {
  readonly at: Millis
}
export interface OfCheck {
  readonly report: InclusionReport
}

/** The block contains an attempt of the batch. */
function isIncluded({ context }: Known, { head }: InBlock): boolean {
  return context.attempts.some(({ hash }) => head.transactions.includes(hash))
}

/** The check found the inclusion already known. */
function isSameInclusion({ context: { inclusion } }: Known, { report }: OfCheck): boolean {
  return inclusion !== null && report.inclusion?.blockHash === inclusion.blockHash
}

/**
 * A foreign transaction has consumed the batch's nonce, at the configured depth. The hash of that transaction is proof. If
 * the node does not know the hash, two checks at different heads must agree: a missing receipt alone is no evidence.
 */
function isDisplaced({ context: { displacedAt } }: Known, { report }: OfCheck): boolean {
  if (report.consumedBy !== 'unknown') return report.consumedBy !== null
  return displacedAt !== null && report.blockNumber > displacedAt
}

/** The inclusion has reached the level of the verdicts. */
function isDeepEnough({ context }: Known): boolean {
  const { inclusion, config } = context
  return inclusion !== null && isSettled(config, inclusion.blockNumber, context)
}

/**
 * A replacement is due: the newest offer was includable for the timeout, and a block came without it. Higher fees do not
 * help while an earlier nonce is missing, or while the chain makes no blocks. A chain that makes blocks only for transactions
 * makes none for a refused transaction.
 */
function isOverdue({ context }: Known, { at }: AtTime): boolean {
  const { lastOffer, headNumber, config } = context
  return (
    lastOffer !== null &&
    (headNumber > lastOffer.headNumber || !isAccepted(context)) &&
    includableFor(context, lastOffer.at, at) >= config.resubmitTimeout &&
    (isReplaceable(context) || isCancelDue(context, at))
  )
}

/** A check for the receipt is due, although no block showed a hash of the batch. */
function isCheckDue({ context: { blocksSinceCheck } }: Known): boolean {
  return blocksSinceCheck + 1 >= BLOCKS_BETWEEN_CHECKS
}

/** A rebroadcast is due, and the block does not contain an attempt of the batch. */
function isRebroadcastDue({ context }: Known, { head }: InBlock): boolean {
  return context.blocksSinceBroadcast + 1 >= BLOCKS_BETWEEN_BROADCASTS && !isIncluded({ context }, { head })
}

/** The newest attempt was never broadcast. */
function isUnsent({ context }: Known): boolean {
  return context.lastBroadcast?.hash !== newestAttempt(context).hash
}

/**
 * The pause after a refused broadcast is over. If a pool holds too many transactions of the wallet, only the next nonce may
 * be sent again: a higher nonce would take the place that the next nonce needs.
 */
function isBackOffOver(
  { context: { lastBroadcast, backOff, nextNonceSince } }: Known,
  { at }: AtTime,
): boolean {
  const isLimited = lastBroadcast?.refusal?.class === 'accountLimit'
  return at - (lastBroadcast?.at ?? 0) >= backOff && !(isLimited && nextNonceSince === null)
}

/** The result of the broadcast leads to an edge. */
function isEdge({ context }: Known, { result, edge }: { result: BroadcastResult; edge: Edge }): boolean {
  return edgeAfter(context, result, hasReplacementsLeft({ context })) === edge
}

/** An operation has passed its deadline. Before the first signature, the batch then ends: no transaction carries it. */
function isDeadlinePassed({ context: { operations, operationDeadline } }: Known, { at }: AtTime): boolean {
  return operations.some(({ receivedAt }) => receivedAt < at - operationDeadline)
}

/** The pause after a failed effect is over. */
function isPauseOver({ context }: Known, { at }: AtTime): boolean {
  return at - context.pausedAt >= PAUSE_MS
}

function isResumed({ context }: Known): boolean {
  return context.origin === 'resumed'
}

function isRevived({ context }: Known): boolean {
  return context.origin === 'revived'
}

/** The batch has no operations and fills a gap. */
function isHealing({ context }: Known): boolean {
  return context.gapNonce !== null
}

/**
 * A block has shown an attempt of the batch since the last check. Or a replacement interrupted the search for the block of an inclusion
 * that a reading found orphaned.
 */
function isSeen({ context }: Known): boolean {
  return context.isSeen || context.inclusion !== null
}

/**
 * No endpoint accepted the last broadcast, and the pause after it is not over. When it is over, the same bytes are sent: otherwise
 * a wallet that refuses each replacement could keep the transaction from being sent.
 */
function isBackingOff({ context }: Known): boolean {
  const isRefused = context.lastBroadcast !== null && context.lastBroadcast.refusal !== null
  return isRefused && !isBackOffOver({ context }, { at: context.now() })
}

/** A cancel was included instead of the batch's operations. */
function isCancelled({ context }: Known): boolean {
  return context.gapNonce === null && isCancelIncluded(context)
}

function hasPlan(_: Known, { report }: { readonly report: SimulationReport }): boolean {
  return report.plan !== null
}

function hasInclusion(_: Known, { report }: OfCheck): boolean {
  return report.inclusion !== null
}

/** A replacement at a higher price is allowed. */
function hasReplacementsLeft({ context }: Known): boolean {
  return resubmissions(context) < context.config.maxResubmissions
}

/** The guards by name, for the statechart. */
export const guards = {
  hasInclusion,
  hasPlan,
  isBackingOff,
  isBackOffOver,
  isCancelled,
  isCheckDue,
  isDeadlinePassed,
  isDeepEnough,
  isDisplaced,
  isEdge,
  isHealing,
  isIncluded,
  isOverdue,
  isPauseOver,
  isRebroadcastDue,
  isResumed,
  isRevived,
  isSameInclusion,
  isSeen,
  isUnsent,
}
