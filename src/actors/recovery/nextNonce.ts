/** The nonce that follows the stored transactions of the wallet. */
import { isAddressEqual } from 'viem'
import type { TransactionAttempt } from '../../domain/batch.ts'
import type { Address } from '../../domain/primitives.ts'
import { senderOf } from '../../evm/senderOf.ts'

/**
 * One more than the highest nonce that the wallet has signed. The first reading of the account may come from a node that lags:
 * a nonce below this one is used already.
 * @param newest the last signed attempts, also of wallets that signed before
 * @returns null if no attempt is of the wallet
 */
export function nextNonceOf(
  newest: readonly Pick<TransactionAttempt, 'nonce' | 'raw'>[],
  wallet: Address,
): number | null {
  const own = newest.filter(({ raw }) => isAddressEqual(senderOf(raw), wallet))
  return own.length === 0 ? null : 1 + Math.max(...own.map(({ nonce }) => nonce))
}
