import { describe, expect, it } from 'vitest'
import { Gate } from '../../src/load/gate.ts'

function openGate(concurrency: number, signal = new AbortController().signal): Gate {
  return new Gate({ concurrency, rate: null, now: () => 0, signal })
}

/** Waits until all admitted callers have entered. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('Gate', () => {
  it('admits callers up to the concurrency, and later callers in order of arrival', async () => {
    const gate = openGate(2)
    const inside: string[] = []
    const enter = async (name: string) => {
      if (await gate.enter()) inside.push(name)
    }
    for (const name of ['a', 'b', 'c', 'd', 'e']) void enter(name)
    await settle()
    expect(inside).toEqual(['a', 'b'])
    gate.leave()
    await settle()
    expect(inside).toEqual(['a', 'b', 'c'])
    gate.leave()
    gate.leave()
    await settle()
    expect(inside).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  it('returns false to all waiting and later callers after its close', async () => {
    const controller = new AbortController()
    const gate = openGate(1, controller.signal)
    expect(await gate.enter()).toBe(true)
    const waiting = [gate.enter(), gate.enter()]
    controller.abort()
    gate.leave()
    expect(await Promise.all(waiting)).toEqual([false, false])
    expect(await gate.enter()).toBe(false)
  })
})
