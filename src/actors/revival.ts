/** Finds, at a start, the ended batches whose blocks were orphaned while nobody watched. */
import { BlockNotFoundError } from 'viem'
import type { Hash, Now } from '../domain/primitives.ts'
import type { SettledBatch } from '../domain/recovery.ts'
import { REORG_WINDOW } from '../machines/opsBatcher.ts'
import type { RequestStore } from '../store/port.ts'
import type { ChainClient } from './chainClient.ts'

/**
 * Revives the batches whose end stands on a block that is not canonical any more.
 * @returns the ends of the last blocks that still stand, oldest first
 * @throws viem's error when the chain does not answer; StoreError
 */
export async function reviveOrphaned(
  client: ChainClient,
  store: Pick<RequestStore, 'settledSince' | 'commit'>,
  now: Now,
): Promise<readonly SettledBatch[]> {
  const head = Number(await client.getBlockNumber({ cacheTime: 0 }))
  const settled = await store.settledSince(Math.max(0, head - REORG_WINDOW))
  const numbers = [...new Set(settled.map(({ inclusion }) => inclusion.blockNumber))]
  const canonical = new Map(
    await Promise.all(numbers.map(async (number) => [number, await hashOf(client, number)] as const)),
  )
  const stands = ({ inclusion }: SettledBatch) => canonical.get(inclusion.blockNumber) === inclusion.blockHash
  const orphaned = settled.filter((batch) => !stands(batch))
  if (orphaned.length > 0) {
    const at = now()
    await store.commit(orphaned.map(({ batchId }) => ({ type: 'batch.revived', batchId, at })))
  }
  return settled.filter(stands)
}

/** The hash of the canonical block of a number; null when the chain is not that long any more. */
async function hashOf(client: ChainClient, number: number): Promise<Hash | null> {
  try {
    return (await client.getBlock({ blockNumber: BigInt(number) })).hash
  } catch (error) {
    if (error instanceof BlockNotFoundError) return null
    throw error
  }
}
