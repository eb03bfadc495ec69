/**
 * The embedded `RequestStore`: one SQLite file, without a database server.
 *
 * SQLite works in the caller's thread. A commit takes as long as the disk needs to synchronise. Therefore the caller
 * should group many writes into one commit, and the gateway opens the store in a separate thread (`storeThread.ts`).
 */
import type { Millis } from '../../domain/primitives.ts'
import type { IgnoredTransition, StoreWrite } from '../../domain/writes.ts'
import type { RequestStore } from '../port.ts'
import { createBatchWrites } from './batchWrites.ts'
import { Database } from './database.ts'
import { createAccept, createMoves, createReviveInQueue } from './operations.ts'
import { createReads } from './reads.ts'
import { createRecovery, createSettledSince } from './recovery.ts'
import { bindIdentity, prepareSchema } from './schema.ts'

/**
 * Maximum number of operations, and of batches, deleted by one `pruned` write. Other writes wait no longer than for this
 * number, and the next `pruned` write deletes the rest.
 */
export const PRUNE_LIMIT = 500

/**
 * Opens the store in a file. A failing call of the store rejects with a `StoreError`.
 * @param path database file; created, with its folder, if missing; `:memory:` for a store without a file
 * @throws StoreError when another process has the file open, another program wrote the file, or the file cannot be
 * opened
 */
export function openSqliteStore(path: string): RequestStore {
  const database = Database.open(path)
  try {
    prepareSchema(database)
    return createStore(database)
  } catch (error) {
    database.close()
    throw error
  }
}

function createStore(database: Database): RequestStore {
  const reads = createReads(database)
  const applyWrite = createWrites(database)
  const recover = createRecovery(database, reads)
  const settledSince = createSettledSince(database)
  const hasPrunable = createHasPrunable(database)
  return {
    bind: async (identity) => bindIdentity(database, identity),
    commit: async (writes) => database.transaction(() => writes.flatMap((write) => applyWrite(write))),
    status: async (id) => reads.status(id),
    progress: async (id) => reads.progress(id),
    operation: async (id) => reads.operation(id),
    envelopes: async (ids) => reads.envelopes(ids),
    batch: async (id) => reads.batch(id),
    batches: async (limit, before) => reads.batches(limit, before),
    attempts: async (batchId) => reads.attempts(batchId),
    spentSince: async (at) => reads.spentSince(at),
    settledSince: async (blockNumber) => settledSince(blockNumber),
    recover: async (at) => recover(at),
    hasPrunable: async (before) => hasPrunable(before),
    ping: async () => {
      database.verifyFile()
      reads.ping()
    },
    close: async () => database.close(),
  }
}

/** Applies one write inside the transaction of the commit; returns the operations left unmoved by the write. */
type ApplyWrite = (write: StoreWrite) => readonly IgnoredTransition[]

function createWrites(database: Database): ApplyWrite {
  const accept = createAccept(database)
  const move = createMoves(database)
  const reviveInQueue = createReviveInQueue(database)
  const batches = createBatchWrites(database, move)
  const prune = createPrune(database)

  return (write) => {
    switch (write.type) {
      case 'operation.accepted':
        accept(write.envelope)
        return []
      case 'operation.finalized':
        return move([write.id], { to: 'finalized', at: write.at, status: write.status })
      case 'operation.failed': {
        const { id, reason, at } = write
        return move([id], { to: 'failed', at, status: { type: 'Failed', reason, txHash: null } })
      }
      case 'operation.revived':
        reviveInQueue(write.id, write.at)
        return []
      case 'batch.opened':
        return batches.open(write)
      case 'batch.entered':
        return batches.enter(write)
      case 'batch.planned':
        return batches.plan(write)
      case 'batch.trimmed':
        return batches.trim(write)
      case 'attempt.signed':
        return batches.sign(write)
      case 'attempt.refused':
        return batches.refuse(write)
      case 'batch.submitted':
        return batches.submit(write)
      case 'batch.included':
        return batches.include(write)
      case 'batch.finalityChanged':
        return batches.changeFinality(write)
      case 'batch.settled':
        return batches.settle(write)
      case 'batch.revived':
        return batches.revive(write)
      case 'pruned':
        prune(write.before)
        return []
    }
  }
}

// An operation can get a verdict before its batch is settled. The row stays until the settlement of the batch, because the
// settlement names the operation.
const PRUNABLE_OPERATIONS = `
  SELECT sequence FROM operations
  WHERE state IN ('finalized', 'failed') AND updatedAt < :before
    AND NOT EXISTS (SELECT 1 FROM batches WHERE number = operations.batch AND settledAt IS NULL)`
const PRUNABLE_BATCHES = `
  SELECT number FROM batches
  WHERE settledAt < :before AND NOT EXISTS (SELECT 1 FROM operations WHERE batch = batches.number)`

function createHasPrunable(database: Database): (before: Millis) => boolean {
  const find = database.prepare<{ before: Millis }, { found: number }>(
    `SELECT EXISTS (${PRUNABLE_OPERATIONS}) OR EXISTS (${PRUNABLE_BATCHES}) AS found`,
  )
  return (before) => find.first({ before })?.found === 1
}

/** Deletes old settled rows, oldest first, in bounded steps: a commit with a `pruned` write stays short. */
function createPrune(database: Database): (before: Millis) => void {
  const operations = database.prepare<{ before: Millis; limit: number }>(
    `DELETE FROM operations WHERE sequence IN (${PRUNABLE_OPERATIONS} ORDER BY updatedAt LIMIT :limit)`,
  )
  const batches = database.prepare<{ before: Millis; limit: number }>(
    `DELETE FROM batches WHERE number IN (${PRUNABLE_BATCHES} ORDER BY settledAt LIMIT :limit)`,
  )
  return (before) => {
    operations.run({ before, limit: PRUNE_LIMIT })
    batches.run({ before, limit: PRUNE_LIMIT })
  }
}
