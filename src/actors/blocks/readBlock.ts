/** Reads blocks. */
import { type Block, BlockNotFoundError } from 'viem'
import type { BlockHead } from '../../domain/chain.ts'
import type { Hash, Now } from '../../domain/primitives.ts'
import { isSound } from '../../policy/feeWindow.ts'
import type { ChainClient } from '../../rpc/chainClient.ts'
import type { SeenBlock } from './blockTrail.ts'

/** The node's newest block. @throws viem's error when the node does not answer; Error for an incomplete block */
export async function readHead(client: ChainClient, now: Now): Promise<SeenBlock> {
  return toSeen(await client.getBlock({ blockTag: 'latest' }), now)
}

/** @throws Error for an incomplete block */
export function toSeen(block: Block, now: Now): SeenBlock {
  if (block.number === null || block.hash === null) throw new BlockNotFoundError({})
  const head: BlockHead = {
    number: Number(block.number),
    hash: block.hash,
    parentHash: block.parentHash,
    baseFee: Number(block.baseFeePerGas ?? 0n),
    gasUsed: Number(block.gasUsed),
    // Some chains have no limit, and report a value above the range of whole numbers.
    gasLimit: Math.min(Number(block.gasLimit), Number.MAX_SAFE_INTEGER),
    transactions: block.transactions.map((entry) => (typeof entry === 'string' ? entry : entry.hash)),
    minedAt: Number(block.timestamp) * 1000,
    seenAt: now(),
  }
  if (!isSound(head)) throw new Error(`block ${block.number} is incomplete`)
  return { head, minedAt: Number(block.timestamp) }
}

/** A block; null when the node lacks it. @throws viem's error when the node does not answer */
export async function blockAt(
  client: ChainClient,
  at: { readonly blockHash: Hash } | { readonly blockNumber: number },
): Promise<{ readonly hash: Hash; readonly parentHash: Hash } | null> {
  try {
    return await client.getBlock('blockHash' in at ? at : { blockNumber: BigInt(at.blockNumber) })
  } catch (error) {
    if (error instanceof BlockNotFoundError) return null
    throw error
  }
}
