/** Who may read what only the operator should see. */

export interface Access {
  /** What must be shown; null asks for nothing. */
  readonly token: string | null
  /**
   * Whether it is answered under any host name. Where no token is asked for and nobody said so, only under this machine's
   * own: a page from elsewhere can give its name any address, and then read what is answered under it.
   */
  readonly anyHost: boolean
}

/** Whether a host name or address is this machine's own, for connections from it alone. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host)
}
