import { describe, expect, it } from 'vitest'
import { Gate } from '../../src/load/gate.ts'

function openGate(places: number, signal = new AbortController().signal): Gate {
  return new Gate({ places, rate: null, now: () => 0, signal })
}

/** Lets everything that can go on go on. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('a gate', () => {
  it('has so many inside, and lets the others in by their turn', async () => {
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

  it('turns everybody away once it is closed, and gives no place away with it', async () => {
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
