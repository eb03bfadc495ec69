/**
 * The wallet's transaction nonces, derived: from what the chain has consumed and from the signed transactions that are
 * not settled yet. Nothing is counted on the side that could drift from either.
 */
import type { BatchId, TransactionAttempt } from '../../domain/batch.ts'
import type { Hash } from '../../domain/primitives.ts'

/** A nonce that a signed transaction stands for. */
interface TrackedNonce {
  readonly nonce: number
  readonly batchId: BatchId
  /** Every transaction signed for it: any of them may be the one that is included. */
  readonly hashes: readonly Hash[]
}

export interface NonceStream {
  /** The lowest nonce that the chain accepts, in the newest block that was read. A reorg takes it back. */
  readonly chainNonce: number
  /** One more than the highest nonce that was ever seen consumed: new transactions never go below it. */
  readonly floor: number
  /** Signed and not settled, by ascending nonce. */
  readonly tracked: readonly TrackedNonce[]
}

export const noNonces: NonceStream = { chainNonce: 0, floor: 0, tracked: [] }

/** The nonce of the next new transaction. */
export function nextNonce({ chainNonce, floor, tracked }: NonceStream): number {
  return Math.max(chainNonce, floor, (tracked.at(-1)?.nonce ?? -1) + 1)
}

/** The signed transaction that the chain accepts next: the one to look after first. Null when it is none of ours. */
export function headOf({ chainNonce, tracked }: NonceStream): TrackedNonce | null {
  return tracked.find(({ nonce }) => nonce === chainNonce) ?? null
}

/**
 * The nonces that the chain waits for and nobody stands for, ascending. A transaction that was settled can leave one when
 * a reorg takes its block away.
 * @param most how many to return
 */
export function missingNonces(stream: NonceStream, most: number): readonly number[] {
  const taken = new Set(stream.tracked.map(({ nonce }) => nonce))
  const missing: number[] = []
  for (let nonce = stream.chainNonce; nonce < nextNonce(stream) && missing.length < most; nonce += 1) {
    if (!taken.has(nonce)) missing.push(nonce)
  }
  return missing
}

/** The batch whose transactions stand for a nonce; null when none does. */
export function ownerOf({ tracked }: NonceStream, nonce: number): BatchId | null {
  return tracked.find((entry) => entry.nonce === nonce)?.batchId ?? null
}

/** Whether a transaction signed for the nonce could still be included, as far as is known. */
export function isOpen({ chainNonce }: NonceStream, nonce: number): boolean {
  return nonce >= chainNonce
}

/**
 * Adds a signed transaction, under the nonce that it stands for. One of a nonce that was settled while it was being
 * signed comes too late to matter.
 */
export function trackAttempt(stream: NonceStream, attempt: TransactionAttempt): NonceStream {
  const isKnown = stream.tracked.some(({ nonce }) => nonce === attempt.nonce)
  return isKnown || isOpen(stream, attempt.nonce) ? restoreAttempt(stream, attempt) : stream
}

/** Adds a transaction that was signed before: by a former run, or for a block that was orphaned. */
export function restoreAttempt(stream: NonceStream, attempt: TransactionAttempt): NonceStream {
  const { nonce, batchId, hash } = attempt
  const known = stream.tracked.find((entry) => entry.nonce === nonce)
  const hashes = [...(known?.hashes ?? []).filter((other) => other !== hash), hash]
  const others = stream.tracked.filter((other) => other.nonce !== nonce)
  return {
    ...stream,
    tracked: [...others, { nonce, batchId, hashes }].sort((a, b) => a.nonce - b.nonce),
  }
}

/** Drops a nonce that a canonical block has consumed. */
export function settleNonce({ chainNonce, floor, tracked }: NonceStream, nonce: number): NonceStream {
  return {
    chainNonce: Math.max(chainNonce, nonce + 1),
    floor: Math.max(floor, nonce + 1),
    tracked: tracked.filter((entry) => entry.nonce !== nonce),
  }
}

/** Takes over the chain's count, which a reorg may have taken back. */
export function synchronise(stream: NonceStream, chainNonce: number): NonceStream {
  return { ...stream, chainNonce, floor: Math.max(stream.floor, chainNonce) }
}
