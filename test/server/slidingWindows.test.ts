import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SlidingWindows } from '../../src/server/slidingWindows.ts'

function setting(maxRequests: number, window: number, maxRemembered?: number) {
  let at = 1_000_000
  const windows = new SlidingWindows({ maxRequests, window }, () => at, maxRemembered)
  const pass = (duration: number) => {
    at += duration
  }
  return { windows, pass, take: (key = 'a') => windows.take(key) }
}

describe('a sliding window', () => {
  it('allows the maximum within any window, and tells the time until the next request is allowed', () => {
    const { take, pass } = setting(2, 10_000)
    expect(take()).toBe(0)
    pass(4_000)
    expect(take()).toBe(0)
    expect(take()).toBe(6_000)
    pass(5_999)
    expect(take()).toBe(1)
    pass(1)
    expect(take()).toBe(0)
    expect(take()).toBe(4_000)
  })

  it('does not count a refused request', () => {
    const { take, pass } = setting(1, 1_000)
    take()
    for (let step = 0; step < 3; step += 1) {
      pass(300)
      expect(take()).toBeGreaterThan(0)
    }
    pass(100)
    expect(take()).toBe(0)
  })

  it('counts each key alone', () => {
    const { take } = setting(1, 1_000)
    expect([take('a'), take('b'), take('a'), take('b')]).toEqual([0, 0, 1_000, 1_000])
  })

  it('never allows more than the maximum within a window, and never refuses less', () => {
    const steps = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 0, max: 400 })))
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), steps, (maxRequests, each) => {
        const { take, pass } = setting(maxRequests, 1_000)
        const allowed: { key: string; at: number }[] = []
        let at = 0
        for (const [key, duration] of each) {
          at += duration
          pass(duration)
          const recent = allowed.filter((other) => other.key === key && other.at > at - 1_000).length
          const isAllowed = take(key) === 0
          expect(isAllowed).toBe(recent < maxRequests)
          if (isAllowed) allowed.push({ key, at })
        }
      }),
    )
  })

  it('forgets keys without a request in the window', () => {
    const { windows, take, pass } = setting(5, 1_000)
    for (const key of ['a', 'b', 'c']) take(key)
    pass(1_000)
    take('d')
    expect(windows.size).toBe(1)
  })

  it('holds a bounded number of requests, and forgets first the key that was allowed longest ago', () => {
    const { windows, take, pass } = setting(1, 1_000, 50)
    for (const key of ['old', 'new']) {
      take(key)
      pass(1)
    }
    for (let key = 0; key < 49; key += 1) take(String(key))
    expect(windows.size).toBe(50)
    expect([take('new') > 0, take('old')]).toEqual([true, 0])
  })
})
