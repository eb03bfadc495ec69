/** Reading operations without their payload, many at once. */
import type { OperationId, QueuedOperation } from '../../domain/operation.ts'
import type { Database } from './database.ts'
import { decodeQueued, QUEUED, type QueuedTuple } from './operationRows.ts'

/** Reads operations by id, in the order of the ids; unknown ids are left out. */
export type ReadOperations = (ids: readonly OperationId[]) => readonly QueuedOperation[]

export function createReadOperations(database: Database): ReadOperations {
  const select = database.prepare<{ ids: string }, { page: string }>(`
    SELECT json_group_array(${QUEUED} ORDER BY wanted.key) AS page
    FROM json_each(:ids) AS wanted JOIN operations ON operations.id = wanted.value`)
  return (ids) => parsePage(select.first({ ids: JSON.stringify(ids) })?.page)
}

/** Reads an array of what `QUEUED` yields. */
export function parsePage(page = '[]'): readonly QueuedOperation[] {
  const tuples: readonly QueuedTuple[] = JSON.parse(page)
  return tuples.map(decodeQueued)
}
