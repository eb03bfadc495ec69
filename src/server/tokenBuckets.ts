/**
 * A token bucket per client. A bucket holds at most the tokens of one second, and a request takes one. A full bucket is the
 * same as no bucket, so the memory is bounded by the clients of the last second, and by `MAX_CLIENTS`.
 */
import type { Millis, Now } from '../domain/primitives.ts'

interface Bucket {
  tokens: number
  filledAt: Millis
}

const MAX_CLIENTS = 100_000

const SECOND = 1000

export class TokenBuckets {
  readonly #perSecond: number
  readonly #now: Now
  /** The bucket that was used last is last. */
  readonly #buckets = new Map<string, Bucket>()

  /** @param perSecond requests of a client per second, and at once */
  constructor(perSecond: number, now: Now) {
    this.#perSecond = perSecond
    this.#now = now
  }

  /** Number of clients with a bucket. */
  get size(): number {
    return this.#buckets.size
  }

  /** Takes a token of a client. @returns true if there was one */
  take(client: string): boolean {
    const at = this.#now()
    const { tokens, filledAt } = this.#buckets.get(client) ?? { tokens: this.#perSecond, filledAt: at }
    // A clock that was set back adds no tokens.
    const added = (Math.max(0, at - filledAt) / SECOND) * this.#perSecond
    const available = Math.min(this.#perSecond, tokens + added)
    this.#buckets.delete(client)
    this.#buckets.set(client, { tokens: available >= 1 ? available - 1 : available, filledAt: at })
    this.#forget(at)
    return available >= 1
  }

  /** Forgets full buckets from the front, and above the maximum the bucket that was not used for the longest time. */
  #forget(at: Millis): void {
    for (const [client, { filledAt }] of this.#buckets) {
      const isFull = at - filledAt >= SECOND
      if (!isFull && this.#buckets.size <= MAX_CLIENTS) return
      this.#buckets.delete(client)
    }
  }
}
