/** Fees of a first attempt and of its replacements, in wei per gas. */
import type { TransactionAttempt } from '../domain/batch.ts'
import type { MarketFees } from '../domain/chain.ts'
import type { PendingBatchConfig } from '../domain/config.ts'
import type { WeiPerGas } from '../domain/primitives.ts'

/** The two fee fields of an EIP-1559 transaction. */
export type TransactionFees = Pick<TransactionAttempt, 'maxFeePerGas' | 'maxPriorityFeePerGas'>

/** Configured limits of the fees. */
export type FeeConfig = Pick<PendingBatchConfig, 'maxFeePerGas' | 'maxFeeMultiplier' | 'feeEscalationStep'>

/**
 * The limits of an attempt that a cancel can replace: pools want fees one eighth above its own, and these must not exceed the
 * configured maximum.
 */
export function limitsBelowCancel<C extends FeeConfig>(config: C): C {
  return { ...config, maxFeePerGas: config.maxFeePerGas - Math.ceil(config.maxFeePerGas / 9) }
}

/** The limits of a cancel. It must replace attempts also after a fall of the market: only the configured maximum counts. */
export function limitsOfCancel<C extends FeeConfig>(config: C): C {
  return { ...config, maxFeeMultiplier: Number.MAX_VALUE }
}

/**
 * The fees of a first attempt: the market's tip, and twice the base fee. The base fee may double while the transaction
 * waits. Unused fee is not charged (EIP-1559). The configured `maxFeePerGas` limits both fields.
 */
export function firstFees(market: MarketFees, config: FeeConfig): TransactionFees {
  const maxFeePerGas = Math.min(config.maxFeePerGas, Math.ceil(2 * market.baseFee + market.priorityFee))
  return { maxFeePerGas, maxPriorityFeePerGas: Math.min(maxFeePerGas, Math.ceil(market.priorityFee)) }
}

/**
 * The fees of an attempt at a nonce whose earlier attempts no pool holds: the highest tried, or the market's fees if these are
 * higher. So the fees never exceed the market because of a refusal.
 */
export function repricedFees(
  market: MarketFees,
  highestTried: TransactionFees,
  config: FeeConfig,
): TransactionFees {
  const first = firstFees(market, config)
  return {
    maxFeePerGas: Math.max(highestTried.maxFeePerGas, first.maxFeePerGas),
    maxPriorityFeePerGas: Math.max(highestTried.maxPriorityFeePerGas, first.maxPriorityFeePerGas),
  }
}

/**
 * The fees of a replacement at a used nonce. Each field is the highest tried value times the escalation step, or the
 * market's fee if that is higher.
 *
 * The ceiling of `maxFeePerGas` is the configured maximum, and `maxFeeMultiplier` times the fee of a first attempt at the
 * present market. The tip has no lower ceiling. Tips near zero would reach it at once, and a replacement would be
 * impossible although the total fee has room.
 *
 * @param highestTried highest value of each field over all attempts with the nonce, including refused attempts
 * @returns null if the ceiling is below every fee accepted by pools: rebroadcast the same bytes
 */
export function nextFees(
  market: MarketFees,
  highestTried: TransactionFees,
  config: FeeConfig,
): TransactionFees | null {
  const first = firstFees(market, config)
  // On a chain without fees a replacement must pay one wei.
  const payable = Math.max(1, first.maxFeePerGas)
  const ceiling = Math.min(config.maxFeePerGas, Math.floor(config.maxFeeMultiplier * payable))
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
 * One field of a replacement; null if the ceiling does not allow a valid value.
 *
 * Pools accept a replacement if both fields are at least 10 % higher, and some pools require 12.5 %. One eighth is
 * exact in binary: rounding never makes the result too small.
 */
function raise(tried: WeiPerGas, market: WeiPerGas, step: number, ceiling: WeiPerGas): WeiPerGas | null {
  const leastValid = tried + Math.max(1, Math.ceil(tried / 8))
  if (leastValid > ceiling) return null
  return Math.min(ceiling, Math.max(leastValid, market, Math.ceil(tried * step)))
}
