/** findStored: the intake's effect after a crash. The result names the operations on disk. */
import { fromPromise } from 'xstate'
import type { OperationId } from '../domain/operation.ts'
import type { RequestStore } from '../store/port.ts'
import type { Commits } from './writeRecords.ts'

/**
 * The logic of the intake's slot `findStored`.
 * @param commits the commits of stopped actors: the content of the store is certain after the last commit
 */
export function findStored(commits: Pick<Commits, 'ended'>, store: Pick<RequestStore, 'envelopes'>) {
  return fromPromise<readonly OperationId[], { readonly ids: readonly OperationId[] }>(async ({ input }) => {
    await commits.ended()
    const stored = await store.envelopes(input.ids)
    return stored.map(({ id }) => id)
  })
}
