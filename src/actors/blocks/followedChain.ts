/**
 * The chain as the chainMonitor follows it. Every answer of a node is compared with the followed chain before it becomes
 * final: the node may be behind, or on a branch that the chain has left.
 */
import type { ActorRefFrom } from 'xstate'
import type { BlockRef } from '../../domain/chain.ts'
import type { Hash } from '../../domain/primitives.ts'
import type { chainMonitorMachine } from '../../machines/chainMonitor/chainMonitor.ts'
import { ACTORS } from '../../machines/protocol.ts'
import type { ChainClient } from '../../rpc/chainClient.ts'
import { blockAt } from './readBlock.ts'

export interface FollowedChain {
  /** Number of the newest followed block; null before the first block. */
  readonly head: number | null
  /** The hash of a recent followed block; null for an unseen block. */
  readonly hashOf: (blockNumber: number) => Hash | null
}

/** The part of an actor system used by `followedChain`. */
export interface MonitorSystem {
  readonly get: (name: string) => ActorRefFrom<typeof chainMonitorMachine> | undefined
}

/** The chain followed by the system's chainMonitor, read anew at each use. */
export function followedChain(system: MonitorSystem): FollowedChain {
  const context = () => system.get(ACTORS.chainMonitor)?.getSnapshot().context
  return {
    get head() {
      return context()?.head?.number ?? null
    },
    hashOf: (blockNumber) =>
      context()?.window.find((block) => block.blockNumber === blockNumber)?.hash ?? null,
  }
}

/**
 * Whether a block is on the followed chain. For an unseen block, the nearest followed block above is the
 * witness: a node with the witness is on the followed chain. Before the first followed block the answer is yes.
 * @throws viem's error when the node does not answer
 */
export async function isOnChain(
  client: ChainClient,
  followed: FollowedChain,
  { blockNumber, blockHash }: BlockRef,
): Promise<boolean> {
  const { head, hashOf } = followed
  const followedHash = hashOf(blockNumber)
  if (followedHash !== null) return followedHash === blockHash
  if (head === null) return true
  const witness = nearestSeenAbove(blockNumber, head, hashOf)
  return (await blockAt(client, { blockNumber: witness }))?.hash === hashOf(witness)
}

/** Number of the lowest seen block above a block; the head when no seen block is higher. */
function nearestSeenAbove(blockNumber: number, head: number, hashOf: FollowedChain['hashOf']): number {
  for (let number = blockNumber + 1; number < head; number += 1) {
    if (hashOf(number) !== null) return number
  }
  return head
}

/** Whether the followed chain has a different block at the number. An unseen block counts as on the chain. */
export function isOffChain({ hashOf }: FollowedChain, { blockNumber, blockHash }: BlockRef): boolean {
  const followedHash = hashOf(blockNumber)
  return followedHash !== null && followedHash !== blockHash
}
