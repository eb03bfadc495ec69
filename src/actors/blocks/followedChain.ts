/**
 * The chain as the monitor follows it, block by block. Single answers are held against it before anything is final by them:
 * the node that gives them may be behind, or on a branch that the chain has left.
 */
import type { BlockRef } from '../../domain/chain.ts'
import type { Hash } from '../../domain/primitives.ts'
import type { ChainClient } from '../../rpc/chainClient.ts'
import { blockAt } from './readBlock.ts'

export interface FollowedChain {
  /** Number of its newest block; null before the first. */
  readonly head: number | null
  /** The hash of one of its last blocks; null for one that was not seen. */
  readonly hashOf: (blockNumber: number) => Hash | null
}

/**
 * Whether a block that a node shows in its place is on the chain that is followed. Of one that was not seen the next one
 * above it that was seen tells, or else the newest: the node must have that in its place.
 * @throws viem's error when the node does not answer
 */
export async function isOnChain(
  client: ChainClient,
  { head, hashOf }: FollowedChain,
  { blockNumber, blockHash }: BlockRef,
): Promise<boolean> {
  const followed = hashOf(blockNumber)
  if (followed !== null || head === null) return followed === null || followed === blockHash
  let witness = blockNumber + 1
  while (witness < head && hashOf(witness) === null) witness += 1
  if (witness > head) witness = head
  return (await blockAt(client, { blockNumber: witness }))?.hash === hashOf(witness)
}

/** Whether a block that a node told of is on another branch. One that was not seen is taken at the node's word. */
export function isOffChain({ hashOf }: FollowedChain, { blockNumber, blockHash }: BlockRef): boolean {
  const followed = hashOf(blockNumber)
  return followed !== null && followed !== blockHash
}
