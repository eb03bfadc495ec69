/** The effect of a reading of the account on the wallet: pure. */
import type { SystemEvent } from '../../domain/events.ts'
import type { WalletContext, WalletReading } from './context.ts'
import { missingNonces, nextNonce, synchronise } from './nonceStream.ts'

/** Maximum number of gap nonces to fill at a time. */
const MAX_GAP_NONCES = 16

/**
 * The context after a reading. A gap counts after two blocks with the gap: an endpoint behind by a block shows gaps
 * without a cause.
 */
export function afterReading(context: WalletContext, reading: WalletReading): Partial<WalletContext> {
  const { chainNonce, balance, blockNumber, at } = reading
  const { blockDue, gapAt } = context
  const nonces = synchronise(context.nonces, chainNonce)
  const missing = missingNonces(nonces, MAX_GAP_NONCES)
  const isSeenTwice = gapAt !== null && blockNumber > gapAt
  return {
    nonces,
    balance,
    syncedAt: at,
    blockDue: blockDue !== null && blockDue > blockNumber ? blockDue : null,
    gapAt: missing.length === 0 ? null : (gapAt ?? blockNumber),
    missing: isSeenTwice ? missing : [],
    failure: null,
  }
}

/**
 * The event for foreign transactions: a different program has sent transactions with the wallet's key.
 * @returns null when the chain's nonce is explained by our own transactions, and for the first reading of all
 */
export function foreignTransactions(
  { nonces, syncedAt }: WalletContext,
  { chainNonce, at }: WalletReading,
): SystemEvent | null {
  const expected = nextNonce(nonces)
  if (syncedAt === null || chainNonce <= expected) return null
  return { type: 'wallet.foreignTransactions', nonces: chainNonce - expected, nextNonce: chainNonce, at }
}
