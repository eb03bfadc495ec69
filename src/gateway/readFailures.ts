/** Watches the reads of the store: a failing read is counted, logged once for each cause, and shown in `/health`. */
import type { SystemEvent } from '../domain/events.ts'
import type { Now } from '../domain/primitives.ts'
import { type RequestStore, StoreError } from '../store/port.ts'

const READS = [
  'status',
  'progress',
  'operation',
  'envelopes',
  'batch',
  'batches',
  'attempts',
  'spentSince',
  'settledSince',
  'recover',
] as const satisfies readonly (keyof RequestStore)[]

type Read = (...args: readonly unknown[]) => Promise<unknown>

export class ReadFailures {
  readonly #publish: (event: SystemEvent) => void
  readonly #now: Now
  readonly #known = new Set<string>()
  /** Damage does not end: a successful read proves only that other pages are good. */
  #damage: string | null = null
  /** The failure of the last read; null if it succeeded. */
  #last: string | null = null

  constructor(publish: (event: SystemEvent) => void, now: Now) {
    this.#publish = publish
    this.#now = now
  }

  /** Why reads fail; null while they succeed. */
  get message(): string | null {
    return this.#damage ?? this.#last
  }

  /** The store with watched reads. */
  watch(store: RequestStore): RequestStore {
    const watched = READS.map((method) => [method, this.#watchRead(store[method] as Read)])
    return { ...store, ...Object.fromEntries(watched) }
  }

  #watchRead(read: Read): Read {
    return async (...args) => {
      try {
        const result = await read(...args)
        this.#last = null
        return result
      } catch (error) {
        this.#note(error)
        throw error
      }
    }
  }

  #note(error: unknown): void {
    // A store that is closed has its own report.
    if (error instanceof StoreError && error.failure === 'closed') return
    const message = String(error)
    if (error instanceof StoreError && error.failure === 'corrupt') this.#damage = message
    this.#last = message
    const isNew = !this.#known.has(message)
    this.#known.add(message)
    this.#publish({ type: 'store.readFailed', message, isNew, at: this.#now() })
  }
}
