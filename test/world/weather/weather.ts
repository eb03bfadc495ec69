/** The weather of a run, as it goes by: whether a fault befalls what happens now. */
import type { Clock } from '../clock.ts'
import { DAWN } from '../clock.ts'
import { diceOf } from '../dice.ts'
import type { SpellFault } from '../faults.ts'
import type { Plan } from '../plan.ts'
import type { Spell } from './spells.ts'

export class Weather {
  readonly #plan: Pick<Plan, 'seed' | 'spells' | 'clearsAt'>
  readonly #clock: Clock
  /** How often each spell was asked. */
  readonly #asked = new Map<number, number>()
  /** How often each fault has struck. */
  readonly strikes = new Map<string, number>()

  constructor(plan: Pick<Plan, 'seed' | 'spells' | 'clearsAt'>, clock: Clock) {
    this.#plan = plan
    this.#clock = clock
  }

  get isClear(): boolean {
    return this.#clock.now - DAWN >= this.#plan.clearsAt
  }

  /**
   * The spell that befalls this one instance of what a fault befalls; null for most.
   * @param node whose call it is, if it is one
   */
  strike(fault: SpellFault, node: number | null = null): Spell | null {
    const time = this.#clock.now - DAWN
    if (this.isClear) return null
    for (const spell of this.#plan.spells) {
      if (spell.fault !== fault || time < spell.from || time >= spell.to) continue
      if (node !== null && spell.node !== null && spell.node !== node) continue
      const ordinal = this.#asked.get(spell.id) ?? 0
      this.#asked.set(spell.id, ordinal + 1)
      if (!diceOf(this.#plan.seed, 'strike', spell.id, ordinal).hits(spell.rate)) continue
      this.note(fault)
      return spell
    }
    return null
  }

  /** A fault has struck. */
  note(fault: string): void {
    this.strikes.set(fault, (this.strikes.get(fault) ?? 0) + 1)
  }
}
