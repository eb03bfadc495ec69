/** The requests that wait for a level of finality: one actor each, told of the events about its operation. */
import { type Actor, createActor, fromPromise, waitFor } from 'xstate'
import type { BatchId } from '../domain/batch.ts'
import { UnavailableError } from '../domain/errors.ts'
import type { GatewayEvent } from '../domain/events.ts'
import type { OperationId } from '../domain/operation.ts'
import type { Progress } from '../domain/progress.ts'
import { levelWaitMachine } from '../machines/levelWait/levelWait.ts'
import type { LevelWaitInput } from '../machines/levelWait/setup.ts'
import type { RequestStore } from '../store/port.ts'
import type { EventHub } from './events.ts'

/** Most requests that wait at a time. Each holds a connection. */
const MOST_WAITS = 1_000

type Wait = Actor<typeof levelWaitMachine>

export class LevelWaits {
  readonly #machine: typeof levelWaitMachine
  readonly #waits = new Set<Wait>()
  readonly #most: number
  #isClosed = false

  /** @param most number of waits at a time */
  constructor(store: Pick<RequestStore, 'progress'>, hub: Pick<EventHub, 'on'>, most = MOST_WAITS) {
    this.#most = most
    const readProgress = fromPromise<Progress | null, { readonly id: OperationId }>(({ input }) =>
      store.progress(input.id),
    )
    this.#machine = levelWaitMachine.provide({ actors: { readProgress } })
    hub.on((event) => this.#hear(event))
  }

  /**
   * Resolves when the wait is over; at once after `close`.
   * @throws UnavailableError if too many requests wait
   */
  async wait(input: LevelWaitInput, signal?: AbortSignal): Promise<void> {
    if (this.#isClosed) return
    if (this.#waits.size >= this.#most) {
      throw new UnavailableError(
        'batcher_unavailable',
        'Too many requests wait for a level of finality. Send the request later, or without wait.',
      )
    }
    const wait = createActor(this.#machine, { input })
    const cancel = () => wait.send({ type: 'cancelled' })
    this.#waits.add(wait)
    signal?.addEventListener('abort', cancel)
    try {
      wait.start()
      if (signal?.aborted) cancel()
      await waitFor(wait, ({ status }) => status !== 'active')
    } finally {
      signal?.removeEventListener('abort', cancel)
      this.#waits.delete(wait)
    }
  }

  /** Ends all waits: the gateway stops. */
  close(): void {
    this.#isClosed = true
    for (const wait of this.#waits) wait.send({ type: 'cancelled' })
  }

  #hear(event: GatewayEvent): void {
    if (this.#waits.size === 0) return
    switch (event.type) {
      case 'batch.spawned': {
        const { batchId, operations } = event
        const ids = new Set(operations)
        this.#tell((id) => ids.has(id), { type: 'operation.batched', batchId })
        break
      }
      case 'operation.settled':
        this.#tell((id) => id === event.id, { type: 'news' })
        break
      case 'batch.levelReached':
        this.#tell((_, batchId) => batchId === event.batchId, { type: 'news' })
        break
    }
  }

  #tell(
    isMeant: (id: OperationId, batchId: BatchId | null) => boolean,
    message: Parameters<Wait['send']>[0],
  ) {
    for (const wait of this.#waits) {
      const { id, batchId } = wait.getSnapshot().context
      if (isMeant(id, batchId)) wait.send(message)
    }
  }
}
