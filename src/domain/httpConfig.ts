/** Configuration of the HTTP server and the API. */
import type { ApiAccess } from './access.ts'
import type { DurationMs } from './primitives.ts'

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
  /** Number of reverse proxies in front of the server. */
  readonly trustedProxies: number
  readonly access: ApiAccess
}
