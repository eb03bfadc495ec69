/** Whether the price of each attempt has a cause: the market, an accepted earlier attempt, or a refusal of its price. */
import type { TransactionAttempt } from '../../src/domain/batch.ts'
import type { Hash, WeiPerGas } from '../../src/domain/primitives.ts'
import type { Chain } from './chain/chain.ts'
import type { SendingFate } from './network.ts'
import { PRICE_REFUSALS } from './weather/refusals.ts'

/** What became of each transaction, by hash. */
export type Fates = ReadonlyMap<Hash, readonly SendingFate[]>

/** Answers to bytes that a node has, or that came too late: they say nothing against the attempt. */
const HARMLESS = ['already known', 'nonce too low']

/** The highest price that the market of a run explains: twice the base fee, and the tip. */
export function highestMarketPrice(chain: Chain, suggestedTip: WeiPerGas): WeiPerGas {
  const prices = chain.blocks.map(({ baseFee, tip }) => 2 * baseFee + Math.max(tip, suggestedTip))
  return Math.ceil(1.125 * Math.max(...prices))
}

/** The attempts above the market whose earlier attempts were all refused, and never for the price. */
export function pricesWithoutCause(
  attempts: readonly TransactionAttempt[],
  fates: Fates,
  market: WeiPerGas,
): readonly TransactionAttempt[] {
  return attempts.filter((attempt) => {
    if (attempt.purpose === 'cancel' || attempt.maxFeePerGas <= market) return false
    const earlier = attempts.filter(
      ({ nonce, maxFeePerGas }) => nonce === attempt.nonce && maxFeePerGas < attempt.maxFeePerGas,
    )
    return earlier.length > 0 && earlier.every(({ hash }) => isRefusedForOtherReasons(fates.get(hash) ?? []))
  })
}

/** An attempt that was never sent, for example because of a crash, proves nothing. */
function isRefusedForOtherReasons(fates: readonly SendingFate[]): boolean {
  return fates.length > 0 && !fates.some(isCause)
}

function isCause(fate: SendingFate): boolean {
  if (fate.type !== 'refused') return true
  return [...PRICE_REFUSALS, ...HARMLESS].some((words) => fate.why.startsWith(words))
}
