/**
 * The chain as the monitor follows it, block by block. Single answers are held against it before anything is final by them:
 * the node that gives them may be behind, or on a branch that the chain has left.
 */
import type { Hash } from '../domain/primitives.ts'

export interface FollowedChain {
  /** Number of its newest block; null before the first. */
  readonly head: number | null
  /** The hash of one of its last blocks; null for one that was not seen. */
  readonly hashOf: (blockNumber: number) => Hash | null
}

/** Whether a block that a node told of is on another branch. One that was not seen is taken at the node's word. */
export function isOffChain(
  { hashOf }: FollowedChain,
  { blockNumber, blockHash }: { readonly blockNumber: number; readonly blockHash: Hash },
): boolean {
  const followed = hashOf(blockNumber)
  return followed !== null && followed !== blockHash
}
