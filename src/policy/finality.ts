/** Which levels of finality a block has reached, and how deep a block is settled. */
import type { FinalityLevel, FinalityTags, LevelReached, VerdictLevel } from '../domain/finality.ts'

/** The newest known blocks. */
export interface ChainEnds {
  readonly headNumber: number
  readonly tags: FinalityTags
}

/** The level at which verdicts are given, and the depth of the level `confirmed`. */
export interface FinalityRule {
  readonly finality: VerdictLevel
  readonly confirmations: number
}

/**
 * Number of blocks on top of the newest settled block. Verdicts, and the consumer of a nonce, need a block of this depth.
 * @returns more than any number of blocks while the tag is unknown: nothing is settled then
 */
export function settlementDepth({ finality, confirmations }: FinalityRule, ends: ChainEnds): number {
  if (finality === 'confirmed') return confirmations
  const tagged = taggedBlock(finality, ends.tags)
  return tagged === null ? Number.MAX_SAFE_INTEGER : Math.max(0, ends.headNumber - tagged)
}

/** True if a block is as deep as verdicts need. */
export function isSettled(rule: FinalityRule, blockNumber: number, ends: ChainEnds): boolean {
  return ends.headNumber - blockNumber >= settlementDepth(rule, ends)
}

/**
 * The block that shows that a block has reached a level.
 * @returns null when the block has not reached the level
 */
export function witnessOf(
  level: Exclude<FinalityLevel, 'preconfirmed'>,
  blockNumber: number,
  confirmations: number,
  { headNumber, tags }: ChainEnds,
): LevelReached['blockNumber'] | null {
  switch (level) {
    case 'included':
      return blockNumber
    case 'confirmed':
      return headNumber - blockNumber >= confirmations ? headNumber : null
    default: {
      const tagged = taggedBlock(level, tags)
      return tagged !== null && tagged >= blockNumber ? tagged : null
    }
  }
}

/** A finalized block is also safe. */
function taggedBlock(level: 'safe' | 'finalized', { safe, finalized }: FinalityTags): number | null {
  if (level === 'finalized' || safe === null) return finalized
  return Math.max(safe, finalized ?? safe)
}

/**
 * The tags after an answer of a node. A node that is behind lowers no tag: only a reorg does.
 * @param headNumber tags above the newest followed block do not count yet
 */
export function raiseTags(before: FinalityTags, seen: FinalityTags, headNumber: number): FinalityTags {
  return {
    safe: raise(before.safe, seen.safe, headNumber),
    finalized: raise(before.finalized, seen.finalized, headNumber),
  }
}

function raise(before: number | null, seen: number | null, headNumber: number): number | null {
  if (seen === null) return before
  return Math.max(before ?? 0, Math.min(seen, headNumber))
}

/** The tags after a reorg: an orphaned block has no tag. Tags below the orphaned blocks do not change. */
export function cutTags(tags: FinalityTags, orphanedFrom: number): FinalityTags {
  const { safe, finalized } = tags
  if (Math.max(safe ?? -1, finalized ?? -1) < orphanedFrom) return tags
  const cut = (tag: number | null) => (tag === null ? null : Math.min(tag, Math.max(0, orphanedFrom - 1)))
  return { safe: cut(safe), finalized: cut(finalized) }
}
