/** Finds, at a start, the ends whose blocks were orphaned while nobody watched. */
import { BlockNotFoundError } from 'viem'
import type { BlockRef } from '../domain/chain.ts'
import type { Hash, Now } from '../domain/primitives.ts'
import type { SettledEnds } from '../domain/recovery.ts'
import type { StoreWrite } from '../domain/writes.ts'
import { REORG_WINDOW } from '../machines/settledEnds.ts'
import type { RequestStore } from '../store/port.ts'
import type { ChainClient } from './chainClient.ts'

/**
 * Revives what ended on a block that is not canonical any more: batches, and operations that were in none.
 * @returns the ends of the last blocks that still stand, oldest first
 * @throws viem's error when the chain does not answer; StoreError
 */
export async function reviveOrphaned(
  client: ChainClient,
  store: Pick<RequestStore, 'settledSince' | 'commit'>,
  now: Now,
): Promise<SettledEnds> {
  const head = Number(await client.getBlockNumber({ cacheTime: 0 }))
  const { batches, operations } = await store.settledSince(Math.max(0, head - REORG_WINDOW))
  const blocks = [...batches.map(({ inclusion }) => inclusion), ...operations.map(({ standsOn }) => standsOn)]
  const numbers = [...new Set(blocks.map(({ blockNumber }) => blockNumber))]
  const canonical = new Map(
    await Promise.all(numbers.map(async (number) => [number, await hashOf(client, number)] as const)),
  )
  const isOrphaned = ({ blockNumber, blockHash }: BlockRef) => canonical.get(blockNumber) !== blockHash
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
    batches: batches.filter(({ inclusion }) => !isOrphaned(inclusion)),
    operations: operations.filter(({ standsOn }) => !isOrphaned(standsOn)),
  }
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
