/** How full the blocks are while a backlog lasts. */
import { createPublicClient, http } from 'viem'
import type { Devnet } from '../src/devnet/devnet.ts'

/** The gas of a block. */
export interface BlockGas {
  readonly gasUsed: number
  readonly gasLimit: number
}

/** Does work, and reads the gas of the blocks that were made meanwhile. */
export async function withBlocks<T>(chain: Devnet, work: () => Promise<T>) {
  const client = createPublicClient({ transport: http(chain.rpcUrl), cacheTime: 0 })
  const first = (await client.getBlockNumber()) + 1n
  const result = await work()
  const blocks: BlockGas[] = []
  for (let number = first; number <= (await client.getBlockNumber()); number += 1n) {
    const { gasUsed, gasLimit } = await client.getBlock({ blockNumber: number })
    blocks.push({ gasUsed: Number(gasUsed), gasLimit: Number(gasLimit) })
  }
  return { result, blocks }
}

/**
 * The used gas over the gas limit, from the first to the last block with a transaction. These two are left out: the backlog begins
 * and ends within them.
 * @returns NaN if no block is left
 */
export function shareOfBacklog(blocks: readonly BlockGas[]): number {
  const isUsed = ({ gasUsed }: BlockGas) => gasUsed > 0
  const middle = blocks.slice(blocks.findIndex(isUsed) + 1, Math.max(0, blocks.findLastIndex(isUsed)))
  const sum = (gas: (block: BlockGas) => number) => middle.reduce((total, block) => total + gas(block), 0)
  return sum(({ gasUsed }) => gasUsed) / sum(({ gasLimit }) => gasLimit)
}
