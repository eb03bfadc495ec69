/**
 * Forgetting what ended long ago, oldest first. One write forgets a bounded number, so that it never holds up the
 * commit that it is part of; what is left goes with the next.
 */
import type { Millis } from '../../domain/primitives.ts'
import type { Database } from './database.ts'

/** Most operations, and most batches, that one write forgets. */
export const PRUNE_LIMIT = 2_000

export function createPrune(database: Database): (before: Millis) => void {
  // An operation can end while its batch goes on. It stays until that has an end, whose statuses name it.
  const operations = database.prepare<{ before: Millis; limit: number }>(`
    DELETE FROM operations WHERE sequence IN (
      SELECT sequence FROM operations
      WHERE state IN ('finalized', 'failed') AND updatedAt < :before
        AND NOT EXISTS (SELECT 1 FROM batches WHERE number = operations.batch AND endedAt IS NULL)
      ORDER BY updatedAt LIMIT :limit
    )`)
  const batches = database.prepare<{ before: Millis; limit: number }>(`
    DELETE FROM batches WHERE number IN (
      SELECT number FROM batches
      WHERE endedAt < :before AND NOT EXISTS (SELECT 1 FROM operations WHERE batch = batches.number)
      ORDER BY endedAt LIMIT :limit
    )`)
  return (before) => {
    operations.run({ before, limit: PRUNE_LIMIT })
    batches.run({ before, limit: PRUNE_LIMIT })
  }
}
