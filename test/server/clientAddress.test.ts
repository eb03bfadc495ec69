import { describe, expect, it } from 'vitest'
import { clientAddress } from '../../src/server/clientAddress.ts'

const PEER = '198.51.100.1'

describe('the client of a request', () => {
  it.each([
    ['no proxy is trusted: the peer, whatever the header says', '203.0.113.9', 0, PEER],
    ['one proxy: the last entry', '203.0.113.9, 192.0.2.7', 1, '192.0.2.7'],
    ['two proxies: the entry before the last', 'forged, 192.0.2.7,10.0.0.1', 2, '192.0.2.7'],
    ['fewer entries than proxies: the first', '192.0.2.7', 3, '192.0.2.7'],
    ['one proxy, but no header: the peer', null, 1, PEER],
    ['an entry with a port', '192.0.2.7:5123', 1, '192.0.2.7'],
    ['an IPv6 entry with a port', '[2001:db8::1]:5123', 1, '2001:db8:0:0::/64'],
    ['an entry that is no address', 'unknown', 1, 'unknown'],
    ['an empty header', '', 1, 'unknown'],
  ] as const)('with %s', (_, header, proxies, expected) => {
    expect(clientAddress(header, PEER, proxies)).toBe(expected)
  })

  it.each([
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:ffff::1', '2001:db8:1:2::/64'],
    ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::ffff:c000:207', '192.0.2.7'],
    [undefined, 'unknown'],
  ])('at %s is %s', (peer, expected) => {
    expect(clientAddress(null, peer, 0)).toBe(expected)
  })
})
