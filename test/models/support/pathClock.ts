/** A clock that stands still: a timer goes off when a path says so, and no other one with it. */
import { type AnyActor, SimulatedClock } from 'xstate'

type Timer = Parameters<SimulatedClock['setTimeout']>[0]

export class PathClock extends SimulatedClock {
  /** Oldest first, as the system has the events that they bring. */
  readonly #timers = new Map<number, Timer>()
  #count = 0

  override setTimeout(timer: Timer): number {
    this.#count += 1
    this.#timers.set(this.#count, timer)
    return this.#count
  }

  override clearTimeout(id: number): void {
    this.#timers.delete(id)
  }

  /** Whether a timer runs that brings an event of this type, to whomever. */
  awaits(system: AnyActor['system'], type: string): boolean {
    return indexOf(system, type) >= 0
  }

  /** Lets the timer go off that brings an event of this type. @throws when there is none */
  fire(system: AnyActor['system'], type: string): void {
    const entry = [...this.#timers][indexOf(system, type)]
    if (entry === undefined) throw new Error(`no timer brings ${type}`)
    const [id, timer] = entry
    this.#timers.delete(id)
    timer()
  }
}

function indexOf(system: AnyActor['system'], type: string): number {
  return Object.values(system.getSnapshot()._scheduledEvents).findIndex(({ event }) => event.type === type)
}
