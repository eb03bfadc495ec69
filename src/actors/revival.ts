/** Finds, at a start, the ends whose blocks were orphaned while nobody watched. */
import type { BlockHead, BlockRef } from '../domain/chain.ts'
import type { Hash, Now } from '../domain/primitives.ts'
import type { CheckedEnds } from '../domain/recovery.ts'
import type { StoreWrite } from '../domain/writes.ts'
import { REORG_WINDOW } from '../machines/settledEnds.ts'
import type { RequestStore } from '../store/port.ts'
import { blockAt, readHead } from './blocks.ts'
import type { ChainClient } from './chainClient.ts'

/**
 * Revives what ended on a block that is not canonical any more: batches, and operations that were in none.
 * @returns the ends of the last blocks that still stand, oldest first, and the node's newest block
 * @throws viem's error when the chain does not answer; StoreError
 */
export async function reviveOrphaned(
  client: ChainClient,
  store: Pick<RequestStore, 'settledSince' | 'commit'>,
  now: Now,
): Promise<CheckedEnds> {
  const { head } = await readHead(client, now)
  const { batches, operations } = await store.settledSince(Math.max(0, head.number - REORG_WINDOW))
  const blocks = [...batches.map(({ inclusion }) => inclusion), ...operations.map(({ standsOn }) => standsOn)]
  const branch = await branchOf(client, head, Math.min(...blocks.map(({ blockNumber }) => blockNumber)))
  const isOrphaned = ({ blockNumber, blockHash }: BlockRef) => branch.get(blockNumber) !== blockHash
  const at = now()
  const revivals = [
    ...batches
      .filter(({ inclusion }) => isOrphaned(inclusion))
      .map(({ batchId }): StoreWrite => ({ type: 'batch.revived', batchId, at })),
    ...operations
      .filter(({ standsOn }) => isOrphaned(standsOn))
      .map(({ operation: { id } }): StoreWrite => ({ type: 'operation.revived', id, at })),
  ]
  if (revivals.length > 0) await store.commit(revivals)
  return {
    settled: {
      batches: batches.filter(({ inclusion }) => !isOrphaned(inclusion)),
      operations: operations.filter(({ standsOn }) => !isOrphaned(standsOn)),
    },
    head,
  }
}

/**
 * The hashes of a block and of those before it. Each names the one before it: that is what holds, and not what is in a place
 * by its number, which another node may have answered for that is on another branch.
 * @param lowest number of the last one
 */
async function branchOf(
  client: ChainClient,
  head: BlockHead,
  lowest: number,
): Promise<ReadonlyMap<number, Hash>> {
  const numbers = Array.from({ length: Math.max(0, head.number - lowest) }, (_, above) => lowest + above)
  const shown = new Map(
    await Promise.all(numbers.map(async (number) => [number, await blockAt(client, number)] as const)),
  )
  const branch = new Map([[head.number, head.hash]])
  let { parentHash } = head
  for (const number of numbers.toReversed()) {
    const inPlace = shown.get(number)
    const block = inPlace?.hash === parentHash ? inPlace : await client.getBlock({ blockHash: parentHash })
    branch.set(number, parentHash)
    parentHash = block.parentHash
  }
  return branch
}
