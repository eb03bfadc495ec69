import { describe, expect, it } from 'vitest'
import { createSteadyClock, createStepDetector, steadyNow } from '../../src/domain/steadyClock.ts'

const HOUR = 3_600_000

function clocks() {
  const time = { wall: 1_000_000, elapsed: 500.25 }
  const wall = () => time.wall
  const now = createSteadyClock(wall, () => time.elapsed)
  const pass = (ms: number) => {
    time.wall += ms
    time.elapsed += ms
  }
  return { time, wall, now, pass }
}

describe('the steady clock', () => {
  it('starts at the wall time, and goes on with the elapsed time in whole milliseconds', () => {
    const { now, pass } = clocks()
    expect(now()).toBe(1_000_000)
    pass(1_500.5)
    expect(now()).toBe(1_001_500)
  })

  it.each([HOUR, -HOUR])('does not change when the system clock steps by %d ms', (step) => {
    const { time, now, pass } = clocks()
    time.wall += step
    expect(now()).toBe(1_000_000)
    pass(10)
    expect(now()).toBe(1_000_010)
  })

  it('of the process is within a second of the system clock', () => {
    expect(Math.abs(steadyNow() - Date.now())).toBeLessThan(1_000)
  })
})

describe('a step of the system clock', () => {
  it.each([HOUR, -HOUR, 1_001])('of %d ms is found once', (step) => {
    const { time, wall, now, pass } = clocks()
    const findStep = createStepDetector(wall, now)
    pass(5_000)
    expect(findStep()).toBeNull()
    time.wall += step
    expect(findStep()).toEqual({ by: step, at: now() })
    pass(5_000)
    expect(findStep()).toBeNull()
  })

  it('of at most a second is not reported, but several small steps are when they add up', () => {
    const { time, wall, now } = clocks()
    const findStep = createStepDetector(wall, now)
    time.wall += 1_000
    expect(findStep()).toBeNull()
    time.wall += 1_000
    expect(findStep()).toEqual({ by: 2_000, at: now() })
  })
})
