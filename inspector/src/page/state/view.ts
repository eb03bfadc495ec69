/** Everything that the page shows follows from this one value. */
import type { History } from '../world/history.ts'
import type { World } from '../world/world.ts'

/**
 * How the gateway is reached.
 * - `connecting`: not heard yet; `live`; `reconnecting`: heard before, and not now;
 * - `refused`: it wants the operator's token; `crowded`: it has too many viewers; `outdated`: it speaks another version.
 */
export type Link = 'connecting' | 'live' | 'reconnecting' | 'refused' | 'crowded' | 'outdated'

/** A look at the past: it stands still while the present goes on. */
export interface Replay {
  readonly history: History
  /** After how many of its messages. */
  readonly position: number
  /** The file's name; null for what was received here. */
  readonly file: string | null
  /** How many times as fast as it was; null while it stands still. */
  readonly speed: number | null
}

export interface View {
  readonly link: Link
  /** What is being received; null until something has been. */
  readonly live: History | null
  /** Null while the present is shown. */
  readonly replay: Replay | null
  /** What is shown. */
  readonly world: World | null
  readonly route: readonly string[]
  readonly dialog: 'keys' | null
  /** What just went wrong, to be told once. */
  readonly notice: string | null
  readonly theme: Theme
  /** Most messages that are kept for a replay. */
  readonly kept: number
}

export type Theme = 'system' | 'light' | 'dark'
