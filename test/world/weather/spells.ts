/** The parts of the weather. */
import type { DurationMs } from '../../../src/domain/primitives.ts'
import type { HappeningFault, SpellFault } from '../faults.ts'

/** A period with a fault of some calls. */
export interface Spell {
  /** Unique in the run. */
  readonly id: number
  readonly fault: SpellFault
  /** Time since the start of the run. */
  readonly from: DurationMs
  readonly to: DurationMs
  /** The share of failing calls. */
  readonly rate: number
  /** The strength, in a unit that depends on the fault. */
  readonly strength: number
  /** The node whose calls are hit; null for all nodes. */
  readonly node: number | null
}

/** A single event. */
export interface Happening {
  readonly id: number
  readonly fault: HappeningFault
  /** Time since the start of the run. */
  readonly at: DurationMs
  /** The strength, in a unit that depends on the fault. */
  readonly strength: number
}
