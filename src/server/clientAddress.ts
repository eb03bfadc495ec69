/** The client of a request, as one text per party: the key of rate limits and of the fair queue. */
import { isIP } from 'node:net'

/** The client of requests whose address is unknown. */
const UNKNOWN = 'unknown'

/**
 * Finds the client of a request. Each trusted proxy appends the address of its caller to `X-Forwarded-For`. Entries before
 * those of the trusted proxies are the client's own words.
 * @param forwardedFor value of `X-Forwarded-For`
 * @param peer address of the other end of the connection
 * @param trustedProxies number of proxies between client and server; 0 ignores the header
 * @returns the IPv4 address, or the /64 network of an IPv6 address, because one party usually has a whole network
 */
export function clientAddress(
  forwardedFor: string | null,
  peer: string | undefined,
  trustedProxies: number,
): string {
  const entries = forwardedFor?.split(',').map((entry) => withoutPort(entry.trim())) ?? []
  const hops = [...entries, peer ?? '']
  return networkOf(hops[Math.max(0, hops.length - 1 - trustedProxies)] ?? '')
}

/** Some proxies write `192.0.2.1:1234` or `[2001:db8::1]:1234`. */
function withoutPort(entry: string): string {
  const [, bracketed, plain] = /^(?:\[([^\]]+)\](?::\d+)?|([^:]+):\d+)$/.exec(entry) ?? []
  return bracketed ?? plain ?? entry
}

/** The address without the zone of a link-local address. */
function bare(address: string): string {
  return address.replace(/%.*$/, '')
}

function networkOf(address: string): string {
  const plain = bare(address)
  const version = isIP(plain)
  if (version === 0) return UNKNOWN
  if (version === 4) return plain
  const groups = groupsOf(plain)
  const isMapped = groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff'
  return isMapped ? dotted(groups.slice(6)) : `${groups.slice(0, 4).join(':')}::/64`
}

/** The eight groups of an IPv6 address in lower case without leading zeros. */
function groupsOf(address: string): readonly string[] {
  // The URL parser writes every address in one form: lower case, no dots, one `::`.
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [head = '', tail] = canonical.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0')
  return [...before, ...zeros, ...after]
}

/** Two groups as an IPv4 address. */
function dotted(groups: readonly string[]): string {
  return groups
    .map((group) => Number.parseInt(group, 16))
    .flatMap((group) => [group >> 8, group & 0xff])
    .join('.')
}
