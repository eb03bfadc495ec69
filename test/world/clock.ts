/**
 * The simulated time. Nothing takes real time: the clock jumps from event to event. Before each jump it runs every
 * promise and callback of the last event to completion.
 *
 * Every event has an owner: a gateway process, or the world itself. The events of a crashed gateway process are
 * removed.
 */
import type { DurationMs, Millis } from '../../src/domain/primitives.ts'
import { Agenda } from './agenda.ts'

/** The owner of events. */
export type Owner = object

export interface Appointment {
  readonly at: Millis
  /** Creation order: of two events at an equal time, the older runs first. */
  readonly sequence: number
  /** Null for an event of the world. */
  readonly owner: Owner | null
  readonly act: () => void
  isCancelled: boolean
}

/** The time at which every run starts. */
export const DAWN: Millis = Date.UTC(2030, 0, 1)

const realImmediate = setImmediate

export class Clock {
  readonly #agenda = new Agenda<Appointment>((a, b) => a.at - b.at || a.sequence - b.sequence)
  #now = DAWN
  #sequence = 0
  #turns = 0
  /** The owner of the running event. A timer set by the event belongs to the owner, too. */
  #owner: Owner | null = null

  get now(): Millis {
    return this.#now
  }

  /** Number of finished events. */
  get turns(): number {
    return this.#turns
  }

  /** Schedules an event. The owner is the world by default. */
  after(delay: DurationMs, act: () => void, owner: Owner | null = null): Appointment {
    this.#sequence += 1
    // Time is in whole milliseconds. A timer with an invalid delay has no delay, as in Node.
    const wait = delay > 0 ? Math.trunc(delay) : 0
    const appointment = { at: this.#now + wait, sequence: this.#sequence, owner, act, isCancelled: false }
    this.#agenda.add(appointment)
    return appointment
  }

  /** Schedules an event for the owner of the running event. */
  afterForCurrent(delay: DurationMs, act: () => void): Appointment {
    return this.after(delay, act, this.#owner)
  }

  /** Runs a function at once for an owner. */
  as<T>(owner: Owner, act: () => T): T {
    const before = this.#owner
    this.#owner = owner
    try {
      return act()
    } finally {
      this.#owner = before
    }
  }

  /** Removes every event of an owner. */
  forget(owner: Owner): void {
    this.#agenda.keep((appointment) => appointment.owner !== owner)
  }

  /**
   * Advances the time until `isOver` is true, which is checked before every event, or until no event is left.
   * @throws any error of an event
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

/** Resolves after all pending promises: an immediate runs after the microtasks. */
function settled(): Promise<void> {
  return new Promise((resolve) => realImmediate(resolve))
}
