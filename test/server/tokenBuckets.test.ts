import { describe, expect, it } from 'vitest'
import { TokenBuckets } from '../../src/server/tokenBuckets.ts'

function setting(perSecond: number) {
  let at = 1_000_000
  const buckets = new TokenBuckets(perSecond, () => at)
  const takes = (count: number, client = 'a') =>
    Array.from({ length: count }, () => buckets.take(client)).filter(Boolean).length
  const pass = (duration: number) => {
    at += duration
  }
  return { buckets, takes, pass }
}

describe('the token buckets', () => {
  it('give each client the tokens of a second at once, and then those that time adds', () => {
    const { takes, pass } = setting(4)
    expect([takes(6), takes(6, 'b')]).toEqual([4, 4])
    pass(250)
    expect(takes(6)).toBe(1)
    pass(10_000)
    expect(takes(6)).toBe(4)
  })

  it('add no tokens for a refused request, and none when the clock goes back', () => {
    const { takes, pass } = setting(2)
    takes(2)
    for (let step = 0; step < 3; step += 1) {
      expect(takes(1)).toBe(0)
      pass(100)
    }
    pass(-5_000)
    expect(takes(1)).toBe(0)
    pass(300)
    expect(takes(1)).toBe(1)
  })

  it('forget full buckets, and never hold more than a hundred thousand', () => {
    const { buckets, takes, pass } = setting(1)
    takes(1)
    pass(1_000)
    takes(1, 'b')
    expect(buckets.size).toBe(1)
    for (let client = 0; client < 100_010; client += 1) buckets.take(String(client))
    expect(buckets.size).toBe(100_000)
  })
})
