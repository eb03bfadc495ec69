/** What a transaction offers for its gas: at first, and when it has to be replaced. All fees in wei per gas. */
import type { TransactionAttempt } from '../domain/batch.ts'
import type { MarketFees } from '../domain/chain.ts'
import type { PendingBatchConfig } from '../domain/config.ts'
import type { WeiPerGas } from '../domain/primitives.ts'

/** The two fields of an EIP-1559 transaction. */
export type TransactionFees = Pick<TransactionAttempt, 'maxFeePerGas' | 'maxPriorityFeePerGas'>

/** What of the configuration bounds fees. */
export type FeeConfig = Pick<PendingBatchConfig, 'maxFeePerGas' | 'maxFeeMultiplier' | 'feeEscalationStep'>

/**
 * The fees of a first attempt: the market's tip, and room for the base fee to double while the transaction waits.
 * Unused room costs nothing (EIP-1559). Above the configured ceiling it offers the ceiling, and waits for the fee to fall.
 */
export function firstFees(market: MarketFees, config: FeeConfig): TransactionFees {
  const maxFeePerGas = Math.min(config.maxFeePerGas, Math.ceil(2 * market.baseFee + market.priorityFee))
  return { maxFeePerGas, maxPriorityFeePerGas: Math.min(maxFeePerGas, Math.ceil(market.priorityFee)) }
}

/**
 * The fees of a replacement with the same nonce: both fields by the escalation step above the highest ever tried, or
 * what the market asks if that is more.
 *
 * The ceiling is the configured `maxFeePerGas`, and `maxFeeMultiplier` times what a first attempt would offer now. It
 * bounds the fee as a whole. A tip has no ceiling of its own: where tips are near zero it would be met at once, and
 * then no replacement would be valid although there is room in the fee.
 *
 * @param highestTried each field's highest value over all attempts with this nonce, those that were refused included
 * @returns null when what pools accept does not fit under the ceiling: send the same bytes again
 */
export function nextFees(
  market: MarketFees,
  highestTried: TransactionFees,
  config: FeeConfig,
): TransactionFees | null {
  const first = firstFees(market, config)
  const ceiling = Math.min(config.maxFeePerGas, Math.floor(config.maxFeeMultiplier * first.maxFeePerGas))
  const step = config.feeEscalationStep
  const maxFeePerGas = raise(highestTried.maxFeePerGas, first.maxFeePerGas, step, ceiling)
  if (maxFeePerGas === null) return null
  const maxPriorityFeePerGas = raise(
    highestTried.maxPriorityFeePerGas,
    first.maxPriorityFeePerGas,
    step,
    maxFeePerGas,
  )
  return maxPriorityFeePerGas === null ? null : { maxFeePerGas, maxPriorityFeePerGas }
}

/**
 * Pools take a replacement when both fields are at least 10 % higher, some 12.5 %, and strictly higher at any rate. An
 * eighth is exact in binary, so the least that is valid is never missed by rounding.
 */
function raise(tried: WeiPerGas, market: WeiPerGas, step: number, ceiling: WeiPerGas): WeiPerGas | null {
  const leastValid = tried + Math.max(1, Math.ceil(tried / 8))
  if (leastValid > ceiling) return null
  return Math.min(ceiling, Math.max(leastValid, market, Math.ceil(tried * step)))
}
