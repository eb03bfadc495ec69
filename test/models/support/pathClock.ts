/** A clock without time. A path fires timers singly. */
import { type AnyActor, SimulatedClock } from 'xstate'

type Timer = Parameters<SimulatedClock['setTimeout']>[0]

export class PathClock extends SimulatedClock {
  /** Oldest first, in the order of the system's scheduled events. */
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

  /** True if a timer runs for an event of the type. */
  awaits(system: AnyActor['system'], type: string): boolean {
    return indexOf(system, type) >= 0
  }

  /** Fires the timer for an event of the type. @throws Error when no timer runs for the type */
  fire(system: AnyActor['system'], type: string): void {
    const entry = [...this.#timers][indexOf(system, type)]
    if (entry === undefined) throw new Error(`no timer runs for ${type}`)
    const [id, timer] = entry
    this.#timers.delete(id)
    timer()
  }
}

function indexOf(system: AnyActor['system'], type: string): number {
  return Object.values(system.getSnapshot()._scheduledEvents).findIndex(({ event }) => event.type === type)
}
