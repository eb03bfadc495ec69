/** Commits to the store, and the knowledge of whether one is under way. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Now } from '../domain/primitives.ts'
import type { StoreWrite } from '../domain/writes.ts'
import { type CommitReport, ContradictionError } from '../machines/requestTracker/requestTracker.ts'
import { type RequestStore, StoreError } from '../store/port.ts'

/**
 * Pause before a commit, in which more arrives to be committed with it: a commit of one write costs nearly as much as one of
 * thirty, and so does telling the actors of it. It bounds commits to less than a hundred a second.
 */
const GATHER_MS = 10

export class Commits {
  readonly #store: Pick<RequestStore, 'commit'>
  readonly #now: Now
  #underWay: Promise<void> = Promise.resolve()

  constructor(store: Pick<RequestStore, 'commit'>, now: Now) {
    this.#store = store
    this.#now = now
  }

  /**
   * Gathers for a moment, and commits.
   * @throws ContradictionError when the store will never take one of the writes, StoreError when it takes none now
   */
  commit(writes: readonly StoreWrite[]): Promise<CommitReport> {
    const commit = this.#commit(writes)
    // Without its results, which would hold those before, and these those before them.
    this.#underWay = Promise.allSettled([this.#underWay, commit]).then(() => {})
    return commit
  }

  /**
   * Resolves when every commit has ended, whatever became of it. Who asked for one may be gone: also one that is begun while
   * this waits counts, since an actor that is stopped in the middle of its work finishes that first.
   */
  async ended(): Promise<void> {
    let awaited: Promise<void>
    do {
      awaited = this.#underWay
      await awaited
    } while (awaited !== this.#underWay)
  }

  async #commit(writes: readonly StoreWrite[]): Promise<CommitReport> {
    await sleep(GATHER_MS)
    const start = this.#now()
    const ignored = await this.#store.commit(writes).catch(refused)
    return { writes: writes.length, duration: this.#now() - start, at: this.#now(), ignored }
  }
}

function refused(error: unknown): never {
  if (!(error instanceof StoreError) || error.failure !== 'conflict') throw error
  throw new ContradictionError(error.message, { cause: error })
}
