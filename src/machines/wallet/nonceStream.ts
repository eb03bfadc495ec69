/**
 * The wallet's transaction nonces. All nonces follow from the account's nonce on chain and from the unsettled attempts.
 * There is no separate counter to drift.
 */
import type { BatchId, TransactionAttempt } from '../../domain/batch.ts'
import type { Hash, Wei } from '../../domain/primitives.ts'

/** A nonce with attempts. */
interface TrackedNonce {
  readonly nonce: number
  readonly batchId: BatchId
  /** The hashes of all attempts at the nonce. Any attempt may be included. */
  readonly hashes: readonly Hash[]
  /** Highest cost of the attempts: gas limit times maximum fee, and the fees of a rollup. */
  readonly maxCost: Wei
}

export interface NonceStream {
  /** The next nonce accepted by the chain. Only a reorg that was followed lowers it: a node may lag behind. */
  readonly chainNonce: number
  /** One more than the highest nonce ever consumed. New nonces never go below, also after a reorg. */
  readonly floor: number
  /** The signed and unsettled nonces, in ascending order. */
  readonly tracked: readonly TrackedNonce[]
}

export const noNonces: NonceStream = { chainNonce: 0, floor: 0, tracked: [] }

/** The nonce of the next new transaction. */
export function nextNonce({ chainNonce, floor, tracked }: NonceStream): number {
  return Math.max(chainNonce, floor, (tracked.at(-1)?.nonce ?? -1) + 1)
}

/** The tracked nonce accepted next by the chain. @returns null when no attempt has the nonce */
export function headOf({ chainNonce, tracked }: NonceStream): TrackedNonce | null {
  return tracked.find(({ nonce }) => nonce === chainNonce) ?? null
}

/**
 * The gaps: nonces below the next new nonce that are neither consumed nor used by an attempt, in ascending order. A reorg
 * that orphans a settled transaction leaves a gap.
 * @param most largest number of nonces to return
 */
export function missingNonces(stream: NonceStream, most: number): readonly number[] {
  const tracked = new Set(stream.tracked.map(({ nonce }) => nonce))
  const missing: number[] = []
  for (let nonce = stream.chainNonce; nonce < nextNonce(stream) && missing.length < most; nonce += 1) {
    if (!tracked.has(nonce)) missing.push(nonce)
  }
  return missing
}

/** The batch with attempts at a nonce. @returns null when the nonce has no attempts */
export function ownerOf({ tracked }: NonceStream, nonce: number): BatchId | null {
  return tracked.find((entry) => entry.nonce === nonce)?.batchId ?? null
}

/** Whether the nonce was not consumed at the last reading. */
function isOpen({ chainNonce }: NonceStream, nonce: number): boolean {
  return nonce >= chainNonce
}

/** Whether a batch may have an attempt at the nonce: the nonce is not consumed, and no other batch has attempts at it. */
export function isFreeFor(stream: NonceStream, nonce: number, batchId: BatchId): boolean {
  const owner = ownerOf(stream, nonce)
  return isOpen(stream, nonce) && (owner === null || owner === batchId)
}

/** Adds a stored attempt: a new one, or one of a former run or of a revived batch. */
export function restoreAttempt(stream: NonceStream, attempt: TransactionAttempt): NonceStream {
  const { nonce, batchId, hash, gasLimit, maxFeePerGas, rollupFee } = attempt
  const known = stream.tracked.find((entry) => entry.nonce === nonce)
  const hashes = [...(known?.hashes ?? []).filter((other) => other !== hash), hash]
  const cost = BigInt(gasLimit) * BigInt(maxFeePerGas) + BigInt(rollupFee)
  const knownCost = BigInt(known?.maxCost ?? 0)
  const maxCost = String(cost > knownCost ? cost : knownCost)
  const others = stream.tracked.filter((other) => other.nonce !== nonce)
  return {
    ...stream,
    tracked: [...others, { nonce, batchId, hashes, maxCost }].sort((a, b) => a.nonce - b.nonce),
  }
}

/** The highest cost of all transactions that are not consumed, without the nonce of the attempt to sign. Pools require the sum. */
export function costInFlight({ chainNonce, tracked }: NonceStream, signedNonce: number): Wei {
  const open = tracked.filter(({ nonce }) => nonce >= chainNonce && nonce !== signedNonce)
  return String(open.reduce((sum, { maxCost }) => sum + BigInt(maxCost), 0n))
}

/** Removes a settled nonce. */
export function settleNonce({ chainNonce, floor, tracked }: NonceStream, nonce: number): NonceStream {
  return {
    chainNonce: Math.max(chainNonce, nonce + 1),
    floor: Math.max(floor, nonce + 1),
    tracked: tracked.filter((entry) => entry.nonce !== nonce),
  }
}

/** @param mayBeLower true after a reorg: the reading may undo consumed nonces. Otherwise a lower reading comes from a lagging node. */
export function synchronise(stream: NonceStream, read: number, mayBeLower: boolean): NonceStream {
  const chainNonce = mayBeLower ? read : Math.max(stream.chainNonce, read)
  return { ...stream, chainNonce, floor: Math.max(stream.floor, chainNonce) }
}
