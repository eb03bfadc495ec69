/** Finds, at a start, the ends whose blocks were orphaned while nobody watched. */
import type { BlockHead, BlockRef } from '../../domain/chain.ts'
import type { Hash, Now } from '../../domain/primitives.ts'
import type { CheckedWork } from '../../domain/recovery.ts'
import type { StoreWrite } from '../../domain/writes.ts'
import { REORG_WINDOW } from '../../machines/opsBatcher/settledWork.ts'
import type { ChainClient } from '../../rpc/chainClient.ts'
import type { RequestStore } from '../../store/port.ts'
import { blockAt, readHead } from '../blocks/readBlock.ts'

/**
 * Revives the batches whose end stands on a block that is not canonical any more.
 * @returns the ends of the last blocks that still stand, oldest first, and the node's newest block
 * @throws viem's error when the chain does not answer; StoreError
 */
export async function reviveOrphaned(
  client: ChainClient,
  store: Pick<RequestStore, 'settledSince' | 'commit'>,
  now: Now,
): Promise<CheckedWork> {
  const { head } = await readHead(client, now)
  const { batches, operations } = await store.settledSince(Math.max(0, head.number - REORG_WINDOW))
  const blocks = [
    ...batches.map(({ inclusion }) => inclusion),
    ...operations.map(({ evidenceBlock }) => evidenceBlock),
  ]
  const branch = await branchOf(client, head, Math.min(...blocks.map(({ blockNumber }) => blockNumber)))
  const isOrphaned = ({ blockNumber, blockHash }: BlockRef) => branch.get(blockNumber) !== blockHash
  const lost = batches.filter(({ inclusion }) => isOrphaned(inclusion))
  const at = now()
  if (lost.length > 0) {
    await store.commit(lost.map(({ batchId }): StoreWrite => ({ type: 'batch.revived', batchId, at })))
  }
  return {
    settled: {
      batches: batches.filter(({ inclusion }) => !isOrphaned(inclusion)),
      operations: operations.filter(({ evidenceBlock }) => !isOrphaned(evidenceBlock)),
    },
    orphaned: operations.filter(({ evidenceBlock }) => isOrphaned(evidenceBlock)),
    head,
  }
}

/** Blocks that are asked for at once. */
const AT_ONCE = 16

/**
 * The hashes of a block and of those before it, as far as the node has them. Each names the one before it: that is what holds,
 * and not what is in a place by its number, which another node may have answered for that is on another branch.
 * @param lowest number of the last one
 */
async function branchOf(
  client: ChainClient,
  head: BlockHead,
  lowest: number,
): Promise<ReadonlyMap<number, Hash>> {
  const branch = new Map([[head.number, head.hash]])
  let { parentHash } = head
  for (let top = head.number - 1; top >= lowest; top -= AT_ONCE) {
    const numbers = Array.from({ length: Math.min(AT_ONCE, top - lowest + 1) }, (_, below) => top - below)
    const shown = await Promise.all(
      // The last one's hash is told by the one above it.
      numbers.map((blockNumber) => (blockNumber === lowest ? null : blockAt(client, { blockNumber }))),
    )
    for (const [index, number] of numbers.entries()) {
      branch.set(number, parentHash)
      if (number === lowest) break
      const inPlace = shown[index]
      const block = inPlace?.hash === parentHash ? inPlace : await blockAt(client, { blockHash: parentHash })
      // A node that lags behind the one that told the newest block: what is below is looked at again.
      if (block === null) return branch
      parentHash = block.parentHash
    }
  }
  return branch
}
