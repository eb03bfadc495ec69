/** How long the wallet can go on. */
import type { Runway } from '../domain/cost.ts'
import type { DurationMs, Wei } from '../domain/primitives.ts'

/** Time over which the spending is counted. */
export const SPENDING_PERIOD: DurationMs = 3_600_000

/**
 * @param balance null until the first read
 * @param spent in the last spending period
 * @returns null when nothing was spent, or the balance is not known
 */
export function runwayOf(balance: Wei | null, spent: Wei): Runway | null {
  if (balance === null || BigInt(spent) === 0n) return null
  return { duration: Number((BigInt(balance) * BigInt(SPENDING_PERIOD)) / BigInt(spent)), spent }
}
