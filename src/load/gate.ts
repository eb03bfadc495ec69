/** Admission: so many requests at a time, and so many a second. First come, first served. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { DurationMs, Millis, Now } from '../domain/primitives.ts'

export interface GateOptions {
  /** Most that are inside at a time. */
  readonly places: number
  /** Most that enter in a second; null for as many as there is room for. */
  readonly rate: number | null
  readonly now: Now
  /** Closes the gate: whoever waits is turned away. */
  readonly signal: AbortSignal
}

export class Gate {
  readonly #waiting: (() => void)[] = []
  readonly #interval: DurationMs
  readonly #now: Now
  readonly #signal: AbortSignal
  #free: number
  #nextEntry: Millis = 0

  constructor({ places, rate, now, signal }: GateOptions) {
    this.#free = places
    this.#interval = rate === null ? 0 : 1000 / rate
    this.#now = now
    this.#signal = signal
  }

  /** Waits for a place. True inside, and whoever is in must `leave`; false once the gate is closed. */
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
