/** The trail: the recent blocks that the watcher has reported, canonical at the last poll. Pure functions on it. */
import type { BlockHead } from '../../domain/chain.ts'
import type { DurationMs, Hash } from '../../domain/primitives.ts'

/** A block, read from an endpoint. */
export interface SeenBlock {
  readonly head: BlockHead
  /** The block's timestamp in seconds; null for a block reported before the watch. */
  readonly minedAt: number | null
}

/** In ascending order of block numbers. A gap means more missed blocks than the watcher fetches. */
export type Trail = readonly SeenBlock[]

export type ReadBlock = (
  at: { readonly blockHash: Hash } | { readonly blockNumber: bigint },
) => Promise<SeenBlock>

/** Length of the trail, and most blocks fetched to close a gap: a reorg is noticed up to this depth. */
const MOST_BLOCKS = 128

/** Most blocks fetched in one round trip. */
const MOST_AT_ONCE = 32

/** Number of blocks for the average block time. */
const SAMPLES = 16
const FEWEST_SAMPLES = 4

/** Whether a block is on the trail. An orphaned block is not. */
export function isOnTrail(trail: Trail, hash: Hash): boolean {
  return trail.findLast(({ head }) => head.hash === hash) !== undefined
}

/**
 * The newest block and its ancestors missing on the trail, in ascending order. The search follows parent hashes down to
 * the common ancestor and finds every block of a fork.
 *
 * Each round trip reads several blocks, so an endpoint with long round trips does not fall behind: first all blocks above
 * the tip, then twice as many blocks of a fork as in the round trip before.
 * @throws viem's error when the endpoint does not answer or lacks a block
 */
export async function missingBlocks(trail: Trail, newest: SeenBlock, read: ReadBlock): Promise<Trail> {
  const [oldest] = trail
  const tip = trail.at(-1)
  if (oldest === undefined || tip === undefined) return [newest]
  const found = [newest]
  let lowest = newest
  const isOver = () =>
    isOnTrail(trail, lowest.head.parentHash) ||
    lowest.head.number <= oldest.head.number ||
    found.length >= MOST_BLOCKS
  for (let width = 1; !isOver(); width *= 2) {
    const aboveTip = lowest.head.number - tip.head.number - 1
    const count = Math.min(Math.max(aboveTip, width), MOST_AT_ONCE, MOST_BLOCKS - found.length)
    for (const ancestor of await readAncestors(lowest, count, read)) {
      if (isOver()) break
      lowest = ancestor
      found.push(ancestor)
    }
  }
  // Too many blocks to fetch. The block at the tip's number shows whether a reorg replaced the tip.
  if (lowest.head.number > tip.head.number + 1) {
    const atTip = await read({ blockNumber: BigInt(tip.head.number) })
    if (atTip.head.hash !== tip.head.hash) found.push(atTip)
  }
  return found.reverse()
}

/**
 * Reads the parent of a block, and lower ancestors as far as they are linked, in one round trip. Only the hash of the parent
 * is known: the others are read by number, and a reorg during the reads breaks the link.
 */
async function readAncestors({ head }: SeenBlock, count: number, read: ReadBlock): Promise<Trail> {
  const lower = Math.min(count - 1, head.number - 1)
  const [parent, ...others] = await Promise.all([
    read({ blockHash: head.parentHash }),
    ...Array.from({ length: lower }, (_, index) =>
      read({ blockNumber: BigInt(head.number - 2 - index) }).catch(() => null),
    ),
  ])
  const linked = [parent]
  for (const block of others) {
    if (block === null || block.head.hash !== linked.at(-1)?.head.parentHash) break
    linked.push(block)
  }
  return linked
}

/** The trail with newly reported blocks. Old blocks at equal or higher numbers are removed. */
export function extendTrail(trail: Trail, blocks: Trail): Trail {
  const [first] = blocks
  if (first === undefined) return trail
  return [...trail.filter(({ head }) => head.number < first.head.number), ...blocks].slice(-MOST_BLOCKS)
}

/** The trail up to a block number: the chain has become shorter. */
export function cutTrail(trail: Trail, number: number): Trail {
  const isWhole = (trail.at(-1)?.head.number ?? 0) <= number
  return isWhole ? trail : trail.filter(({ head }) => head.number <= number)
}

/** Average time between recent blocks, by timestamps; null for too few blocks. */
export function blockTimeOf(trail: Trail): DurationMs | null {
  const recent = trail
    .slice(-SAMPLES - 1)
    .flatMap(({ head, minedAt }) => (minedAt === null ? [] : [{ head, minedAt }]))
  const [first] = recent
  const last = recent.at(-1)
  if (first === undefined || last === undefined) return null
  const blocks = last.head.number - first.head.number
  return blocks < FEWEST_SAMPLES ? null : ((last.minedAt - first.minedAt) * 1000) / blocks
}
