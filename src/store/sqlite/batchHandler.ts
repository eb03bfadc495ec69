/** What the writes of a batch's life have in common. */
import type { BatchId } from '../../domain/batch.ts'
import type { StoreWrite } from '../../domain/writes.ts'
import type { IgnoredTransition } from '../port.ts'
import type { Database } from './database.ts'
import type { BatchNumber } from './operations.ts'
import { StoreError } from './storeError.ts'

/** Carries out a write of a type; returns the operations that it did not move. */
export type WriteHandler<T extends StoreWrite['type']> = (
  write: Extract<StoreWrite, { type: T }>,
) => readonly IgnoredTransition[]

/** A batch's row number. It throws a `StoreError` for a batch that is not stored. */
export type NumberOf = (id: BatchId) => BatchNumber

export function createNumberOf(database: Database): NumberOf {
  const select = database.prepare<{ id: BatchId }, { number: BatchNumber }>(
    'SELECT number FROM batches WHERE id = :id',
  )
  return (id) => {
    const batch = select.first({ id })
    if (batch === undefined) throw new StoreError('conflict', `no batch ${id}`)
    return batch.number
  }
}
