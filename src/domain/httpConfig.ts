/** Configuration of the HTTP server and the API. */
import type { ApiAccess } from './access.ts'
import type { DurationMs } from './primitives.ts'

/** What a sliding window counts: the requests for an account, of a client, or of a client for an account. */
export const RATE_LIMIT_KEYS = ['account', 'client', 'both'] as const

export type RateLimitKey = (typeof RATE_LIMIT_KEYS)[number]

/** Maximum number of operations of accounts with the same key within a window. Creates are not counted. */
export interface WindowRateLimit {
  readonly key: RateLimitKey
  readonly maxRequests: number
  readonly window: DurationMs
}

export interface HttpConfig {
  readonly host: string
  /** 0 stands for any free port. */
  readonly port: number
  /** Maximum size of a request body in bytes. */
  readonly bodyBytes: number
  readonly requestTimeoutMs: DurationMs
  /** Time for which an idle connection stays open. */
  readonly keepAliveMs: DurationMs
  /** Maximum number of submissions of one client per second, and at once; null for no limit. */
  readonly perClient: number | null
  /** Rate limit of the operations of accounts; null for no limit. */
  readonly perWindow: WindowRateLimit | null
  /** Number of reverse proxies in front of the server. */
  readonly trustedProxies: number
  readonly access: ApiAccess
}
