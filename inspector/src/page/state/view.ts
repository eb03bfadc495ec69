/** The state of the page. All views are drawn from this value. */
import type { History } from '../world/history.ts'
import type { World } from '../world/world.ts'

/**
 * State of the connection to the gateway.
 * - `connecting`: no message yet. `live`: connected. `reconnecting`: the connection was lost.
 * - `refused`: the operator token is missing. `crowded`: too many viewers. `outdated`: the versions differ.
 */
export type Link = 'connecting' | 'live' | 'reconnecting' | 'refused' | 'crowded' | 'outdated'

/** A shown moment of the past. New messages do not change it. */
export interface Replay {
  readonly history: History
  /** Number of messages before the shown moment. */
  readonly position: number
  /** Name of the file. Null for messages that this page received. */
  readonly file: string | null
  /** Speed as a factor of real time. Null while paused. */
  readonly speed: number | null
}

export interface View {
  readonly link: Link
  /** The received messages. Null before the first message. */
  readonly live: History | null
  /** Null while the page shows the present. */
  readonly replay: Replay | null
  /** The shown state of the gateway. */
  readonly world: World | null
  readonly route: readonly string[]
  readonly dialog: 'keys' | null
  /** An error message for the user. */
  readonly notice: string | null
  readonly theme: Theme
  /** Maximum number of messages for a replay. */
  readonly kept: number
}

export type Theme = 'system' | 'light' | 'dark'
