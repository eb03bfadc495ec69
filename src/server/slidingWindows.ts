/**
 * A sliding window per key: within any duration of a window, at most `maxRequests` requests of a key are allowed. A refused
 * request is not counted.
 *
 * The number of remembered requests is bounded. Above the bound, the key whose last allowed request is oldest is forgotten: the limit fails
 * open, and never refuses a request without counting the requests before it.
 */
import type { DurationMs, Millis, Now } from '../domain/primitives.ts'

export interface WindowLimit {
  readonly maxRequests: number
  readonly window: DurationMs
}

/** Maximum number of remembered requests of all keys together. */
const MAX_REMEMBERED = 500_000

export class SlidingWindows {
  readonly #limit: WindowLimit
  readonly #now: Now
  readonly #maxRemembered: number
  /** Times of the allowed requests, the oldest first. The key with the latest request is last. */
  readonly #requests = new Map<string, Millis[]>()
  #size = 0

  constructor(limit: WindowLimit, now: Now, maxRemembered = MAX_REMEMBERED) {
    this.#limit = limit
    this.#now = now
    this.#maxRemembered = maxRemembered
  }

  /** Number of remembered requests. */
  get size(): number {
    return this.#size
  }

  /** Counts a request if it is allowed. @returns 0 if it is allowed, else the time until the next request is allowed */
  take(key: string): DurationMs {
    const { maxRequests, window } = this.#limit
    const at = this.#now()
    const times = this.#withinWindow(key, at)
    const [oldest] = times
    if (oldest !== undefined && times.length >= maxRequests) return oldest + window - at
    times.push(at)
    this.#size += 1
    this.#requests.delete(key)
    this.#requests.set(key, times)
    this.#forget(at)
    return 0
  }

  /** The requests of a key, without those that have left the window. A request leaves it exactly after its duration. */
  #withinWindow(key: string, at: Millis): Millis[] {
    const times = this.#requests.get(key) ?? []
    const isInside = (time: Millis) => time > at - this.#limit.window
    const first = times.findIndex(isInside)
    const left = times.splice(0, first === -1 ? times.length : first)
    this.#size -= left.length
    return times
  }

  /** Forgets keys from the front: those without a request in the window, and while there are too many requests. */
  #forget(at: Millis): void {
    for (const [key, times] of this.#requests) {
      const isOver = (times.at(-1) ?? 0) <= at - this.#limit.window
      if (!isOver && this.#size <= this.#maxRemembered) return
      this.#requests.delete(key)
      this.#size -= times.length
    }
  }
}
