/** What the weather of a run is made of. */
import type { DurationMs } from '../../../src/domain/primitives.ts'
import type { HappeningFault, SpellFault } from '../faults.ts'

/** A time in which a fault may befall what happens. */
export interface Spell {
  /** Tells it from others in its run. */
  readonly id: number
  readonly fault: SpellFault
  /** Since the run began. */
  readonly from: DurationMs
  readonly to: DurationMs
  /** The part that it befalls. */
  readonly rate: number
  /** How hard; what it counts depends on the fault. */
  readonly strength: number
  /** The node whose calls it befalls; null for all. */
  readonly node: number | null
}

/** Something that happens once. */
export interface Happening {
  readonly id: number
  readonly fault: HappeningFault
  /** Since the run began. */
  readonly at: DurationMs
  /** How hard; what it counts depends on the fault. */
  readonly strength: number
}
