/** The next attempt of a pendingBatch: due time, payload and price. Pure. */
import type { DurationMs, Millis } from '../../domain/primitives.ts'
import type { Fees, Pricing, SignatureRequested, TransactionRequest } from '../protocol.ts'
import type { PendingBatchContext } from './context.ts'
import { newestAttempt, newestPlan } from './rules.ts'

/** The signature to request: for the batch's transaction at first, then for a replacement or a cancel. */
export function signatureRequest(context: PendingBatchContext): SignatureRequested {
  const { attempts, gapNonce } = context
  return {
    type: 'signature.requested',
    request: transactionRequest(context),
    nonce: attempts.length > 0 ? newestAttempt(context).nonce : gapNonce,
    highest: attempts.length > 0 ? highestFees(context) : null,
    pricing: pricingOf(context),
  }
}

function transactionRequest(context: PendingBatchContext): TransactionRequest {
  const { batchId, target, plans, cancelGas } = context
  if (isCancelDue(context, context.now())) return { purpose: 'cancel', batchId, gasLimit: cancelGas }
  const { callData, gasLimit } = newestPlan(context)
  return { purpose: 'batch', batchId, plan: plans.length - 1, to: target, data: callData, gasLimit }
}

/**
 * Only a refusal of the price, or an accepted transaction without inclusion, raises the price above the market. No pool holds
 * an attempt that was never accepted, so it needs no increase.
 */
function pricingOf(context: PendingBatchContext): Pricing {
  switch (context.resubmissionReason) {
    case 'Underpriced':
      return 'raise'
    case 'TooLarge':
    case 'GasTooLow':
      return 'keep'
    case 'Timeout':
      return isAccepted(context) ? 'raise' : 'market'
  }
}

/**
 * Whether the next attempt is a cancel: the batch only fills a gap, has used all its replacements, was includable for the
 * cancel timeout, allows no smaller plan, or has a cancel already. After a cancel only cancels follow.
 */
export function isCancelDue(context: PendingBatchContext, at: Millis): boolean {
  const { attempts, gapNonce, mustCancel, offeredAt, config } = context
  if (gapNonce !== null) return true
  if (attempts.length === 0) return false
  return (
    mustCancel ||
    attempts.some(({ purpose }) => purpose === 'cancel') ||
    resubmissions(context) >= config.maxResubmissions ||
    includableFor(context, offeredAt, at) >= config.cancelTimeout
  )
}

/**
 * The number of resubmissions that count towards the maximum. A replacement that the wallet refused counts, so the fee ceiling
 * does not prevent the cancel. A smaller plan does not count.
 */
export function resubmissions({ attempts, refusedReplacements }: PendingBatchContext): number {
  const plans = new Set(attempts.flatMap(({ plan }) => plan ?? []))
  return refusedReplacements + Math.max(0, attempts.length - Math.max(1, plans.size))
}

/** Whether an endpoint has accepted the newest attempt. */
export function isAccepted({ accepted, attempts }: PendingBatchContext): boolean {
  return accepted !== null && accepted === attempts.at(-1)?.hash
}

/**
 * Whether the newest attempt may be replaced for lack of inclusion. After most refusals only the same bytes may help. An unknown
 * refusal may have been about the price.
 */
export function isReplaceable(context: PendingBatchContext): boolean {
  return isAccepted(context) || context.lastBroadcast?.refusal?.class === 'unknown'
}

/** The highest value of each fee in all attempts, refused attempts included. */
function highestFees({ attempts }: PendingBatchContext): Fees {
  return {
    maxFeePerGas: Math.max(...attempts.map((attempt) => attempt.maxFeePerGas)),
    maxPriorityFeePerGas: Math.max(...attempts.map((attempt) => attempt.maxPriorityFeePerGas)),
  }
}

/** For how long an attempt could have been included: since the offer, or since the chain accepts the nonce next. */
export function includableFor(
  { nextNonceSince }: PendingBatchContext,
  offeredAt: Millis | null,
  at: Millis,
): DurationMs {
  return nextNonceSince === null || offeredAt === null ? 0 : at - Math.max(nextNonceSince, offeredAt)
}
