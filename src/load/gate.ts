/** Limits the concurrency and the rate of requests. Requests enter in order of arrival. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { DurationMs, Millis, Now } from '../domain/primitives.ts'

export interface GateOptions {
  /** Maximum number of concurrent requests. */
  readonly concurrency: number
  /** Maximum number of requests per second; null for no maximum. */
  readonly rate: number | null
  readonly now: Now
  /** Closes the gate. `enter` returns false to all waiting callers from now on. */
  readonly signal: AbortSignal
}

export class Gate {
  readonly #waiting: (() => void)[] = []
  readonly #interval: DurationMs
  readonly #now: Now
  readonly #signal: AbortSignal
  #free: number
  #nextEntry: Millis = 0

  constructor({ concurrency, rate, now, signal }: GateOptions) {
    this.#free = concurrency
    this.#interval = rate === null ? 0 : 1000 / rate
    this.#now = now
    this.#signal = signal
  }

  /** Waits until the request may be sent. After true the caller must call `leave`. False: the gate is closed. */
  async enter(): Promise<boolean> {
    if (this.#free > 0) this.#free -= 1
    else await new Promise<void>((admit) => this.#waiting.push(admit))
    if (!this.#signal.aborted) await this.#keepPace()
    if (this.#signal.aborted) this.leave()
    return !this.#signal.aborted
  }

  leave(): void {
    const admit = this.#waiting.shift()
    if (admit === undefined) this.#free += 1
    else admit()
  }

  async #keepPace(): Promise<void> {
    const now = this.#now()
    const entry = Math.max(now, this.#nextEntry)
    this.#nextEntry = entry + this.#interval
    if (entry > now) await sleep(entry - now)
  }
}
