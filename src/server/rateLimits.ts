/**
 * The two rate limits of submissions: per client and second for all submissions, and per window for the operations of accounts.
 * Requests are counted before their fields are validated, and a create is no operation of an account, as in the reference API.
 */
import { UnavailableError } from '../domain/errors.ts'
import type { RateLimitKey, WindowRateLimit } from '../domain/httpConfig.ts'
import type { Now } from '../domain/primitives.ts'
import { SlidingWindows } from './slidingWindows.ts'
import { TokenBuckets } from './tokenBuckets.ts'

/** The limit that refused a request: `RATE_LIMIT_PER_CLIENT`, or that of `RATE_LIMIT_WINDOW_SECS`. */
export type RateLimitName = 'per_client' | 'window'

export interface RateLimitOptions {
  /** Maximum number of submissions of one client per second; null for no limit. */
  readonly perClient: number | null
  /** Maximum number of operations per window; null for no limit. */
  readonly perWindow: WindowRateLimit | null
  readonly now: Now
  /** Called for each refused request. */
  readonly onRateLimited?: (limit: RateLimitName) => void
}

export interface RateLimits {
  /** Counts a submission. @throws UnavailableError `rate_limit_exceeded` */
  checkClient(client: string): void
  /**
   * Counts an operation of an account. The account is the one that the body names: nobody has checked its signature yet.
   * @throws UnavailableError `rate_limit_exceeded`
   */
  checkAccount(leaf: string, client: string): void
}

export function createRateLimits({
  perClient,
  perWindow,
  now,
  onRateLimited = () => {},
}: RateLimitOptions): RateLimits {
  const buckets = perClient === null ? null : new TokenBuckets(perClient, now)
  const windows = perWindow === null ? null : { ...perWindow, times: new SlidingWindows(perWindow, now) }
  const refuse = (limit: RateLimitName, what: string, retryAfter = 1) => {
    onRateLimited(limit)
    return new UnavailableError('rate_limit_exceeded', `Rate limit exceeded: maximum ${what}`, { retryAfter })
  }
  return {
    checkClient(client) {
      if (buckets?.take(client) !== false) return
      throw refuse('per_client', `${perClient} requests per second for this client`)
    },
    checkAccount(leaf, client) {
      if (windows === null) return
      const { key, maxRequests, window, times } = windows
      const wait = times.take(KEYS[key].of(leaf, client))
      if (wait === 0) return
      const what = `${maxRequests} requests per ${window / 1000} seconds for ${KEYS[key].name}`
      throw refuse('window', what, Math.ceil(wait / 1000))
    },
  }
}

interface Key {
  of(leaf: string, client: string): string
  /** The words of the answer. For accounts they are those of the reference API. */
  readonly name: string
}

const KEYS: Readonly<Record<RateLimitKey, Key>> = {
  account: { of: (leaf) => leaf, name: 'this leaf_index' },
  client: { of: (_, client) => client, name: 'this client' },
  both: { of: (leaf, client) => `${leaf} ${client}`, name: 'this leaf_index and client' },
}
