/** The data of the chainMonitor, and the events of the block watcher. */
import type { BlockHead, BlockRef, ChainState } from '../../domain/chain.ts'
import { type FinalityTags, noTags } from '../../domain/finality.ts'
import type { DurationMs, Now } from '../../domain/primitives.ts'
import type { FeeLimits, FeeWindow } from '../../policy/feeWindow.ts'
import { type FailingEffects, noFailures } from '../failingEffects.ts'

/** The events of the effect `watchBlocks` for the chainMonitor. */
export type WatchEvent =
  | { readonly type: 'block.seen'; readonly head: BlockHead }
  /** The chain has answered, without a new block. */
  | { readonly type: 'watch.answered' }
  | { readonly type: 'watch.failed'; readonly message: string }
  /** The blocks with a tag, read after a new block. */
  | ({ readonly type: 'tags.seen' } & SeenTags)
  /** Whether the node told the tag that verdicts wait for. */
  | { readonly type: 'tags.answered' }
  | { readonly type: 'tags.failed'; readonly message: string }

/** The block of each tag; null when the node has none. */
export type SeenTags = { readonly [T in keyof FinalityTags]: BlockRef | null }

export interface WatchInput {
  /** The block to go on from, sent first; null: begin with the newest block. */
  readonly head: BlockHead | null
}

export interface ChainMonitorContext {
  readonly window: FeeWindow
  readonly head: BlockHead | null
  /** The fees of the window, with their trend and pressure, as sent with the newest block; null before the first block. */
  readonly chain: ChainState | null
  readonly feeLimits: FeeLimits
  readonly tags: FinalityTags
  /** The failing block watcher, and the failing reads of tags, by name. */
  readonly failing: FailingEffects
  /** The newest block of the former run; null for none. */
  readonly known: BlockHead | null
  readonly stallTimeout: DurationMs
  readonly now: Now
}

export interface ChainMonitorInput {
  /** The chain counts as stalled after this time without an answer. */
  readonly stallTimeout: DurationMs
  readonly feeLimits: FeeLimits
  /** The newest block of the former run; null for none. */
  readonly known: BlockHead | null
  readonly now: Now
}

export function startContext(input: ChainMonitorInput): ChainMonitorContext {
  return { ...input, window: [], head: null, chain: null, tags: noTags, failing: noFailures }
}

/** The slot of the block watcher. */
export const WATCH = 'watchBlocks'

/** The reads of the tags, as an effect that may fail. */
export const TAGS = 'readTags'

/** Why the block watcher failed the last time; null after an answer of the chain. */
export function watchFailure({ failing }: Pick<ChainMonitorContext, 'failing'>): string | null {
  return failing[WATCH]?.reason ?? null
}
