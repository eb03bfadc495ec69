/** The weather of a run: decides whether a fault hits a call. */
import type { Clock } from '../clock.ts'
import { DAWN } from '../clock.ts'
import { diceOf } from '../dice.ts'
import type { SpellFault } from '../faults.ts'
import type { Plan } from '../plan.ts'
import type { Spell } from './spells.ts'

export class Weather {
  readonly #plan: Pick<Plan, 'seed' | 'spells' | 'clearsAt'>
  readonly #clock: Clock
  /** Number of calls during each spell. */
  readonly #asked = new Map<number, number>()
  /** Number of hits, by fault. */
  readonly strikes = new Map<string, number>()

  constructor(plan: Pick<Plan, 'seed' | 'spells' | 'clearsAt'>, clock: Clock) {
    this.#plan = plan
    this.#clock = clock
  }

  get isClear(): boolean {
    return this.#clock.now - DAWN >= this.#plan.clearsAt
  }

  /**
   * The spell that hits the present call; null for most calls.
   * @param node the node of the call; null for a call without a node
   */
  strike(fault: SpellFault, node: number | null = null): Spell | null {
    return this.#hit(fault, node, ({ id }) => {
      const ordinal = this.#asked.get(id) ?? 0
      this.#asked.set(id, ordinal + 1)
      return ordinal
    })
  }

  /** The spell that hits a subject, such as a transaction: the same subjects during the whole spell. */
  strikeSubject(fault: SpellFault, node: number, subject: string): Spell | null {
    return this.#hit(fault, node, () => subject)
  }

  #hit(fault: SpellFault, node: number | null, drawOf: (spell: Spell) => string | number): Spell | null {
    const time = this.#clock.now - DAWN
    if (this.isClear) return null
    for (const spell of this.#plan.spells) {
      if (spell.fault !== fault || time < spell.from || time >= spell.to) continue
      if (node !== null && spell.node !== null && spell.node !== node) continue
      if (!diceOf(this.#plan.seed, 'strike', spell.id, drawOf(spell)).hits(spell.rate)) continue
      this.note(fault)
      return spell
    }
    return null
  }

  /** Counts a hit of a fault. */
  note(fault: string): void {
    this.strikes.set(fault, (this.strikes.get(fault) ?? 0) + 1)
  }
}
