/**
 * The trail of blocks that the watcher has passed on: what is canonical by the last look, and how the blocks that are
 * missing from it are found.
 */
import type { BlockHead } from '../../domain/chain.ts'
import type { DurationMs, Hash } from '../../domain/primitives.ts'

/** A block as it was read. */
export interface SeenBlock {
  readonly head: BlockHead
  /** The block's own time in seconds; null for one that was not read here. */
  readonly minedAt: number | null
}

/** In ascending order of their numbers; some are missing where more were missed than are fetched. */
export type Trail = readonly SeenBlock[]

export type ReadBlock = (
  at: { readonly blockHash: Hash } | { readonly blockNumber: bigint },
) => Promise<SeenBlock>

/** Blocks that are remembered, and most that are fetched to close a gap: as deep as a reorg can be told. */
const MOST_BLOCKS = 128

/** Blocks that the block time is learned from. */
const SAMPLES = 16
const FEWEST_SAMPLES = 4

/** Whether a block is part of the trail: not only seen once, but canonical as far as is known. */
export function isOnTrail(trail: Trail, hash: Hash): boolean {
  return trail.findLast(({ head }) => head.hash === hash) !== undefined
}

/**
 * The blocks of the newest one's chain that are not on the trail, in order. They are found by their parents' hashes, down
 * to the common ancestor, so that every block of a fork is among them.
 * @throws viem's error when the endpoint does not answer, or does not have one of them yet
 */
export async function missingBlocks(trail: Trail, newest: SeenBlock, read: ReadBlock): Promise<Trail> {
  const [oldest] = trail
  const tip = trail.at(-1)
  if (oldest === undefined || tip === undefined) return [newest]
  const found = [newest]
  let lowest = newest
  while (
    !isOnTrail(trail, lowest.head.parentHash) &&
    lowest.head.number > oldest.head.number &&
    found.length < MOST_BLOCKS
  ) {
    lowest = await read({ blockHash: lowest.head.parentHash })
    found.push(lowest)
  }
  // Too many to fetch: whether the chain was reorganised below them, the block in the tip's place tells.
  if (lowest.head.number > tip.head.number + 1) {
    const inPlace = await read({ blockNumber: BigInt(tip.head.number) })
    if (inPlace.head.hash !== tip.head.hash) found.push(inPlace)
  }
  return found.reverse()
}

/** The trail with blocks that were passed on: what they replace is gone from it. */
export function extendTrail(trail: Trail, blocks: Trail): Trail {
  const [first] = blocks
  if (first === undefined) return trail
  return [...trail.filter(({ head }) => head.number < first.head.number), ...blocks].slice(-MOST_BLOCKS)
}

/** The trail up to a block that is on it: the chain has become shorter. */
export function cutTrail(trail: Trail, number: number): Trail {
  const isWhole = (trail.at(-1)?.head.number ?? 0) <= number
  return isWhole ? trail : trail.filter(({ head }) => head.number <= number)
}

/** Average time between the last blocks, by their own times; null for too few. */
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
