/** The seat: the right of one process to run the actors of a registry on a chain. The other processes stand by. */
import type { DurationMs, Millis } from './primitives.ts'

/** The process that holds the seat. */
export interface Leader {
  /** Name of its machine. */
  readonly name: string
  /** Number of the seat. Each taking adds 1. */
  readonly epoch: number
  readonly since: Millis
}

/** The answer to a try to take the seat. */
export interface SeatReport extends Leader {
  /** True if this process leads now. */
  readonly isOurs: boolean
}

/** A leader that has not renewed its seat for this time loses it, e.g. after a partition of the network. */
export const SEAT_TTL: DurationMs = 5_000

/** Another process leads. */
export class SeatLostError extends Error {
  override readonly name = 'SeatLostError'
}
