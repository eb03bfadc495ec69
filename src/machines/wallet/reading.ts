/** The effect of a reading of the account on the wallet: pure. */
import type { SystemEvent } from '../../domain/events.ts'
import type { ForeignSighting, WalletContext, WalletReading } from './context.ts'
import { missingNonces, nextNonce, synchronise } from './nonceStream.ts'

/** Maximum number of gap nonces to fill at a time. */
const MAX_GAP_NONCES = 16

/** Number of blocks from a reorg in which a reading may lower the nonce: some nodes follow the reorg later than others. */
const REORG_BLOCKS = 16

/**
 * The context after a reading. A reading of a block below the last one is ignored: the node lags. A gap counts after two blocks
 * with the gap.
 */
export function afterReading(context: WalletContext, reading: WalletReading): Partial<WalletContext> {
  const { chainNonce, balance, blockNumber, at } = reading
  const { blockDue, gapAt } = context
  const rest = { blockDue: blockDue !== null && blockDue > blockNumber ? blockDue : null, failure: null }
  if (isStale(context, reading)) return rest
  const nonces = synchronise(context.nonces, chainNonce, isAfterReorg(context, blockNumber))
  const missing = missingNonces(nonces, MAX_GAP_NONCES)
  const isSeenTwice = gapAt !== null && blockNumber > gapAt
  return {
    ...rest,
    nonces,
    balance,
    syncedAt: at,
    readAt: blockNumber,
    isNonceConfirmed: context.isNonceConfirmed || isExplained(context, reading),
    sighting: sightingAfter(context, reading),
    refusal: isRefusalOver(context, reading) ? null : context.refusal,
    gapAt: missing.length === 0 ? null : (gapAt ?? blockNumber),
    missing: isSeenTwice ? missing : [],
  }
}

/**
 * The event for foreign transactions: a different program has sent transactions with the wallet's key.
 * @returns null unless a second reading agrees
 */
export function foreignTransactions(context: WalletContext, reading: WalletReading): SystemEvent | null {
  const { sighting } = context
  if (sighting === null || !isConfirmed(sighting, reading)) return null
  const { expected, chainNonce } = sighting
  return {
    type: 'wallet.foreignTransactions',
    nonces: chainNonce - expected,
    nextNonce: chainNonce,
    at: reading.at,
  }
}

function isStale({ readAt }: WalletContext, { blockNumber }: WalletReading): boolean {
  return readAt !== null && blockNumber < readAt
}

function isAfterReorg({ reorgAt }: WalletContext, blockNumber: number): boolean {
  return reorgAt !== null && blockNumber >= reorgAt && blockNumber < reorgAt + REORG_BLOCKS
}

/**
 * The second reading brings no surprise: the nonce of the first one is right. Without this, a first reading from a lagging node
 * would make our own earlier transactions foreign.
 */
function isExplained({ nonces, syncedAt }: WalletContext, { chainNonce }: WalletReading): boolean {
  return syncedAt !== null && chainNonce >= nonces.chainNonce && chainNonce <= nextNonce(nonces)
}

/** An unconfirmed sighting stays, because a lagging node does not refute it. */
function sightingAfter(context: WalletContext, reading: WalletReading): ForeignSighting | null {
  const { nonces, sighting, isNonceConfirmed } = context
  if (sighting !== null && !isConfirmed(sighting, reading)) return sighting
  const expected = nextNonce(nonces)
  const { chainNonce, blockNumber } = reading
  return isNonceConfirmed && chainNonce > expected ? { expected, chainNonce, blockNumber } : null
}

function isConfirmed(sighting: ForeignSighting, { chainNonce, blockNumber }: WalletReading): boolean {
  return chainNonce >= sighting.chainNonce && blockNumber > sighting.blockNumber
}

/**
 * The refusal may not hold any more. One of our transactions was included: a node accepts, and pooled transactions need less.
 * Or none is in flight, because the refused one was included before the refusal arrived: then no inclusion can follow. Or the
 * balance has risen.
 */
function isRefusalOver({ refusal, nonces }: WalletContext, { chainNonce, balance }: WalletReading): boolean {
  if (refusal === null || chainNonce > refusal.chainNonce) return true
  if (nonces.tracked.every(({ nonce }) => nonce < chainNonce)) return true
  return refusal.type === 'funds' && BigInt(balance) > BigInt(refusal.balance)
}
