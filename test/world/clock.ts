/**
 * The world's time. Nothing in it takes real time: it jumps from one event to the next, and before it does, everything that
 * the last one has set off is carried out to its end.
 *
 * Every event belongs to somebody: a life of the gateway, or the world itself. When a life ends, what it had set up is gone
 * with it.
 */
import type { DurationMs, Millis } from '../../src/domain/primitives.ts'
import { Agenda } from './agenda.ts'

/** Whose events they are. */
export type Owner = object

export interface Appointment {
  readonly at: Millis
  /** Order of making: of two at the same time, the one that was made first comes first. */
  readonly sequence: number
  /** Null for the world's own. */
  readonly owner: Owner | null
  readonly act: () => void
  isCancelled: boolean
}

/** Where the world's time begins. */
export const DAWN: Millis = Date.UTC(2030, 0, 1)

const realImmediate = setImmediate

export class Clock {
  readonly #agenda = new Agenda<Appointment>((a, b) => a.at - b.at || a.sequence - b.sequence)
  #now = DAWN
  #sequence = 0
  #turns = 0
  /** Whose event is being carried out: what is set up meanwhile by timers is theirs. */
  #owner: Owner | null = null

  get now(): Millis {
    return this.#now
  }

  /** Events that have been carried out. */
  get turns(): number {
    return this.#turns
  }

  /** Has something done later, in the world's name unless an owner is given. */
  after(delay: DurationMs, act: () => void, owner: Owner | null = null): Appointment {
    this.#sequence += 1
    // Time is in whole milliseconds, and a timer of a broken number is one of no delay, as in Node.
    const wait = delay > 0 ? Math.trunc(delay) : 0
    const appointment = { at: this.#now + wait, sequence: this.#sequence, owner, act, isCancelled: false }
    this.#agenda.add(appointment)
    return appointment
  }

  /** The same, in the name of whoever's event is being carried out. */
  afterForCurrent(delay: DurationMs, act: () => void): Appointment {
    return this.after(delay, act, this.#owner)
  }

  /** Does something at once, in somebody's name. */
  as<T>(owner: Owner, act: () => T): T {
    const before = this.#owner
    this.#owner = owner
    try {
      return act()
    } finally {
      this.#owner = before
    }
  }

  /** Nothing of an owner's will happen any more. */
  forget(owner: Owner): void {
    this.#agenda.keep((appointment) => appointment.owner !== owner)
  }

  /**
   * Lets time pass until `isOver`, which is asked before every event, or until nothing is left to happen.
   * @throws what an event throws
   */
  async run(isOver: () => boolean): Promise<void> {
    for (;;) {
      const next = isOver() ? undefined : this.#agenda.take()
      if (next === undefined) return
      if (next.isCancelled) continue
      this.#turns += 1
      this.#now = next.at
      this.#owner = next.owner
      try {
        next.act()
        await settled()
      } finally {
        this.#owner = null
      }
    }
  }
}

/** Resolves when no promise is left that could go on by itself: an immediate comes after all of them. */
function settled(): Promise<void> {
  return new Promise((resolve) => realImmediate(resolve))
}
