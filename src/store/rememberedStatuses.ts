/**
 * Remembers the statuses of operations without a verdict: clients ask for them again and again, and each question to the
 * store's thread costs as much as a simple request. The store stays the truth: a status is remembered as the store told it, and
 * forgotten when a commit that may change it starts.
 */
import type { BatchId } from '../domain/batch.ts'
import type { OperationId } from '../domain/operation.ts'
import type { StoreWrite } from '../domain/writes.ts'
import type { RequestStore } from './port.ts'

type Status = NonNullable<Awaited<ReturnType<RequestStore['status']>>>

/** Most remembered statuses. Of more operations, those remembered first are asked for again. */
export const MAX_REMEMBERED = 100_000

/**
 * The store with remembered statuses.
 * @param isTrusted true while only this process writes to the store. Otherwise every status comes from the store.
 */
export function rememberStatuses(store: RequestStore, isTrusted: () => boolean = () => true): RequestStore {
  const statuses = new RememberedStatuses()
  return {
    ...store,
    status: async (id) => (isTrusted() ? (statuses.get(id) ?? statuses.ask(id, store)) : store.status(id)),
    async commit(writes) {
      statuses.starting(writes)
      try {
        const ignored = await store.commit(writes)
        statuses.committed(writes)
        return ignored
      } catch (error) {
        statuses.forgetAll()
        throw error
      }
    },
    recover(at) {
      statuses.forgetAll()
      return store.recover(at)
    },
  }
}

class RememberedStatuses {
  readonly #known = new Map<OperationId, Status>()
  /** The last question about each operation without an answer. */
  readonly #asked = new Map<OperationId, symbol>()
  /** The operations of the batches opened since the last start and not settled. */
  readonly #batches = new Map<BatchId, readonly OperationId[]>()

  get(id: OperationId): Status | undefined {
    return this.#known.get(id)
  }

  /** Asks the store. The answer is kept unless a commit that may change it started meanwhile. */
  async ask(id: OperationId, store: Pick<RequestStore, 'status'>): Promise<Status | null> {
    const question = Symbol(id)
    this.#asked.set(id, question)
    try {
      const status = await store.status(id)
      const isCurrent = this.#asked.get(id) === question
      if (isCurrent && status !== null && !isSettled(status)) this.#remember(id, status)
      return status
    } finally {
      if (this.#asked.get(id) === question) this.#asked.delete(id)
    }
  }

  /** A commit starts. The statuses of its operations are forgotten now, because a read could see the result of the commit. */
  starting(writes: readonly StoreWrite[]): void {
    for (const write of writes) this.#forgetChanged(write)
  }

  /** A commit succeeded: new operations are queued, unless a later write of the commit has moved them. */
  committed(writes: readonly StoreWrite[]): void {
    for (const write of writes) {
      if (write.type === 'operation.accepted') {
        const { id, kind } = write.envelope
        this.#remember(id, { kind, state: { state: 'queued' } })
      } else this.#forgetChanged(write)
      if (write.type === 'batch.settled') this.#batches.delete(write.batch.batchId)
    }
  }

  forgetAll(): void {
    this.#known.clear()
    this.#asked.clear()
    this.#batches.clear()
  }

  /** The operations that a write may change, except new ones; null if they are not known. Settled ones are not remembered. */
  #changedBy(write: StoreWrite): readonly OperationId[] | null {
    switch (write.type) {
      case 'operation.accepted':
      case 'batch.finalityChanged':
      case 'pruned':
        return []
      case 'operation.failed':
      case 'operation.finalized':
      case 'operation.revived':
        return [write.id]
      case 'batch.opened':
        this.#batches.set(write.batchId, write.operations)
        return write.operations
      case 'attempt.signed':
        return this.#batches.get(write.attempt.batchId) ?? null
      case 'batch.settled':
        return this.#batches.get(write.batch.batchId) ?? null
      default:
        return this.#batches.get(write.batchId) ?? null
    }
  }

  #forgetChanged(write: StoreWrite): void {
    const ids = this.#changedBy(write) ?? [...this.#known.keys(), ...this.#asked.keys()]
    for (const id of ids) {
      this.#known.delete(id)
      this.#asked.delete(id)
    }
  }

  #remember(id: OperationId, status: Status): void {
    this.#known.set(id, status)
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MAX_REMEMBERED) return
      this.#known.delete(oldest)
    }
  }
}

function isSettled({ state }: Status): boolean {
  return state.state === 'finalized' || state.state === 'failed'
}
