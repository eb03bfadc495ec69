/** The levels of finality: how sure it is that a transaction stays in the chain. */
import type { Hash, Millis } from './primitives.ts'

/**
 * Lowest first.
 *
 * - `preconfirmed`: the pending block of a node contains the transaction.
 * - `included`: a canonical block contains the transaction.
 * - `confirmed`: the including block has the configured number of blocks on top.
 * - `safe`, `finalized`: the including block is at or below the block of this tag.
 */
export const FINALITY_LEVELS = ['preconfirmed', 'included', 'confirmed', 'safe', 'finalized'] as const

export type FinalityLevel = (typeof FINALITY_LEVELS)[number]

/** A level at which operations can get their verdict. */
export type VerdictLevel = Extract<FinalityLevel, 'confirmed' | 'safe' | 'finalized'>

/** When a level was reached, and the block that showed it. */
export interface LevelReached {
  /**
   * `preconfirmed`: the pending block. `included`: the including block. `confirmed`: the head. `safe` and `finalized`: the
   * block of the tag.
   */
  readonly blockNumber: number
  readonly at: Millis
}

export type Levels = Readonly<Partial<Record<FinalityLevel, LevelReached>>>

/** The levels that a transaction of a batch has reached. */
export interface Finality {
  readonly txHash: Hash
  readonly levels: Levels
}

/** Numbers of the newest blocks with a tag; null while unknown. */
export interface FinalityTags {
  readonly safe: number | null
  readonly finalized: number | null
}

export const noTags: FinalityTags = { safe: null, finalized: null }

/** True if the level, or a higher one, is reached: a block may include a transaction that was never preconfirmed. */
export function isAtLevel(levels: Levels, wanted: FinalityLevel): boolean {
  return FINALITY_LEVELS.slice(FINALITY_LEVELS.indexOf(wanted)).some((level) => levels[level] !== undefined)
}
