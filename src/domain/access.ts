/** Access to the HTTP API, and to the pages for the operator. */

/** Who may use the HTTP API. */
export interface ApiAccess {
  /** As in `Access`: false on a loopback address without a reverse proxy. */
  readonly anyHost: boolean
  /** Token for the views of the operator (batches, operations, wallet, chain); null if the views are open. */
  readonly viewToken: string | null
}

export interface Access {
  /** Token that a request must carry; null if no token is required. */
  readonly token: string | null
  /**
   * True if requests under any host name are answered; false if only loopback names are allowed.
   *
   * Without a token, only loopback names are safe: a foreign web page can let its own host name resolve to this machine
   * and then read the answers (DNS rebinding).
   */
  readonly anyHost: boolean
}

/** True for a loopback name or address, which only programs on this machine can reach. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host)
}
