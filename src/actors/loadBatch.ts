/** Slot `loadBatch` of pendingBatch: reads a signed batch and the attempts of the batch from the store. */
import { fromPromise } from 'xstate'
import type { BatchId } from '../domain/batch.ts'
import type { SignedBatch } from '../machines/pendingBatch/context.ts'
import type { RequestStore } from '../store/port.ts'

interface Dependencies {
  readonly store: Pick<RequestStore, 'batch' | 'attempts'>
}

/** The actor fails with a StoreError, or with an Error for an unknown batch. */
export function loadBatch({ store }: Dependencies) {
  return fromPromise<SignedBatch, { readonly batchId: BatchId }>(async ({ input: { batchId } }) => {
    const [record, attempts] = await Promise.all([store.batch(batchId), store.attempts(batchId)])
    if (record === null) throw new Error(`batch ${batchId} is not in the store`)
    return { record, attempts }
  })
}
