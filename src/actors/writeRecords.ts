/** writeRecords: the commit effect of the requestTracker. `Commits` also knows whether a commit is running. */
import { fromPromise } from 'xstate'
import type { Now } from '../domain/primitives.ts'
import type { StoreWrite } from '../domain/writes.ts'
import {
  type CommitReport,
  ContradictionError,
  DuplicateError,
  InterruptedCommitError,
} from '../machines/requestTracker/setup.ts'
import { type RequestStore, StoreError } from '../store/port.ts'

type CommitStore = Pick<RequestStore, 'commit' | 'hasPrunable'>

/** The logic of the requestTracker's slot `writeRecords`. */
export function writeRecords(commits: Commits) {
  return fromPromise<CommitReport, { readonly writes: readonly StoreWrite[] }>(({ input }) =>
    commits.commit(input.writes),
  )
}

/**
 * The commits of a store. A commit outlives the actor that requested the commit, and `Commits` still knows that the
 * commit runs.
 */
export class Commits {
  readonly #store: CommitStore
  readonly #now: Now
  readonly #running = new Set<Promise<CommitReport>>()

  constructor(store: CommitStore, now: Now) {
    this.#store = store
    this.#now = now
  }

  /**
   * Commits writes in one transaction.
   * @throws ContradictionError when a write contradicts the stored data
   * @throws InterruptedCommitError when the store ended during the commit
   * @throws StoreError when the store cannot commit at the moment
   */
  commit(writes: readonly StoreWrite[]): Promise<CommitReport> {
    const commit = this.#commit(writes)
    const forget = () => this.#running.delete(commit)
    this.#running.add(commit)
    commit.then(forget, forget)
    return commit
  }

  /** Resolves when no commit is running, with or without success. A commit started during the wait counts, too. */
  async ended(): Promise<void> {
    do await Promise.allSettled(this.#running)
    while (this.#running.size > 0)
  }

  async #commit(writes: readonly StoreWrite[]): Promise<CommitReport> {
    const start = this.#now()
    const ignored = await this.#store.commit(writes).catch(toFinalError)
    const at = this.#now()
    const report = { writes: writes.length, duration: at - start, at, ignored }
    return (await this.#leftPrunable(writes)) ? { ...report, hasPrunable: true } : report
  }

  /** Whether a `pruned` write has left records that it should delete. An error is left to the next commit. */
  async #leftPrunable(writes: readonly StoreWrite[]): Promise<boolean> {
    for (const write of writes) {
      if (write.type === 'pruned') return this.#store.hasPrunable(write.before).catch(() => false)
    }
    return false
  }
}

/** Names the errors after which the commit must not be repeated. @throws any other error unchanged */
function toFinalError(error: unknown): never {
  const failure = error instanceof StoreError ? error.failure : null
  const message = error instanceof Error ? error.message : String(error)
  if (failure === 'duplicate') throw new DuplicateError(message, { cause: error })
  if (failure === 'conflict') throw new ContradictionError(message, { cause: error })
  if (failure === 'closed') throw new InterruptedCommitError(message, { cause: error })
  throw error
}
