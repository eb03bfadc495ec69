/** At a start: finds settled work whose evidence block was orphaned while the gateway was stopped. */
import type { BlockHead, BlockRef } from '../../domain/chain.ts'
import type { Hash, Now } from '../../domain/primitives.ts'
import type { CheckedWork } from '../../domain/recovery.ts'
import type { StoreWrite } from '../../domain/writes.ts'
import { REORG_WINDOW } from '../../machines/opsBatcher/settledWork.ts'
import type { ChainClient } from '../../rpc/chainClient.ts'
import type { RequestStore } from '../../store/port.ts'
import { blockAt, readHead } from '../blocks/readBlock.ts'

/**
 * Revives in the store the batches with an orphaned block.
 * @returns the recent settled work on canonical blocks, oldest first; the orphaned operations; the node's newest block
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
  const orphanedBatches = batches.filter(({ inclusion }) => isOrphaned(inclusion))
  const at = now()
  if (orphanedBatches.length > 0) {
    await store.commit(
      orphanedBatches.map(({ batchId }): StoreWrite => ({ type: 'batch.revived', batchId, at })),
    )
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

/** Blocks that are read in parallel. */
const AT_ONCE = 16

/**
 * The hashes of a block and of its ancestors, by number. The search follows parent hashes: a read by number may come
 * from a node on another branch. Blocks that the node lacks are absent.
 * @param lowest number of the oldest wanted block
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
    const read = await Promise.all(
      // The child names the hash of the lowest block.
      numbers.map((blockNumber) => (blockNumber === lowest ? null : blockAt(client, { blockNumber }))),
    )
    for (const [index, number] of numbers.entries()) {
      branch.set(number, parentHash)
      if (number === lowest) break
      const byNumber = read[index]
      const block =
        byNumber?.hash === parentHash ? byNumber : await blockAt(client, { blockHash: parentHash })
      // The node lacks a block of the branch. Work below counts as orphaned and is checked again.
      if (block === null) return branch
      parentHash = block.parentHash
    }
  }
  return branch
}
