/** All stores for the tests of the port. */
import { afterEach, beforeEach } from 'vitest'
import type { RequestStateName } from '../../../src/domain/status.ts'
import type { RequestStore } from '../../../src/store/port.ts'
import { operationId } from '../fixtures.ts'

interface StoreHarness {
  /** Empty when the harness is made. */
  readonly store: RequestStore
  /** Closes the open store, and opens a new store over the data. */
  reopen(): Promise<RequestStore>
  /** Closes the store and removes its data. */
  dispose(): Promise<void>
}

export type OpenHarness = () => Promise<StoreHarness>

/** The store of the running test. */
export interface StoreInTest {
  readonly store: RequestStore
  reopen(): Promise<void>
  /** The states of operations by number; null for an unknown operation. */
  states(...operations: readonly number[]): Promise<readonly (RequestStateName | null)[]>
}

/** Opens an empty store for every test of the enclosing block. */
export function useStore(open: OpenHarness): StoreInTest {
  let harness: StoreHarness
  let store: RequestStore
  beforeEach(async () => {
    harness = await open()
    store = harness.store
  })
  afterEach(() => harness.dispose())
  return {
    get store() {
      return store
    },
    async reopen() {
      store = await harness.reopen()
    },
    async states(...operations) {
      const records = await Promise.all(operations.map((n) => store.operation(operationId(n))))
      return records.map((record) => record?.state.state ?? null)
    },
  }
}
