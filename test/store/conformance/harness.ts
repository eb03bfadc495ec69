/** How a test of the port gets stores to test, whatever they are made of. */
import { afterEach, beforeEach } from 'vitest'
import type { RequestStateName } from '../../../src/domain/status.ts'
import type { RequestStore } from '../../../src/store/port.ts'
import { operationId } from '../fixtures.ts'

interface StoreHarness {
  /** Empty at first. */
  readonly store: RequestStore
  /** Closes the store that is open, and opens another over the same data. */
  reopen(): Promise<RequestStore>
  /** Closes the store and removes its data. */
  dispose(): Promise<void>
}

export type OpenHarness = () => Promise<StoreHarness>

/** The store of the test that is running. */
export interface StoreInTest {
  readonly store: RequestStore
  reopen(): Promise<void>
  /** The states of operations by their numbers; null for one that is not stored. */
  states(...operations: readonly number[]): Promise<readonly (RequestStateName | null)[]>
}

/** Gives every test of the enclosing block an empty store. */
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
