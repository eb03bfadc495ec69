/** The data of the chainMonitor, and the events of the block watcher. */
import type { BlockHead } from '../../domain/chain.ts'
import type { DurationMs, Now } from '../../domain/primitives.ts'
import type { FeeWindow } from '../../policy/feeWindow.ts'
import { type FailingEffects, noFailures } from '../failingEffects.ts'

/** The events of the effect `watchBlocks` for the chainMonitor. */
export type WatchEvent =
  | { readonly type: 'block.seen'; readonly head: BlockHead }
  /** The chain has answered, without a new block. */
  | { readonly type: 'watch.answered' }
  | { readonly type: 'watch.failed'; readonly message: string }

export interface WatchInput {
  /** The block to go on from, sent first; null: begin with the newest block. */
  readonly head: BlockHead | null
}

export interface ChainMonitorContext {
  readonly window: FeeWindow
  readonly head: BlockHead | null
  /** The failing block watcher, under the name of its slot. */
  readonly failing: FailingEffects
  /** The newest block of the former run; null for none. */
  readonly known: BlockHead | null
  readonly stallTimeout: DurationMs
  readonly now: Now
}

export interface ChainMonitorInput {
  /** The chain counts as stalled after this time without an answer. */
  readonly stallTimeout: DurationMs
  /** The newest block of the former run; null for none. */
  readonly known: BlockHead | null
  readonly now: Now
}

export function startContext({ known, stallTimeout, now }: ChainMonitorInput): ChainMonitorContext {
  return { window: [], head: null, failing: noFailures, known, stallTimeout, now }
}

/** The slot of the block watcher. */
export const WATCH = 'watchBlocks'

/** Why the block watcher failed the last time; null after an answer of the chain. */
export function watchFailure({ failing }: Pick<ChainMonitorContext, 'failing'>): string | null {
  return failing[WATCH]?.reason ?? null
}
