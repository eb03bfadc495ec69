/**
 * The wallet's transaction nonces, derived: from what the chain has consumed and from the signed transactions that are
 * not settled yet. Nothing is counted on the side that could drift from either.
 */
import type { BatchId, TransactionAttempt } from '../domain/batch.ts'
import type { Hash } from '../domain/primitives.ts'

/** A nonce that a signed transaction stands for. */
interface TrackedNonce {
  readonly nonce: number
  readonly batchId: BatchId
  /** Every transaction signed for it: any of them may be the one that is included. */
  readonly hashes: readonly Hash[]
}

export interface NonceStream {
  /** The lowest nonce that the chain still accepts, as far as is known. */
  readonly chainNonce: number
  /** Signed and not settled, by ascending nonce. */
  readonly tracked: readonly TrackedNonce[]
}

/** The nonce of the next new transaction. */
export function nextNonce({ chainNonce, tracked }: NonceStream): number {
  return Math.max(chainNonce, (tracked.at(-1)?.nonce ?? -1) + 1)
}

/** Whether signed transactions of the nonce are in flight. */
export function isTracked({ tracked }: NonceStream, nonce: number): boolean {
  return tracked.some((entry) => entry.nonce === nonce)
}

/**
 * Adds a signed transaction, under the nonce that it stands for. One of a nonce that was settled while it was being
 * signed comes too late to matter.
 */
export function trackAttempt(stream: NonceStream, attempt: TransactionAttempt): NonceStream {
  const { nonce, batchId, hash } = attempt
  const known = stream.tracked.find((entry) => entry.nonce === nonce)
  if (known === undefined && nonce < stream.chainNonce) return stream
  const entry: TrackedNonce = { nonce, batchId, hashes: [...(known?.hashes ?? []), hash] }
  const others = stream.tracked.filter((other) => other.nonce !== nonce)
  return { ...stream, tracked: [...others, entry].sort((a, b) => a.nonce - b.nonce) }
}

/** Drops a nonce that a canonical block has consumed. */
export function settleNonce({ chainNonce, tracked }: NonceStream, nonce: number): NonceStream {
  return {
    chainNonce: Math.max(chainNonce, nonce + 1),
    tracked: tracked.filter((entry) => entry.nonce !== nonce),
  }
}

/**
 * Takes over the chain's count. Never backwards: a lagging endpoint or a short reorg must not give out a nonce that a
 * settled transaction had.
 */
export function synchronise(stream: NonceStream, chainNonce: number): NonceStream {
  return { ...stream, chainNonce: Math.max(stream.chainNonce, chainNonce) }
}
