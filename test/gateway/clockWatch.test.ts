import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { SystemEvent } from '../../src/domain/events.ts'
import type { ClockStep } from '../../src/domain/steadyClock.ts'
import { watchClock } from '../../src/gateway/clockWatch.ts'

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

describe('the watch of the system clock', () => {
  function setting() {
    const published: SystemEvent[] = []
    const steps: ClockStep[] = []
    const end = watchClock(
      (event) => published.push(event),
      () => steps.shift() ?? null,
    )
    return { published, steps, end }
  }

  it('publishes each step once, at its next look', async () => {
    const { published, steps, end } = setting()
    steps.push({ by: -3_600_000, at: 7 })
    await vi.advanceTimersByTimeAsync(999)
    expect(published).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(published).toEqual([{ type: 'clock.stepped', by: -3_600_000, at: 7 }])
    await vi.advanceTimersByTimeAsync(10_000)
    expect(published).toHaveLength(1)
    end()
  })

  it('compares the system clock with the steady clock of the process', async () => {
    const published: SystemEvent[] = []
    const end = watchClock((event) => published.push(event))
    await vi.advanceTimersByTimeAsync(5_000)
    expect(published).toEqual([])
    vi.setSystemTime(Date.now() + 3_600_000)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(published).toMatchObject([{ type: 'clock.stepped', by: 3_600_000 }])
    end()
  })

  it('keeps no process alive, and ends when it is told to', async () => {
    vi.useRealTimers()
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const before = timers()
    const stop = watchClock(() => {})
    expect(timers()).toBe(before)
    stop()
    vi.useFakeTimers()
    const { published, steps, end } = setting()
    end()
    steps.push({ by: 5_000, at: 7 })
    await vi.advanceTimersByTimeAsync(10_000)
    expect(published).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })
})
