/**
 * How many operations an endpoint simulates in one batch, learnt from simulations without an answer. A node stops a call
 * that takes too long, or a server before it does. The same call would never be answered, so it is made smaller.
 */
import type { OpEnvelope } from '../../domain/operation.ts'
import type { DurationMs, Millis, Now } from '../../domain/primitives.ts'
import { type ChainClient, isUnavailable } from '../../rpc/chainClient.ts'
import type { PlannedBatch } from './planBatch.ts'
import { isHarmlessAnswered } from './simulator.ts'
import { evicted, type VerdictContext, type Verdicts } from './verdict.ts'

interface Limit {
  /** Most operations of a batch. */
  readonly most: number
  /** Number of consecutive simulations without an answer. */
  readonly silences: number
  /** Time of the last of them. */
  readonly silentAt: Millis
}

const unlimited: Limit = { most: Number.POSITIVE_INFINITY, silences: 0, silentAt: 0 }

/** Number of simulations without an answer after which the size is the cause. One may be lost. */
const MOST_SILENCES = 2

/** Time in which another endpoint is preferred after a simulation without an answer. */
const AVOIDED_FOR: DurationMs = 60_000

export class SimulationLimits {
  readonly #limits = new WeakMap<ChainClient, Limit>()
  readonly #now: Now

  constructor(now: Now) {
    this.#now = now
  }

  /** Whether the endpoint did not answer the last simulation. */
  isSilent(client: ChainClient): boolean {
    const { silences, silentAt } = this.#limitOf(client)
    return silences > 0 && this.#now() - silentAt < AVOIDED_FOR
  }

  /**
   * Plans as many operations as the endpoint can simulate. The others wait for another batch. A single operation that is too
   * heavy is evicted without a charge, because a missing answer proves nothing. It is tried again until its deadline.
   * @throws viem's error when the endpoint does not answer. The next call plans fewer operations, if the size is the cause.
   */
  async plan(
    { client, simulate }: Pick<VerdictContext, 'client' | 'simulate'>,
    envelopes: readonly OpEnvelope[],
    planBatch: (envelopes: readonly OpEnvelope[]) => Promise<PlannedBatch>,
  ): Promise<PlannedBatch> {
    const taken = envelopes.slice(0, this.#limitOf(client).most)
    const left = evictedAs('BatchFull', envelopes.slice(taken.length))
    try {
      const planned = await planBatch(taken)
      this.#limits.set(client, afterAnswer(this.#limitOf(client), taken.length))
      return { ...planned, verdicts: { ...planned.verdicts, ...left } }
    } catch (error) {
      if (!isUnavailable(error) || !(await isHarmlessAnswered(simulate))) throw error
      const limit = afterSilence(this.#limitOf(client), taken.length, this.#now())
      this.#limits.set(client, limit ?? unlimited)
      if (limit !== null) throw error
      return { plan: null, calls: [], extraReserve: 0, verdicts: { ...evictedAs('Timeout', taken), ...left } }
    }
  }

  #limitOf(client: ChainClient): Limit {
    return this.#limits.get(client) ?? unlimited
  }
}

/** The limit grows slowly, so a batch seldom exceeds what the endpoint can simulate. */
function afterAnswer({ most, silentAt }: Limit, operations: number): Limit {
  const grown = operations < most ? most : most + Math.max(1, Math.floor(most / 8))
  return { most: grown, silences: 0, silentAt }
}

/** @returns null when one operation alone is too heavy */
function afterSilence({ most, silences }: Limit, operations: number, silentAt: Millis): Limit | null {
  const next = { most, silences: silences + 1, silentAt }
  if (next.silences < MOST_SILENCES) return next
  return operations <= 1 ? null : { ...next, most: Math.min(most, Math.floor(operations / 2)) }
}

function evictedAs(reason: 'BatchFull' | 'Timeout', envelopes: readonly OpEnvelope[]): Verdicts {
  return Object.fromEntries(envelopes.map(({ id }) => [id, evicted(reason)]))
}
