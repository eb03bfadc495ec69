/** What the gateway spends, for the samples. The store is asked only while viewers ask, and at most every few seconds. */
import type { Money } from '../../inspector/src/wire.ts'
import type { OpsBatcherHandle } from '../domain/handle.ts'
import type { DurationMs, Millis, Now } from '../domain/primitives.ts'

const PERIOD: DurationMs = 5_000

export class Spending {
  readonly #gateway: Pick<OpsBatcherHandle, 'runway'>
  readonly #now: Now
  #money: Money | null = null
  #askedAt: Millis = Number.NEGATIVE_INFINITY

  constructor(gateway: Pick<OpsBatcherHandle, 'runway'>, now: Now) {
    this.#gateway = gateway
    this.#now = now
  }

  /** The last answer of the store. If the answer is old, the store is asked again, for a later call. */
  latest(): Money | null {
    const at = this.#now()
    if (at - this.#askedAt >= PERIOD) {
      this.#askedAt = at
      // While the store does not answer, `/health` and the view report it, and the last answer stays.
      this.#gateway.runway().then(
        (runway) => {
          this.#money = { spentLastHour: runway?.spent ?? '0', runway: runway?.duration ?? null }
        },
        () => {},
      )
    }
    return this.#money
  }
}
