/** Clients that submit operations, each to a replica of its own while that admits them. They repeat each until they know that it is stored. */
import { setTimeout as delay } from 'node:timers/promises'
import type { DurationMs } from '../../src/domain/primitives.ts'
import { createIdleAccount } from '../../src/load/account.ts'
import { secureRandom } from '../../src/load/random.ts'
import type { WorldIdOperation } from '../../src/registry/worldId/operations.ts'
import type { Replica } from './replicas.ts'

/** An operation that is stored. */
export interface Delivery {
  readonly operation: WorldIdOperation
  /** Null if the operation had taken effect before its id was told. */
  readonly id: string | null
}

/** Pause of a client between two operations. */
const PAUSE: DurationMs = 150
/** Pause before another replica is asked. */
const RETRY_PAUSE: DurationMs = 20
/** A replica that was cut off answers late. Another replica may lead by then. */
const ANSWER_TIMEOUT: DurationMs = 3_000

export class Clients {
  readonly deliveries: Delivery[] = []
  readonly #replicas: readonly Replica[]
  readonly #running: Promise<void>[]
  #isStopping = false

  constructor(replicas: readonly Replica[], count: number) {
    this.#replicas = replicas
    this.#running = Array.from({ length: count }, (_, index) => this.#run(index))
  }

  /** Resolves when every begun operation is stored. */
  async stop(): Promise<void> {
    this.#isStopping = true
    await Promise.all(this.#running)
  }

  /** @param replica index of the replica to begin with */
  async #run(replica: number): Promise<void> {
    let preferred = replica
    while (!this.#isStopping) {
      const operation = createIdleAccount(secureRandom)
      const { id, index } = await this.#deliver(operation, preferred)
      preferred = index
      this.deliveries.push({ operation, id })
      await delay(PAUSE)
    }
  }

  /** @returns the id, and the index of the replica that admitted the operation */
  async #deliver(operation: WorldIdOperation, first: number) {
    for (let index = first; ; index = (index + 1) % this.#replicas.length) {
      const id = await answerOf(this.#replicas[index], operation)
      if (id !== 'again') return { id, index }
      await delay(RETRY_PAUSE)
    }
  }
}

/** @returns the id of the stored operation; null if it has taken effect; `again` if nobody knows */
async function answerOf(
  replica: Replica | undefined,
  operation: WorldIdOperation,
): Promise<string | null | 'again'> {
  if (replica === undefined) return 'again'
  const late = delay(ANSWER_TIMEOUT, null, { ref: false })
  const answer = await Promise.race([replica.client.submit(operation).catch(() => null), late])
  if (answer === null || answer.status >= 500) return 'again'
  const { request_id: id, code } = answer.body as { request_id?: string; code?: string }
  // A repetition names the stored operation.
  if (id !== undefined) return id
  // It is being stored: nobody knows yet whether it will be.
  if (code === 'duplicate_request_in_flight') return 'again'
  if (code === 'authenticator_already_exists') return null
  throw new Error(`a create was refused: ${JSON.stringify(answer.body)}`)
}
