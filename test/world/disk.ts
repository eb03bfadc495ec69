/**
 * The store as seen by a gateway process: the real store on a disk, sometimes full or slow. The store survives the
 * gateway. A crash leaves a commit done or not done, and the crashed gateway gets no answer.
 */
import type { RequestStore } from '../../src/store/port.ts'
import { StoreError } from '../../src/store/port.ts'
import { type Caller, never } from './caller.ts'
import type { Clock } from './clock.ts'
import type { Trace } from './trace.ts'
import type { Weather } from './weather/weather.ts'

export interface DiskParts {
  readonly store: RequestStore
  readonly clock: Clock
  readonly weather: Weather
  readonly trace: Trace
}

export function diskOf(caller: Caller, { store, clock, weather, trace }: DiskParts): RequestStore {
  /** Reads and the few writes of a start. Instant, and never made by a crashed gateway. */
  const alive = <T>(act: () => Promise<T>): Promise<T> => (caller.isOver ? never() : act())
  const commit: RequestStore['commit'] = async (writes) => {
    caller.reach({ when: 'before', effect: 'commit' })
    const slow = weather.strike('slowDisk')
    if (slow !== null) await pause(slow.strength)
    if (caller.isOver) return never()
    if (weather.strike('diskFull') !== null) {
      trace.fault('the disk is full')
      throw new StoreError('full', 'database or disk is full')
    }
    const ignored = await store.commit(writes)
    return answered('commit', ignored)
  }
  const recover: RequestStore['recover'] = async (at) => {
    caller.reach({ when: 'before', effect: 'recover' })
    if (caller.isOver) return never()
    return answered('recover', await store.recover(at))
  }
  /** Passes the result to the gateway, if still running. */
  const answered = <T>(effect: string, answer: T): T | Promise<never> => {
    caller.reach({ when: 'after', effect })
    if (caller.isOver) return never()
    caller.reach({ when: 'answered', effect })
    return answer
  }
  const pause = (delay: number) => new Promise<void>((resolve) => clock.after(delay, () => resolve(), caller))

  return {
    bind: (identity) => alive(() => store.bind(identity)),
    commit,
    status: (id) => alive(() => store.status(id)),
    progress: (id) => alive(() => store.progress(id)),
    operation: (id) => alive(() => store.operation(id)),
    envelopes: (ids) => alive(() => store.envelopes(ids)),
    batch: (id) => alive(() => store.batch(id)),
    batches: (limit, before) => alive(() => store.batches(limit, before)),
    attempts: (batchId) => alive(() => store.attempts(batchId)),
    spentSince: (at) => alive(() => store.spentSince(at)),
    settledSince: (blockNumber) => alive(() => store.settledSince(blockNumber)),
    recover,
    hasPrunable: (before) => alive(() => store.hasPrunable(before)),
    ping: () => alive(() => store.ping()),
    // The store stays open until the run ends.
    close: async () => {},
  }
}
