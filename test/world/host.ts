/**
 * Replaces the timers, the clock and the random numbers of Node during a run, so production code runs unchanged in
 * simulated time.
 */
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import timers from 'node:timers/promises'
import { type Appointment, type Clock, DAWN } from './clock.ts'
import { diceOf, uuidOf } from './dice.ts'

/**
 * Replaces the functions of Node.
 * @returns a function that restores them
 */
export function takeOver(clock: Clock, seed: number): () => void {
  const ids = diceOf(seed, 'ids')
  // Other code of the process, such as the test runner, may draw random numbers too. Only names may depend on them.
  const random = diceOf(seed, 'random')
  const before = {
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
    setInterval: globalThis.setInterval,
    now: Date.now,
    performanceNow: performance.now,
    random: Math.random,
    sleep: timers.setTimeout,
    randomUUID: crypto.randomUUID,
  }
  const sleep = <T>(delay: number, value?: T) =>
    new Promise<T | undefined>((resolve) => clock.afterForCurrent(delay, () => resolve(value)))

  Object.assign(globalThis, {
    setTimeout: (act: (...args: unknown[]) => void, delay = 0, ...args: unknown[]) =>
      new Timer(clock.afterForCurrent(delay, () => act(...args))),
    clearTimeout: (timer?: Timer | NodeJS.Timeout) =>
      timer instanceof Timer ? timer.cancel() : before.clearTimeout(timer),
    setInterval: () => {
      throw new Error('the world has no setInterval: set a timer anew')
    },
  })
  Date.now = () => clock.now
  performance.now = () => clock.now - DAWN
  Math.random = () => random.draw()
  Object.assign(timers, { setTimeout: sleep })
  Object.assign(crypto, { randomUUID: () => uuidOf(ids) })
  syncBuiltinESMExports()

  return () => {
    const { now, performanceNow, sleep: pause, randomUUID, ...globals } = before
    Object.assign(globalThis, globals)
    Date.now = now
    performance.now = performanceNow
    Math.random = before.random
    Object.assign(timers, { setTimeout: pause })
    Object.assign(crypto, { randomUUID })
    syncBuiltinESMExports()
  }
}

/** The return value of `setTimeout`. */
class Timer {
  readonly #appointment: Appointment

  constructor(appointment: Appointment) {
    this.#appointment = appointment
  }

  cancel(): void {
    this.#appointment.isCancelled = true
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  hasRef(): boolean {
    return true
  }
}
